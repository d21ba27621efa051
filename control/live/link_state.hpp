// SPDX-License-Identifier: Apache-2.0
// What is in force on every link: the scenario's values as they were changed, and the cuts that have not ended. A
// value: copy it, change the copy, and the difference is what to publish, so that a refused change has changed nothing.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/live/dataplane.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::live {

class LinkState {
 public:
  // A scenario with ports.
  explicit LinkState(scenario::Scenario scenario);

  // New values as control/scenario/change.hpp takes them. Throws scenario::ScenarioError; then nothing has changed.
  void set(const std::string& link, scenario::DirectionChoice direction, std::span<const std::string> values);

  // Cuts may overlap: a direction is cut until each has ended.
  void begin_cut(std::size_t link, scenario::DirectionChoice direction);
  void end_cut(std::size_t link, scenario::DirectionChoice direction);

  const scenario::Scenario& scenario() const noexcept { return scenario_; }
  bool is_cut(std::size_t link, std::size_t direction) const { return cuts_.at(link).at(direction) > 0; }
  // [2 x link + direction]
  const std::vector<link::DirectionConfig>& configs() const noexcept { return configs_; }

 private:
  void add_cut(std::size_t link, scenario::DirectionChoice direction, int step);
  void resolve();

  scenario::Scenario scenario_;
  std::vector<std::array<int, 2>> cuts_;
  std::vector<link::DirectionConfig> configs_;
};

// The directions whose configuration differs.
std::vector<Change> changes_between(const LinkState& before, const LinkState& after);

// "both", "west->east": whether it means this direction (0: west to east).
bool includes(scenario::DirectionChoice choice, std::size_t direction) noexcept;

}  // namespace farlink::live
