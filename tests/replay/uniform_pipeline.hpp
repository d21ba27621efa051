// SPDX-License-Identifier: Apache-2.0
// A pipeline of equal stages over two sites, whose step time has a closed form.
#pragma once

#include "tests/replay/jobs.hpp"

namespace farlink::replay {

inline constexpr std::uint64_t hidden = 64, tokens = 16;
inline constexpr std::uint64_t activation = 2 * hidden * tokens;  // bytes of a micro-batch

// t_f = 1 ms and t_b = 2 ms a stage: a million parameters, 16 tokens, 32 GFLOP/s. Inside a site messages take no time.
inline scenario::Training training(std::uint32_t stages, std::uint64_t microbatches) {
  scenario::Training job;
  job.model.name = "uniform";
  job.model.layers = stages;
  job.model.hidden = hidden;
  job.model.parameters = 1'000'000 * std::uint64_t{stages};
  job.model.sequence = tokens;
  job.model.global_batch = microbatches;
  job.parallelism.pipeline = stages;
  job.gpu = {.flops = 32e9, .utilisation = 1};
  return job;
}

inline scenario::Scenario pipeline_over_two_sites(std::uint32_t stages, std::uint64_t microbatches, Duration delay) {
  scenario::Scenario scenario = two_sites(delay);
  for (scenario::Site& site : scenario.sites) {
    site.gpus = stages / 2;
    site.in_node = site.fabric = {BitRate::terabits(1'000'000), Duration::zero()};
  }
  scenario.workload = training(stages, microbatches);
  return scenario;
}

}  // namespace farlink::replay
