// SPDX-License-Identifier: Apache-2.0
// The trace: per rank a graph of nodes (compute, send, receive, collective) and what each waits for. Every importer and
// the generator make one of these for ONE step; replay runs it `steps` times. Times are picoseconds; `bytes` of a
// collective are the input bytes of one rank (all-gather: one shard; reduce-scatter, all-reduce: the full buffer;
// all-to-all: the whole send buffer), of a send or receive the message.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::trace {

enum class NodeKind : std::uint8_t { compute, send, receive, collective };
enum class Collective : std::uint8_t {
  all_reduce,
  reduce,
  all_gather,
  gather,
  scatter,
  broadcast,
  all_to_all,
  reduce_scatter,
  barrier
};
// What the node is for; drawn in the timeline, never used for scheduling.
enum class Phase : std::uint8_t {
  other,
  forward,
  backward,
  tensor,
  activation,
  gradient_activation,
  gradient,
  optimizer
};

struct Node {
  units::Duration duration;  // compute only
  units::Bytes bytes;        // communication only
  std::uint64_t record = 0;  // provenance: node id in the source file, 0 for the generator
  std::uint32_t first_dependency = 0;
  std::uint32_t dependency_count = 0;
  std::uint32_t peer = 0;    // send: destination rank; receive: source rank
  std::uint32_t tag = 0;     // sends and receives match on (source, destination, tag), in order
  std::uint32_t group = 0;   // collective: index into Graph::groups
  std::uint32_t repeat = 1;  // collective: this many one after the other (tensor parallel: one per layer)
  std::uint16_t microbatch = 0;
  NodeKind kind = NodeKind::compute;
  Collective collective = Collective::all_reduce;
  Phase phase = Phase::other;
  bool on_host = false;  // compute: on the rank's host, beside its GPU; host operations run one at a time too
};
static_assert(sizeof(Node) <= 64);

struct Rank {
  std::vector<Node> nodes;                  // program order
  std::vector<std::uint32_t> dependencies;  // indices into nodes, of the same rank
  // Appends a node that waits for `after`; returns its number.
  std::uint32_t add(Node node, std::span<const std::uint32_t> after) {
    node.first_dependency = static_cast<std::uint32_t>(dependencies.size());
    node.dependency_count = static_cast<std::uint32_t>(after.size());
    dependencies.insert(dependencies.end(), after.begin(), after.end());
    nodes.push_back(node);
    return static_cast<std::uint32_t>(nodes.size() - 1);
  }
  std::span<const std::uint32_t> dependencies_of(const Node& node) const noexcept {
    return std::span{dependencies}.subspan(node.first_dependency, node.dependency_count);
  }
};

struct Group {
  std::string name;
  std::vector<std::uint32_t> ranks;  // in communicator order
};

// Semantics that replay keeps: compute nodes of a rank run one at a time (its host's apart from its GPU's); collectives
// of one group start in program order on every rank; a node starts when all its dependencies have ended. A send ends
// when the receiver has all of it; nothing else waits for it but what depends on it.
struct Graph {
  std::vector<Rank> ranks;
  std::vector<Group> groups;
  std::vector<std::uint32_t> site_of_rank;  // index into Scenario::sites
  std::vector<std::uint32_t> lane_of_rank;  // pipeline stage; for traces the rank itself
  std::uint32_t servers = 0;                // the last so many ranks are storage: no accelerator, no rank of the job
  double model_flops = 0;                   // of one step, all ranks; 0 when unknown
  double peak_flops = 0;                    // of all ranks together; 0 when unknown
  std::string source;                       // "generated: gpt3-175b ..." or the trace's path
  std::vector<std::string> notes;           // what the generator or importer assumed, one sentence each, for reports
};

}  // namespace farlink::trace
