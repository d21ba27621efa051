// SPDX-License-Identifier: Apache-2.0
// A job whose step time is known: 1000 us of work, one message of 64 000 bytes, one answer awaited. At 64 Gb/s (access)
// the message takes 8 us, at 8 Gb/s (convergence 8) 64 us, at 50 % loss twice that. A full measurement of the troubled
// scenario makes four runs.
#pragma once

#include "tests/replay/jobs.hpp"

namespace farlink::replay {

inline Job ping_pong() {
  Job job{{0, 1}};
  job.send(0, 1, 64'000, {job.compute(0, Duration::microseconds(1'000))}, 1);
  const auto answer = job.receive(0, 1, 64'000, {}, 2);
  job.compute(0, Duration::microseconds(1'000), {answer});
  job.send(1, 0, 64'000, {job.receive(1, 0, 64'000, {}, 1)}, 2);
  job.graph().model_flops = 1e9;
  job.graph().peak_flops = 1e12;
  job.graph().notes = {"a note"};
  return job;
}

inline scenario::Scenario troubled() {
  auto scenario = two_sites(Duration::microseconds(100));
  for (auto* direction : {&scenario.links[0].forward, &scenario.links[0].reverse}) {
    direction->loss = units::Probability::of(0.5);
  }
  scenario.run.steps = 2;
  scenario.run.warmup = 1;
  return scenario;
}

}  // namespace farlink::replay
