// SPDX-License-Identifier: Apache-2.0
// Model shapes that are known by name.
#pragma once

#include <string_view>

#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// The shape of a preset, batch not set. `name` is one of the grammar's words.
Model preset_model(std::string_view name);

}  // namespace farlink::scenario
