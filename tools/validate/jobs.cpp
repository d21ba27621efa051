// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/jobs.hpp"

#include <stdexcept>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/efficiency.hpp"
#include "control/trace/check.hpp"
#include "control/trace/generate.hpp"

namespace farlink::validate {

report::Result run_job(const scenario::Scenario& scenario) {
  const trace::Graph graph = trace::generate(std::get<scenario::Training>(scenario.workload), scenario.sites);
  trace::check(graph);
  report::Result result =
      replay::measure(scenario, graph, fabric_packets::make_packet_fabric, {.attribution = false, .version = {}});
  if (!result.is_valid) throw std::runtime_error(scenario.name + ": invalid run: " + result.why_invalid);
  return result;
}

}  // namespace farlink::validate
