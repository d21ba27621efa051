// SPDX-License-Identifier: Apache-2.0
// A job of which only some ranks were recorded, completed where its ranks do alike.
#pragma once

#include <cstdint>
#include <span>

#include "control/trace/graph.hpp"

namespace farlink::trace {

// graph.ranks are the programs of the ranks `recorded` (rising, no rank twice), with numbers of groups and ranks; on
// return it has `total` ranks, of which each missing one shares the program of a recorded one, these in turn, and a
// note says so. Sites are 0; lanes are ranks. Throws TraceError when a missing rank could not do so: one of the
// program's groups does not have it, because nobody recorded which one does, or the program sends to or receives from
// another rank.
void replicate(Graph& graph, std::span<const std::uint32_t> recorded, std::uint32_t total);

}  // namespace farlink::trace
