// SPDX-License-Identifier: Apache-2.0
// Which ranks a report draws, and their bars as lanes: the first rank of each pipeline stage; of a recorded job each
// rank.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/replay/record.hpp"
#include "control/report/result.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::replay {

inline constexpr std::size_t most_lanes = 64;

// The first rank of each lane, in the order of lanes; at most `most_lanes`, of more lanes the first ones.
std::vector<std::uint32_t> drawn_ranks(const trace::Graph& graph);

// "stage 3 (west)" for a training job, "rank 5 (west)" for a recorded one.
std::string lane_name(const trace::Graph& graph, const scenario::Scenario& scenario, std::uint32_t rank);

// Seconds count from `step_start`; intervals in the order of their starts.
report::Lane lane_of(const trace::Graph& graph, const scenario::Scenario& scenario, std::uint32_t rank,
                     const RankRecord& record, units::Instant step_start);

// Says which lanes are drawn when there are more than `most_lanes`; empty otherwise.
std::string note_on_lanes(const trace::Graph& graph);

}  // namespace farlink::replay
