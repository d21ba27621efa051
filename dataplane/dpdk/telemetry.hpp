// SPDX-License-Identifier: Apache-2.0
// The counters on DPDK's telemetry socket, for collectors that read it already: /farlink/links (the list)
// and /farlink/link,NAME:DIRECTION (west-east:0). One at a time, since DPDK keeps one table per process.
#pragma once

#include "dataplane/dpdk/forwarder.hpp"

namespace farlink::dpdk {

class Telemetry {
 public:
  explicit Telemetry(const Forwarder& forwarder);
  ~Telemetry();
  Telemetry(const Telemetry&) = delete;
  Telemetry& operator=(const Telemetry&) = delete;
};

}  // namespace farlink::dpdk
