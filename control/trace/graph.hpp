// SPDX-License-Identifier: Apache-2.0
// The trace: per rank a program of nodes (compute, send, receive, collective) and what each waits for. Every importer
// and the generator make one of these for ONE step; replay runs it `steps` times.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/trace/ranks.hpp"

namespace farlink::trace {

struct Group {
  std::string name;
  std::vector<std::uint32_t> ranks;  // in communicator order
};

// Semantics that replay keeps: compute nodes of a rank run one at a time (its host's apart from its GPU's; of no time:
// at once); collectives of one group start in program order on every rank; a node starts when all its dependencies have
// ended. A send ends when the receiver has all of it; nothing else waits for it but what depends on it.
struct Graph {
  Ranks ranks;
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
