// SPDX-License-Identifier: Apache-2.0
// What JSON values have to be where an importer expects them. All throw TraceErrors that name `what`.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "control/json/json.hpp"

namespace farlink::trace {

// None also where the member is null.
const json::value* member(const json::object& object, std::string_view key);

const json::object& object_of(const json::value& value, std::string_view what);
const json::array& array_of(const json::value& value, std::string_view what);
std::string text_of(const json::value& value, std::string_view what);
bool truth_of(const json::value& value, std::string_view what);

// An integer from 0 to `most`, also as a double without a fraction, or in decimal digits in a text, as protobuf's JSON
// has 64-bit integers.
std::uint64_t whole_of(const json::value& value, std::string_view what,
                       std::uint64_t most = std::numeric_limits<std::uint64_t>::max());
// The same with a sign.
std::int64_t integer_of(const json::value& value, std::string_view what);

}  // namespace farlink::trace
