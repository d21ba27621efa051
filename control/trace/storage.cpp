// SPDX-License-Identifier: Apache-2.0
#include "control/trace/storage.hpp"

#include <algorithm>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;

Bytes share_of(Bytes all, std::uint64_t parts) {
  return Bytes{all.count() / parts + (all.count() % parts == 0 ? 0 : 1)};
}

Program server(const StoragePlan& plan, std::uint32_t number) {
  Program rank;
  for (std::uint32_t reader = number; reader < plan.readers; reader += plan.servers) {
    for (std::uint32_t m = 0; m < plan.microbatches; ++m) {
      const std::uint32_t request = rank.add(storage_message(NodeKind::receive, read_request, reader, m), {});
      rank.add(storage_message(NodeKind::send, plan.read, reader, m), {&request, 1});
      rank.nodes.back().microbatch = rank.nodes[request].microbatch = static_cast<std::uint16_t>(m);
    }
  }
  for (std::uint32_t writer = number; writer < plan.writers; writer += plan.servers)
    rank.add(storage_message(NodeKind::receive, plan.write, writer, plan.write_tag()), {});
  return rank;
}

}  // namespace

StoragePlan storage_plan(const scenario::Storage& storage, std::span<const scenario::Site> sites, std::uint32_t ranks,
                         std::uint32_t readers, std::uint32_t microbatches) {
  const auto site =
      std::find_if(sites.begin(), sites.end(), [&](const auto& other) { return other.name == storage.site; });
  if (site == sites.end()) throw TraceError("storage: there is no site '" + storage.site + "'");
  StoragePlan plan;
  plan.site = static_cast<std::uint32_t>(site - sites.begin());
  plan.first_server = ranks;
  plan.servers = site->gpus;
  if (plan.servers == 0) throw TraceError("storage: site '" + storage.site + "' has no servers: raise gpus");
  plan.microbatches = microbatches;
  plan.prefetches = storage.prefetch;
  if (storage.read_per_step > Bytes{}) {
    plan.readers = readers;
    plan.read = share_of(storage.read_per_step, std::uint64_t{readers} * microbatches);
  }
  if (storage.write_per_step > Bytes{}) {
    plan.writers = ranks;
    plan.write = share_of(storage.write_per_step, ranks);
  }
  return plan;
}

Node storage_message(NodeKind kind, Bytes bytes, std::uint32_t peer, std::uint32_t tag) {
  Node node;
  node.kind = kind;
  node.bytes = bytes;
  node.peer = peer;
  node.tag = tag;
  return node;
}

void add_servers(Graph& graph, const StoragePlan& plan) {
  const std::uint32_t lane = graph.lane_of_rank.empty() ? 0 : graph.lane_of_rank.back() + 1;
  for (std::uint32_t number = 0; number < plan.servers; ++number) {
    graph.ranks.push_back(server(plan, number));
    graph.site_of_rank.push_back(plan.site);
    graph.lane_of_rank.push_back(lane);
  }
  graph.servers = plan.servers;
}

}  // namespace farlink::trace
