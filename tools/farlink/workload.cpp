// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/workload.hpp"

#include <filesystem>
#include <variant>

#include "control/trace/check.hpp"
#include "control/trace/generate.hpp"
#include "control/trace/import.hpp"
#include "control/trace/place.hpp"

namespace farlink::cli {

std::optional<trace::Graph> make_graph(const scenario::Scenario& scenario) {
  std::optional<trace::Graph> graph;
  if (const auto* training = std::get_if<scenario::Training>(&scenario.workload)) {
    graph = trace::generate(*training, scenario.sites);
  } else if (const auto* recorded = std::get_if<scenario::Recorded>(&scenario.workload)) {
    trace::ImportOptions options;
    for (const scenario::Site& site : scenario.sites) options.ranks += site.gpus;
    if (!scenario.sites.empty()) options.ranks_per_node = scenario.sites.front().gpus_per_node;
    options.compute = recorded->compute;
    options.replicate = recorded->replicate;
    if (!recorded->kineto.empty()) options.kineto = std::filesystem::path(scenario.directory) / recorded->kineto;
    graph = trace::import_trace(std::filesystem::path(scenario.directory) / recorded->path, options);
    trace::place(*graph, scenario.sites);
  }
  if (graph) trace::check(*graph);
  return graph;
}

}  // namespace farlink::cli
