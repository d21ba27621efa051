// SPDX-License-Identifier: Apache-2.0
// What control and the lcore of an endpoint say to each other: work requests in, completions out. Times are those of
// the dataplane's clock.
#pragma once

#include <cstdint>

#include "dataplane/endpoint/spsc_ring.hpp"
#include "dataplane/rnic/request.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::endpoint {

// A work request for queue pair `qp` of RNIC `nic`.
struct Posted {
  rnic::Request request;
  units::Instant caused;  // by what happened at this time; how much later the RNIC sees it is control's own lag
  std::uint32_t nic = 0, qp = 0;
};

// A completion of RNIC `nic`, and when it happened.
struct Completed {
  rnic::Completion completion;
  units::Instant at;
  std::uint32_t nic = 0;
};

// Control pushes to `posted` and pops from `completed`; the endpoint's lcore does the other two.
struct Channel {
  explicit Channel(std::uint32_t slots) : posted{slots}, completed{slots} {}
  SpscRing<Posted> posted;
  SpscRing<Completed> completed;
};

}  // namespace farlink::endpoint
