// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "control/replay/efficiency.hpp"

namespace farlink::replay {
namespace {

std::optional<double> metric_of(const report::Result& result, const std::string& name) {
  if (name == "efficiency") return result.efficiency;
  if (name == "goodput") return result.goodput ? std::optional{result.goodput->across_sites} : std::nullopt;
  if (name == "mfu") return result.mfu_across_sites;
  if (name == "exposed-communication") return result.across_sites.exposed_communication_seconds;
  throw std::invalid_argument("expect: no metric '" + name +
                              "'; there are efficiency, mfu, exposed-communication, goodput");
}

bool holds(double measured, scenario::Expectation::Comparison comparison, double value) {
  using Comparison = scenario::Expectation::Comparison;
  switch (comparison) {
    case Comparison::at_least:
      return measured >= value;
    case Comparison::at_most:
      return measured <= value;
    case Comparison::above:
      return measured > value;
    case Comparison::below:
      return measured < value;
  }
  return false;
}

}  // namespace

std::vector<report::Met> evaluate(const scenario::Scenario& scenario, const report::Result& result) {
  std::vector<report::Met> all;
  for (const scenario::Expectation& expectation : scenario.expect) {
    const std::optional<double> measured = metric_of(result, expectation.metric);
    all.push_back({expectation.metric, expectation.text, measured.value_or(0),
                   measured && holds(*measured, expectation.comparison, expectation.value)});
  }
  return all;
}

}  // namespace farlink::replay
