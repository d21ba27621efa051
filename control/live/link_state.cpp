// SPDX-License-Identifier: Apache-2.0
#include "control/live/link_state.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/scenario/change.hpp"

namespace farlink::live {
namespace {

std::uint32_t ports_of(const scenario::Scenario& scenario, const std::string& site) {
  const auto found =
      std::find_if(scenario.sites.begin(), scenario.sites.end(), [&](const auto& s) { return s.name == site; });
  if (found == scenario.sites.end()) throw std::invalid_argument("link leads to unknown site '" + site + "'");
  return found->gpus;
}

}  // namespace

bool includes(scenario::DirectionChoice choice, std::size_t direction) noexcept {
  using enum scenario::DirectionChoice;
  return choice == both || (choice == forward) == (direction == 0);
}

LinkState::LinkState(scenario::Scenario scenario)
    : scenario_{std::move(scenario)}, cuts_(scenario_.links.size(), std::array<int, 2>{}) {
  resolve();
}

void LinkState::set(const std::string& link, scenario::DirectionChoice direction, std::span<const std::string> values) {
  scenario_ = scenario::with_values(scenario_, link, direction, values);
  resolve();
}

void LinkState::begin_cut(std::size_t link, scenario::DirectionChoice direction) { add_cut(link, direction, 1); }
void LinkState::end_cut(std::size_t link, scenario::DirectionChoice direction) { add_cut(link, direction, -1); }

void LinkState::add_cut(std::size_t link, scenario::DirectionChoice direction, int step) {
  for (std::size_t d = 0; d < 2; ++d) {
    if (includes(direction, d)) cuts_.at(link).at(d) += step;
  }
  resolve();
}

void LinkState::resolve() {
  configs_.clear();
  for (std::uint32_t i = 0; i < scenario_.links.size(); ++i) {
    const scenario::Link& link = scenario_.links[i];
    auto both = fabric_packets::live_direction_configs(scenario_, i, ports_of(scenario_, link.west),
                                                       ports_of(scenario_, link.east));
    for (std::size_t d = 0; d < 2; ++d) {
      both.at(d).impairments.is_cut = is_cut(i, d);
      configs_.push_back(std::move(both.at(d)));
    }
  }
}

std::vector<Change> changes_between(const LinkState& before, const LinkState& after) {
  std::vector<Change> changes;
  for (std::size_t i = 0; i < after.configs().size(); ++i) {
    const link::DirectionConfig& config = after.configs()[i];
    if (before.configs().at(i) != config) changes.push_back({config.link, config.direction, config});
  }
  return changes;
}

}  // namespace farlink::live
