// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/media.hpp"

namespace farlink::scenario {

Medium named_medium(std::string_view name) {
  if (name == "g654e") return {GroupIndex::of(1.4630), usual_equipment_delay};
  if (name == "hollow-core") return {GroupIndex::of(1.0015), usual_equipment_delay};
  if (name == "hpe-measured") return {GroupIndex::of(1.51286), Duration::nanoseconds(61'600)};
  return {GroupIndex::of(1.4682), usual_equipment_delay};  // g652
}

}  // namespace farlink::scenario
