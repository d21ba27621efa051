// SPDX-License-Identifier: Apache-2.0
#include <stdexcept>

#include "control/fabric_live/live_fabrics.hpp"

namespace farlink::fabric_live {

struct LiveFabrics::Environment {};

LiveFabrics::LiveFabrics(const scenario::Scenario&) {
  throw std::runtime_error(
      "run --live: this farlink was built without DPDK; install libdpdk-dev and build it again, or leave --live out "
      "for "
      "a run in virtual time");
}

LiveFabrics::~LiveFabrics() = default;

std::unique_ptr<fabric::Fabric> LiveFabrics::make(const scenario::Scenario&, const trace::Graph*) { return nullptr; }

}  // namespace farlink::fabric_live
