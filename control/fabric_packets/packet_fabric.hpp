// SPDX-License-Identifier: Apache-2.0
// The packet fabric: every frame that crosses a link is moved, in virtual time. The default and the truth.
#pragma once

#include <cstdint>
#include <memory>

#include "control/fabric/fabric.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::fabric_packets {

// For training and traces `graph` says which rank is at which site; it must outlive the fabric. For lab flows it is
// nullptr, and the fabric runs the scenario's flows by itself (drivers may be empty). Throws std::invalid_argument for
// what the dataplane cannot be set to.
std::unique_ptr<fabric::Fabric> make_packet_fabric(const scenario::Scenario& scenario, const trace::Graph* graph);

// How fast, and never what comes out.
struct Speed {
  // The sites of a job share so many threads, at least 1; drivers of different sites are then called at the same time.
  // Lab flows, and jobs that replace failed queue pairs (transport.on-error: reconnect), run on one.
  std::uint32_t threads = 1;
  // Frames travel as trains where nothing can disturb them (virtual_time/site_trains.cpp).
  bool has_trains = true;
};
std::unique_ptr<fabric::Fabric> make_packet_fabric_on(const Speed& speed, const scenario::Scenario& scenario,
                                                      const trace::Graph* graph);

}  // namespace farlink::fabric_packets
