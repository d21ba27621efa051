// SPDX-License-Identifier: Apache-2.0
// The running dataplane as control sees it: configuration in, counters out, captures out. The DPDK forwarder implements
// it; tests implement it with a link in virtual time.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/dpdk/snapshot.hpp"
#include "dataplane/link/capture_ring.hpp"
#include "dataplane/link/config.hpp"

namespace farlink::live {

// The new values of one direction; adopted between two bursts. Frames in flight keep what was decided.
struct Change {
  std::uint32_t link = 0, direction = 0;
  link::DirectionConfig config;
};

struct CaptureRequest {
  std::uint32_t link = 0;
  std::optional<std::uint32_t> direction;  // unset: both
  link::CapturePoint point = link::CapturePoint::access;
  std::uint32_t snap_bytes = 9'216;
  std::uint32_t slots = 4'096;
};

class Dataplane {
 public:
  virtual ~Dataplane() = default;
  // All changes of one call are adopted together when they belong to one lcore, and within one look at the mailbox
  // of each lcore otherwise. Thread-safe.
  virtual void publish(const std::vector<Change>& changes) = 0;
  virtual dpdk::Snapshot snapshot() const = 0;
  // One ring for each direction asked for; the caller consumes them until stop_capture(). One capture per direction at
  // a time: throws std::runtime_error when one is running.
  virtual std::vector<std::shared_ptr<link::CaptureRing>> start_capture(const CaptureRequest& request) = 0;
  virtual void stop_capture(std::uint32_t link) = 0;
};

}  // namespace farlink::live
