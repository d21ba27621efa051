// SPDX-License-Identifier: Apache-2.0
// Which site each rank lives at.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::trace {

// Splits `parts` equal parts of `gpus_per_part` GPUs over the sites in order: in proportion to the sites' GPUs when
// that comes out whole, else evenly when that fits. Returns parts per site; throws TraceError, naming `what`
// ("pipeline stages"), when neither fits. One site gets all.
std::vector<std::uint32_t> split_over_sites(std::uint32_t parts, std::uint64_t gpus_per_part, const char* what,
                                            std::span<const scenario::Site> sites);

// Places the ranks of a recorded job: they fill the sites in order, in proportion to the sites' GPUs (8 ranks on two
// equal sites: 4 + 4; shares that are not whole are rounded down along the way, so 3 ranks become 1 + 2). Sets
// site_of_rank. Throws TraceError when there are more ranks than GPUs or a site would stay empty.
void place(Graph& graph, std::span<const scenario::Site> sites);

}  // namespace farlink::trace
