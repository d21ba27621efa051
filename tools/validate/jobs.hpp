// SPDX-License-Identifier: Apache-2.0
// Training jobs the way a user runs them: a scenario, its generated graph, the packet fabric.
#pragma once

#include "control/report/result.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::validate {

// Parameters of a model of `layers` layers of dense-7b: 4 h^2 + 3 h f each, h = 4096, f = 11008, and two embeddings of
// 32000 words.
constexpr double parameters_with(int layers) { return layers * 202'375'168.0 + 262'144'000.0; }
static_assert(parameters_with(32) == 6'738'149'376.0);
// Its shape, for `workload.model`; sequence and batch are the caller's.
inline constexpr const char* dense_shape =
    "hidden: 4096, heads: 32, feed-forward: 11008, vocabulary: 32000, gated-mlp: true";

// Baseline and run across the sites, without attribution. Throws what a graph is refused with, and std::runtime_error
// when the run is invalid.
report::Result run_job(const scenario::Scenario& scenario);

}  // namespace farlink::validate
