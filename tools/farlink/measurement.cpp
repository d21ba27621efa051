// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/measurement.hpp"

#include <optional>

#include "control/fabric_flows/limits.hpp"
#include "control/scenario/variants.hpp"
#include "tools/farlink/workload.hpp"

namespace farlink::cli {

report::Result measure_scenario(const scenario::Scenario& scenario, const replay::FabricFactory& factory,
                                const Measurement& how, const replay::MeasureCallback& progress) {
  const std::optional<trace::Graph> graph = make_graph(scenario);
  const std::optional<trace::Graph> second =
      scenario.second_job ? make_graph(scenario::of_second_job(scenario)) : std::nullopt;
  const replay::Options options{.attribution = how.has_attribution,
                                .version = FARLINK_VERSION,
                                .second_job = second ? &*second : nullptr,
                                .jobs = how.jobs};
  report::Result result = graph ? replay::measure(scenario, *graph, factory, options, progress)
                                : replay::measure_flows(scenario, factory, options, progress);
  if (how.is_of_flows)
    for (std::string& note : fabric_flows::notes_of(scenario)) result.assumptions.push_back(std::move(note));
  return result;
}

}  // namespace farlink::cli
