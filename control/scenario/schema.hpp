// SPDX-License-Identifier: Apache-2.0
// The JSON Schema (2020-12) of the scenario file, made from the grammar that parsing uses.
#pragma once

#include "control/json/json.hpp"

namespace farlink::scenario {

// Keys, kinds, units, plain bounds and exclusive keys. What depends on several values (ranks against gpus) is beyond
// it.
json::value schema();

}  // namespace farlink::scenario
