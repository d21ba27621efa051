// SPDX-License-Identifier: Apache-2.0
// The runs that efficiency and attribution compare: a scenario with one trouble taken away. All are pure
// and hold for both directions of every link; compare with == to see whether anything changed. When the rate grows,
// buffers and their thresholds stay. The four `without` together make single_site().
#pragma once

#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// The baseline: links that add nothing but the packet machinery.
Scenario single_site(Scenario scenario);

// No random, burst, bit-error or listed loss, no corruption, no duplication, no cuts. Events lose what belongs to a
// cause together with it (docs/decisions/0060-events-belong-to-causes.md).
Scenario without_loss(Scenario scenario);

// Perfect congestion control is lossless back-pressure: segmented PFC, no marking, no rates.
Scenario without_congestion_control(Scenario scenario);

// Convergence 1: one wave at the access capacity, so nothing to balance either, and all of it for the job's frames:
// no framing, no encapsulation, no traffic of others.
Scenario without_convergence(Scenario scenario);

// No fibre, equipment delay or jitter.
Scenario without_distance(Scenario scenario);

// Whether any link carries traffic of others.
bool has_background(const Scenario& scenario);

// The scenario as its second job would be alone in it; there must be one.
Scenario of_second_job(Scenario scenario);

// Whether another seed makes another run. Events count as if they did.
bool depends_on_seed(const Scenario& scenario);

}  // namespace farlink::scenario
