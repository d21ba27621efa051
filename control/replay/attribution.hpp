// SPDX-License-Identifier: Apache-2.0
// The ladder of attribution: from the scenario as it is, take away one trouble after the other, in a fixed order, and
// see how much efficiency each step brings. Pure arithmetic; control/replay/efficiency.hpp makes the runs.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "control/report/result.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::replay {

struct Rung {
  std::string cause;            // loss congestion-control convergence distance
  scenario::Scenario scenario;  // without this cause and those before it
  bool changes = false;         // false: there was nothing to remove
};

// Cumulative, in the order loss, congestion-control, convergence, distance.
std::vector<Rung> ladder(const scenario::Scenario& scenario);

// Same run: every value that a result depends on is equal (names, folder and expectations do not count).
bool is_same_run(const scenario::Scenario& a, const scenario::Scenario& b);

// `efficiency`: of the scenario as it is; after[i]: with rungs[i] and those before removed (read only where it
// changes). Points of a cause = 100 (efficiency after - before); `schedule` = 100 (1 - the last efficiency); so the
// points add up to 100 (1 - efficiency), to within the rounding of a double.
std::vector<report::Attribution> attribute(double efficiency, std::span<const Rung> rungs,
                                           std::span<const double> after);

}  // namespace farlink::replay
