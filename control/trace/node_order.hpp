// SPDX-License-Identifier: Apache-2.0
// From "depends on node id 515" to an order that can be executed.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "control/trace/graph.hpp"

namespace farlink::trace {

// `rank` has its nodes in file order with `record` set to their ids and dependency ranges into `ids`; on return
// rank.dependencies holds indices, and nodes are ordered so that each comes after all it depends on, otherwise as in
// the file. Throws TraceError, naming record and node ids, for an id that appears twice, a dependency on an id that
// never appears, and a cycle. Node i of the file is its record i + 1.
void order_nodes(Program& rank, const std::vector<std::uint64_t>& ids);

// Takes out the nodes for which `is_dropped` holds, which depend on nothing; nodes no longer wait for them.
void drop_nodes(Program& rank, const std::function<bool(const Node&)>& is_dropped);

}  // namespace farlink::trace
