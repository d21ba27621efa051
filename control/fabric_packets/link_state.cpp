// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/link_state.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/fabric_packets/queue_pair_network.hpp"
#include "control/scenario/error.hpp"

namespace farlink::fabric_packets {
namespace {

std::vector<std::uint32_t> gpus_of(const scenario::Scenario& scenario) {
  std::vector<std::uint32_t> gpus;
  gpus.reserve(scenario.sites.size());
  for (const scenario::Site& site : scenario.sites) gpus.push_back(site.gpus);
  return gpus;
}

// Each wave once, in order.
std::vector<link::LostWave> lost_waves(const std::vector<scenario::WaveLoss>& losses) {
  std::map<std::uint32_t, bool> avoided;
  for (const scenario::WaveLoss& loss : losses) avoided[loss.wave - 1] |= loss.is_avoided;
  std::vector<link::LostWave> waves;
  waves.reserve(avoided.size());
  for (const auto& [wave, is_avoided] : avoided) waves.push_back({wave, is_avoided});
  return waves;
}

}  // namespace

bool includes(scenario::DirectionChoice choice, std::size_t direction) noexcept {
  using enum scenario::DirectionChoice;
  return choice == both || (choice == forward) == (direction == 0);
}

LinkState::LinkState(const scenario::Scenario& scenario) : LinkState{scenario, gpus_of(scenario)} {}

LinkState::LinkState(scenario::Scenario scenario, std::vector<std::uint32_t> access_ports)
    : scenario_{std::move(scenario)},
      access_ports_{std::move(access_ports)},
      cuts_(scenario_.links.size(), std::array<int, 2>{}),
      wave_losses_(scenario_.links.size()) {
  resolve();
}

void LinkState::set(const std::string& link, scenario::DirectionChoice direction, std::span<const std::string> values) {
  scenario::Scenario before = std::exchange(scenario_, scenario::with_values(scenario_, link, direction, values));
  try {
    resolve();
  } catch (const std::invalid_argument& error) {  // rate matching over a buffer that has become too small for it
    scenario_ = std::move(before);
    resolve();
    throw scenario::ScenarioError(error.what());
  }
}

RampCourse LinkState::course_of(std::size_t link, scenario::DirectionChoice direction,
                                std::span<const std::string> values) const {
  const scenario::Link& now = scenario_.links[link];
  const scenario::Scenario target = scenario::with_values(scenario_, now.name, direction, values);
  RampCourse course;
  for (const std::string& value : values) course.keys.push_back(value.substr(0, value.find('=')));
  course.from = {now.forward, now.reverse};
  course.to = {target.links[link].forward, target.links[link].reverse};
  return course;
}

void LinkState::move_along(std::size_t link, scenario::DirectionChoice direction, const RampCourse& course,
                           double share) {
  scenario::Link& moved = scenario_.links.at(link);
  for (std::size_t d = 0; d < 2; ++d) {
    if (!includes(direction, d)) continue;
    scenario::DirectionSettings& settings = d == 0 ? moved.forward : moved.reverse;
    for (const std::string& key : course.keys)
      scenario::move_value(settings, key, course.from.at(d), course.to.at(d), share);
  }
  resolve();
}

void LinkState::begin_cut(std::size_t link, scenario::DirectionChoice direction) { add_cut(link, direction, 1); }
void LinkState::end_cut(std::size_t link, scenario::DirectionChoice direction) { add_cut(link, direction, -1); }

void LinkState::begin_wave_loss(std::size_t link, scenario::DirectionChoice direction, const scenario::WaveLoss& loss) {
  for (std::size_t d = 0; d < 2; ++d)
    if (includes(direction, d)) wave_losses_.at(link).at(d).push_back(loss);
  resolve();
}

void LinkState::end_wave_loss(std::size_t link, scenario::DirectionChoice direction, const scenario::WaveLoss& loss) {
  for (std::size_t d = 0; d < 2; ++d) {
    if (!includes(direction, d)) continue;
    auto& losses = wave_losses_.at(link).at(d);
    if (const auto found = std::find(losses.begin(), losses.end(), loss); found != losses.end()) losses.erase(found);
  }
  resolve();
}

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
    const std::uint32_t west = access_ports_.at(site_number(scenario_, link.west));
    const std::uint32_t east = access_ports_.at(site_number(scenario_, link.east));
    auto both = direction_configs(scenario_, i, west, east);
    for (std::size_t d = 0; d < 2; ++d) {
      both.at(d).impairments.is_cut = is_cut(i, d);
      both.at(d).near_edge.lost_waves = lost_waves(wave_losses_[i].at(d));
      configs_.push_back(std::move(both.at(d)));
    }
  }
}

}  // namespace farlink::fabric_packets
