// SPDX-License-Identifier: Apache-2.0
// Training data at a site of its own, as ranks behind those of the job. As NVMe over RDMA does it, a reader asks with a
// short message and the server writes the data to it; a writer writes at once.
#pragma once

#include <cstdint>
#include <span>

#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::trace {

inline constexpr units::Bytes read_request{64};  // what a reader asks with: one command

// Who reads and writes how much in a step, and where: the ranks from 0 on read, each its samples of every micro-batch.
struct StoragePlan {
  std::uint32_t site = 0;  // index into the scenario's sites
  std::uint32_t first_server = 0, servers = 0;
  std::uint32_t readers = 0, writers = 0, microbatches = 0;
  units::Bytes read;   // by one rank for one micro-batch
  units::Bytes write;  // by one rank
  bool prefetches = false;
  std::uint32_t server_of(std::uint32_t rank) const noexcept { return first_server + rank % servers; }
  std::uint32_t write_tag() const noexcept { return microbatches; }  // those below are requests
};

// `readers`: ranks of the first pipeline stage. Each reads and writes the same, rounded up to whole bytes. Throws
// TraceError when the site is not there.
StoragePlan storage_plan(const scenario::Storage& storage, std::span<const scenario::Site> sites, std::uint32_t ranks,
                         std::uint32_t readers, std::uint32_t microbatches);

// One message between a rank of the job and its server.
Node storage_message(NodeKind kind, units::Bytes bytes, std::uint32_t peer, std::uint32_t tag);

// Puts the servers behind the ranks of the graph, in a lane of their own.
void add_servers(Graph& graph, const StoragePlan& plan);

}  // namespace farlink::trace
