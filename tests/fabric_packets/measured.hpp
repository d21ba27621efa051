// SPDX-License-Identifier: Apache-2.0
// A generated job, measured frame by frame.
#pragma once

#include <string>
#include <vector>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/efficiency.hpp"
#include "control/scenario/parse.hpp"
#include "control/trace/check.hpp"
#include "control/trace/generate.hpp"

namespace farlink::test {

inline report::Result measured(const scenario::Scenario& scenario, bool attribution = false,
                               const replay::FabricFactory& factory = fabric_packets::make_packet_fabric) {
  const trace::Graph graph = trace::generate(std::get<scenario::Training>(scenario.workload), scenario.sites);
  trace::check(graph);
  replay::Options options;
  options.attribution = attribution;
  return replay::measure(scenario, graph, factory, options);
}

inline report::Result measured(const std::string& text, const std::vector<std::string>& sets,
                               bool attribution = false) {
  return measured(scenario::parse(text, "job.yaml", sets), attribution);
}

}  // namespace farlink::test
