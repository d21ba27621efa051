// SPDX-License-Identifier: Apache-2.0
// What is replayed: the measured job, and a second one beside it where the scenario has one.
#pragma once

#include "control/replay/plan.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::replay {

struct Jobs {
  const Plan* measured = nullptr;
  const Plan* second = nullptr;  // null: none
  // Places of the ranks of both, the second's behind; what a fabric is made for when both run. No program is in it.
  trace::Graph places;

  bool has_second(const scenario::Scenario& scenario) const noexcept {
    return second != nullptr && scenario.second_job.has_value();
  }
};

// Both plans must outlive the result.
inline Jobs jobs_of(const Plan& measured, const Plan* second) {
  Jobs jobs{&measured, second, {}};
  if (second == nullptr) return jobs;
  jobs.places.site_of_rank = measured.graph().site_of_rank;
  const auto& behind = second->graph().site_of_rank;
  jobs.places.site_of_rank.insert(jobs.places.site_of_rank.end(), behind.begin(), behind.end());
  return jobs;
}

}  // namespace farlink::replay
