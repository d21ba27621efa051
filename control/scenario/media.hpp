// SPDX-License-Identifier: Apache-2.0
// What a link's distance is made of. Indices: G.652.D and G.654.E at 1550 nm, hollow core from vendors' figures;
// hpe-measured fits published round trips of a 100G data-centre interconnect over 50 to 500 km (123.2 us + 10.0927
// us/km).
#pragma once

#include <string_view>

#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

struct Medium {
  GroupIndex index;
  Duration equipment_delay;  // default, per direction
};

// `name` is one of the grammar's words.
Medium named_medium(std::string_view name);

inline constexpr Duration usual_equipment_delay = Duration::microseconds(10);

}  // namespace farlink::scenario
