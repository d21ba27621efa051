// SPDX-License-Identifier: Apache-2.0
// expect: a metric and the comparison that it must pass.
#include "control/scenario/sections.hpp"
#include "control/scenario/value.hpp"

namespace farlink::scenario {

std::vector<Expectation> read_expectations(const Reader& top) {
  const Reader reader = top.section("expect");
  const Reader workload = top.section("workload");
  std::vector<Expectation> expectations;
  for (const yaml::Entry& entry : reader.node().entries) {
    if (workload.has("flows")) reader.refuse(entry.key, "applies to training; flows have no step");
    if (entry.key == "goodput" && !top.section("run").has("duration"))
      reader.refuse(entry.key, "needs hours; give run.duration and run.checkpoint");
    if (entry.key == "mfu" && workload.has("trace"))
      reader.refuse(entry.key, "needs a model; a trace does not say its FLOPs");
    Expectation expectation = parse_comparison(entry.value.scalar, entry.key == "exposed-communication");
    expectation.metric = entry.key;
    expectations.push_back(std::move(expectation));
  }
  return expectations;
}

}  // namespace farlink::scenario
