// SPDX-License-Identifier: Apache-2.0
// What interrupts a long job, drawn from a seed: cuts of its links and failures of its own, each a Poisson process on
// the wall clock. The cuts of a link come at the times at which a run frame by frame with that seed would have them.
#pragma once

#include <cstdint>
#include <vector>

#include "control/goodput/history.hpp"
#include "dataplane/link/random.hpp"

namespace farlink::goodput {

class DrawnInterruptions {
 public:
  // None comes at `end` or later. Links without faults are passed over; cut i is of the i-th link that has some.
  DrawnInterruptions(const scenario::Scenario& scenario, std::uint64_t seed, Duration end);

  std::optional<Interruption> next();

 private:
  struct Source {
    link::Random draws;
    Duration mtbf;
    std::optional<std::uint32_t> cut = {};
    Duration at = {};
    std::uint64_t number = 0;
  };
  void add(Source source);
  void advance(Source& source) const;

  Duration end_;
  std::vector<Source> sources_;
};

}  // namespace farlink::goodput
