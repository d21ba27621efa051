// SPDX-License-Identifier: Apache-2.0
// The state of a live run as a table for people: what `farlink link show` prints, and `farlink up` at its end.
#pragma once

#include <string>
#include <string_view>

#include "control/json/json.hpp"

namespace farlink::live {

// `state` as control/live/state.hpp describes it. With an `earlier` state of the same run, what the lines carried in
// between is told too; with `only_link`, that link alone. Throws std::runtime_error when it is no such state.
std::string summary(const json::value& state, const json::value* earlier = nullptr, std::string_view only_link = {});

}  // namespace farlink::live
