// SPDX-License-Identifier: Apache-2.0
// One thing that a rank does. Times are picoseconds; `bytes` of a collective are the input bytes of one rank
// (all-gather: one shard; reduce-scatter, all-reduce: the full buffer; all-to-all: the whole send buffer), of a send or
// receive the message.
#pragma once

#include <cstdint>

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
  std::uint32_t peer = 0;    // send: destination rank; receive: source rank; see Ranks::peer_of()
  std::uint32_t tag = 0;     // sends and receives match on (source, destination, tag), in order
  std::uint32_t group = 0;   // collective: index into Graph::groups; see Ranks::group_of()
  std::uint32_t repeat = 1;  // collective: this many one after the other (tensor parallel: one per layer)
  std::uint16_t microbatch = 0;
  NodeKind kind = NodeKind::compute;
  Collective collective = Collective::all_reduce;
  Phase phase = Phase::other;
  bool on_host = false;  // compute: on the rank's host, beside its GPU; host operations run one at a time too
};
static_assert(sizeof(Node) <= 64);

}  // namespace farlink::trace
