// SPDX-License-Identifier: Apache-2.0
// The single expansions behind expand(); private to control/collective.
#pragma once

#include "control/collective/placement.hpp"
#include "control/collective/schedule.hpp"
#include "control/trace/graph.hpp"

namespace farlink::collective {

// The kinds that go differently by CollectiveAlgorithm; the others are the same for all.
constexpr bool depends_on_algorithm(trace::Collective kind) noexcept {
  return kind == trace::Collective::all_reduce || kind == trace::Collective::all_gather ||
         kind == trace::Collective::reduce_scatter;
}

// Those of a group taken as one.
Schedule flat_ring(trace::Collective kind, units::Bytes bytes, std::uint32_t member_count);
Schedule direct(trace::Collective kind, units::Bytes bytes, std::uint32_t member_count);
Schedule halving_doubling(trace::Collective kind, units::Bytes bytes, std::uint32_t member_count);
// All-reduce alone.
Schedule double_binary_tree(units::Bytes buffer, std::uint32_t member_count);

Schedule hierarchical_all_reduce(units::Bytes buffer, const Placement& placement);
Schedule hierarchical_all_gather(units::Bytes shard_size, const Placement& placement);
Schedule hierarchical_reduce_scatter(units::Bytes buffer, const Placement& placement);
Schedule direct_all_to_all(units::Bytes buffer, const Placement& placement);
Schedule hierarchical_barrier(const Placement& placement);

Schedule hierarchical_broadcast(units::Bytes buffer, const Placement& placement);
Schedule hierarchical_reduce(units::Bytes buffer, const Placement& placement);
Schedule direct_gather(units::Bytes shard_size, const Placement& placement);
Schedule direct_scatter(units::Bytes buffer, const Placement& placement);

}  // namespace farlink::collective
