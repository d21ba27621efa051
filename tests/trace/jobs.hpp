// SPDX-License-Identifier: Apache-2.0
// Small training jobs and sites with numbers that can be checked by hand.
#pragma once

#include <vector>

#include "control/scenario/scenario.hpp"

namespace farlink::trace_test {

inline scenario::Site site(const char* name, std::uint32_t gpus, std::uint32_t gpus_per_node = 8) {
  scenario::Site result;
  result.name = name;
  result.gpus = gpus;
  result.gpus_per_node = gpus_per_node;
  return result;
}

// 6 P s b = 6e12 FLOPs per micro-batch on stages x tensor GPUs of 1 TFLOP/s: on one GPU forward 2 s, backward 4 s.
inline scenario::Training job(std::uint32_t tensor, std::uint32_t pipeline, std::uint32_t data,
                              std::uint32_t microbatches) {
  scenario::Training training;
  training.model.name = "tiny";
  training.model.layers = 2 * pipeline;
  training.model.hidden = 100;
  training.model.parameters = 1'000'000'000;
  training.model.sequence = 1000;
  training.model.micro_batch = 1;
  training.model.global_batch = std::uint64_t{microbatches} * data;
  training.parallelism.tensor = tensor;
  training.parallelism.pipeline = pipeline;
  training.parallelism.data = data;
  training.parallelism.overlap = scenario::Overlap::none;
  training.gpu.flops = 1e12;
  training.gpu.utilisation = 1;
  return training;
}

}  // namespace farlink::trace_test
