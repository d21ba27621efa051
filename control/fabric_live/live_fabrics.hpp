// SPDX-License-Identifier: Apache-2.0
// Fabrics in real time: the software RNICs of two sites as real frames through in-process ports and the live link. One
// of these per process, since DPDK starts once; the fabrics it makes run one after another. Each site has one port, as
// fast as its RNICs together: what several RNICs send to one has no queue of its own before that RNIC.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "control/fabric/fabric.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::fabric_live {

class LiveFabrics {
 public:
  // Starts DPDK with scenario.dpdk and memory for this scenario and what efficiency and attribution compare it with.
  // Throws std::invalid_argument for what cannot run live, std::runtime_error when DPDK does not start or is not built
  // in.
  explicit LiveFabrics(const scenario::Scenario& scenario);
  ~LiveFabrics();
  LiveFabrics(const LiveFabrics&) = delete;
  LiveFabrics& operator=(const LiveFabrics&) = delete;

  // As fabric_packets::make_packet_fabric. One at a time, and none may outlive this object. A fabric that fell behind
  // has statistics().is_valid == false and says by how much.
  std::unique_ptr<fabric::Fabric> make(const scenario::Scenario& scenario, const trace::Graph* graph);

  // What is worth knowing before the run: whole sentences. A rate that one core cannot carry, shared CPUs.
  const std::vector<std::string>& notes() const noexcept { return notes_; }

 private:
  struct Environment;
  std::unique_ptr<Environment> environment_;
  std::vector<std::string> notes_;
};

}  // namespace farlink::fabric_live
