// SPDX-License-Identifier: Apache-2.0
#include "control/live/link_state.hpp"

namespace farlink::live {

std::vector<Change> changes_between(const LinkState& before, const LinkState& after) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < after.configs().size(); ++i) {
    const link::DirectionConfig& config = after.configs()[i];
    if (before.configs().at(i) != config) changes.push_back({config.link, config.direction, config});
  }
  return changes;
}

}  // namespace farlink::live
