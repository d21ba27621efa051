// SPDX-License-Identifier: Apache-2.0
// second-job: another training job that shares the links.
#include <algorithm>
#include <utility>

#include "control/scenario/sections.hpp"
#include "control/scenario/suggest.hpp"
#include "control/scenario/variants.hpp"

namespace farlink::scenario {

std::optional<SecondJob> read_second_job(const Reader& top, const std::vector<Site>& sites) {
  if (!top.has("second-job")) return std::nullopt;
  const Reader reader = top.section("second-job");
  if (!top.has("workload") || top.section("workload").has("flows"))
    top.refuse("second-job", "runs beside a training job, and this scenario has none; take second-job out");
  const Reader workload = reader.section("workload");
  for (const char* key : {"flows", "storage", "jitter", "stragglers"})
    if (workload.has(key)) workload.refuse(key, "is of the measured job; a second one has a model or a trace");
  SecondJob job;
  job.workload = read_workload(reader);
  std::vector<std::string> known;
  for (const Site& site : sites) {
    known.push_back(site.name);
    job.gpus.push_back(site.gpus);
  }
  for (const auto& [name, site] : reader.named("sites")) {
    const auto found = std::find(known.begin(), known.end(), name);
    if (found == known.end()) {
      const auto meant = nearest(name, known);
      reader.refuse("sites", "name '" + name + "', which is no site" +
                                 (meant ? "; did you mean '" + *meant + "'?" : "; name one of those under sites"));
    }
    job.gpus[static_cast<std::size_t>(found - known.begin())] = site.whole32("gpus", 0);
  }
  return job;
}

Scenario of_second_job(Scenario scenario) {
  const SecondJob job = std::move(*scenario.second_job);
  scenario.second_job.reset();
  scenario.workload = job.workload;
  scenario.compute_variation = {};
  for (std::size_t i = 0; i < scenario.sites.size(); ++i) scenario.sites[i].gpus = job.gpus[i];
  return scenario;
}

}  // namespace farlink::scenario
