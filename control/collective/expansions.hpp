// SPDX-License-Identifier: Apache-2.0
// The single expansions behind expand(); private to control/collective.
#pragma once

#include "control/collective/placement.hpp"
#include "control/collective/schedule.hpp"
#include "control/trace/graph.hpp"

namespace farlink::collective {

Schedule flat_ring(trace::Collective kind, units::Bytes bytes, std::uint32_t member_count);

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
