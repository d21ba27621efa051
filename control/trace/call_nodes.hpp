// SPDX-License-Identifier: Apache-2.0
// A rank's recorded calls as nodes of its program, one after the other.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "control/trace/all_to_all_parts.hpp"
#include "control/trace/param_program.hpp"
#include "control/trace/param_rank.hpp"
#include "control/trace/program.hpp"

namespace farlink::trace {

class CallNodes {
 public:
  // All of them must outlive this; limit: what the program may occupy.
  CallNodes(const ParamRank& rank, const ParamGroups& groups, units::Bytes limit, AllToAllParts& parts,
            Program& program)
      : rank_{rank}, groups_{groups}, limit_{limit}, parts_{parts}, program_{program}, nodes_(rank.entries.size()) {}

  // The next entry: a call becomes a node that waits for `after`. Returns what follows has to wait for: a synchronous
  // call itself, of a wait or a batch what it is for. Throws TraceError.
  std::vector<std::uint32_t> take(std::uint32_t entry, std::span<const std::uint32_t> after);
  // Any node. Throws TraceError when the program gets too large.
  std::uint32_t add(const Node& node, std::span<const std::uint32_t> after);
  // "element 12: ", for messages.
  std::string name_of(std::uint32_t entry) const;

 private:
  const ParamRank& rank_;
  const ParamGroups& groups_;
  units::Bytes limit_;
  AllToAllParts& parts_;
  Program& program_;
  std::vector<std::vector<std::uint32_t>> nodes_;  // by entry
  std::vector<std::uint32_t> batch_;               // messages of the next batch
};

}  // namespace farlink::trace
