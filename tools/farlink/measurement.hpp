// SPDX-License-Identifier: Apache-2.0
// One measurement of a scenario, as farlink run and farlink sweep make it.
#pragma once

#include "control/replay/efficiency.hpp"

namespace farlink::cli {

struct Measurement {
  bool has_attribution = true;
  std::uint32_t jobs = 1;    // runs at a time
  bool is_of_flows = false;  // and the result then says what that means
};

// Makes the graph, and that of a second job; of lab flows there is none. Throws what replay::measure and make_graph do.
report::Result measure_scenario(const scenario::Scenario& scenario, const replay::FabricFactory& factory,
                                const Measurement& how, const replay::MeasureCallback& progress);

}  // namespace farlink::cli
