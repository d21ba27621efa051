// SPDX-License-Identifier: Apache-2.0
// What is in force on every link: the scenario's values as they were changed, and the cuts that have not ended. A
// value: copy it, change the copy, and the difference is what to publish, so that a refused change has changed nothing.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/scenario/change.hpp"
#include "control/scenario/scenario.hpp"
#include "dataplane/link/config.hpp"

namespace farlink::fabric_packets {

// Where the values of a link's directions move from and to.
struct RampCourse {
  std::vector<std::string> keys;  // that move
  std::array<scenario::DirectionSettings, 2> from, to;
};

class LinkState {
 public:
  // Live: a scenario with ports, which are a site's gpus.
  explicit LinkState(const scenario::Scenario& scenario);
  // In virtual time. access_ports[i]: of scenario.sites[i].
  LinkState(scenario::Scenario scenario, std::vector<std::uint32_t> access_ports);

  // New values as control/scenario/change.hpp takes them. Throws scenario::ScenarioError; then nothing has changed.
  void set(const std::string& link, scenario::DirectionChoice direction, std::span<const std::string> values);

  // From what is in force now to those values. Throws like set().
  RampCourse course_of(std::size_t link, scenario::DirectionChoice direction,
                       std::span<const std::string> values) const;
  // `share` of the way, 0-1; what does not move keeps what it has by now.
  void move_along(std::size_t link, scenario::DirectionChoice direction, const RampCourse& course, double share);

  // Cuts may overlap: a direction is cut until each has ended.
  void begin_cut(std::size_t link, scenario::DirectionChoice direction);
  void end_cut(std::size_t link, scenario::DirectionChoice direction);

  // A wave is dark until each of its losses has ended, and avoided while any of them says so.
  void begin_wave_loss(std::size_t link, scenario::DirectionChoice direction, const scenario::WaveLoss& loss);
  void end_wave_loss(std::size_t link, scenario::DirectionChoice direction, const scenario::WaveLoss& loss);

  const scenario::Scenario& scenario() const noexcept { return scenario_; }
  bool is_cut(std::size_t link, std::size_t direction) const { return cuts_.at(link).at(direction) > 0; }
  // [2 x link + direction]
  const std::vector<link::DirectionConfig>& configs() const noexcept { return configs_; }

 private:
  void add_cut(std::size_t link, scenario::DirectionChoice direction, int step);
  void resolve();

  scenario::Scenario scenario_;
  std::vector<std::uint32_t> access_ports_;
  std::vector<std::array<int, 2>> cuts_;
  std::vector<std::array<std::vector<scenario::WaveLoss>, 2>> wave_losses_;  // in force
  std::vector<link::DirectionConfig> configs_;
};

// "both", "west->east": whether it means this direction (0: west to east).
bool includes(scenario::DirectionChoice choice, std::size_t direction) noexcept;

}  // namespace farlink::fabric_packets
