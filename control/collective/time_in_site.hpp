// SPDX-License-Identifier: Apache-2.0
// How long a collective takes whose members all sit in one site: the latency-bandwidth (alpha-beta) model. The
// bandwidth terms are those behind NCCL's bus bandwidth (nccl-tests, doc/PERFORMANCE.md): busbw = algbw x 2(n-1)/n for
// all-reduce, x (n-1)/n for gather, scatter and all-to-all, x 1 for broadcast and reduce.
#pragma once

#include <cstdint>

#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::collective {

// `bytes` as trace::Graph counts them: S the full or send buffer, b one shard. `members` = n, alpha and B of `network`:
//   all-reduce      2(n-1)(alpha + S/(nB))        all-gather      (n-1)(alpha + b/B)
//   reduce-scatter   (n-1)(alpha + S/(nB))        all-to-all      (n-1)(alpha + S/(nB))
//   broadcast, reduce (n-1) alpha + S/B           (pipelined along the ring)
//   gather            alpha + (n-1) b/B           scatter         alpha + (n-1) S/(nB)      (through the root's port)
//   barrier           ceil(log2 n) alpha          (dissemination)
// With other algorithms than rings:
//   direct            all-reduce 2 alpha, the other two 1 alpha; the same bytes
//   halving-doubling  log2 n alpha for each half; the same bytes. Beyond a power of two p: p in the place of n, and 2
//                     alpha, S (all-gather: b) before and S (all-gather: n b, reduce-scatter: S/n) behind on top
//   trees             all-reduce 2 ceil(log2 n) alpha + 2 S/B, without the time to fill the trees
// One member alone needs no time. Rounded down to a picosecond. Throws std::invalid_argument when the bandwidth is
// zero.
units::Duration time_in_site(trace::Collective kind, units::Bytes bytes, std::uint32_t members,
                             const scenario::LocalNetwork& network,
                             scenario::CollectiveAlgorithm algorithm = scenario::CollectiveAlgorithm::ring);

}  // namespace farlink::collective
