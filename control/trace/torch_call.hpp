// SPDX-License-Identifier: Apache-2.0
// One communication call as PyTorch names it, in host traces and profiles.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/trace/param_rank.hpp"
#include "control/trace/process_groups.hpp"
#include "control/trace/recorded_calls.hpp"

namespace farlink::trace {

struct TorchCall {
  std::uint64_t record = 0;
  std::string name;  // "allreduce", "all_to_allv"
  std::string type;  // "Float"; of no meaning when element_bytes is there
  std::optional<std::uint64_t> element_bytes;
  std::uint64_t in = 0, out = 0;  // elements
  std::vector<std::uint64_t> in_split, out_split;
  std::string group;                   // "" or "0" undescribed: all ranks
  std::optional<std::uint64_t> world;  // ranks of the group
  std::int64_t peer = -1;  // place in the group: of a message the other end, of a rooted collective the root
  std::optional<std::uint64_t> start;  // nanoseconds
};

// Throws TraceError for what is unknown or too large.
ParamEntry entry_of(const TorchCall& call, RecordedCalls& calls, const GroupDefinitions& groups);

// "[768, 768]". Throws TraceError that names `what`.
std::vector<std::uint64_t> split_of(std::string_view text, std::string_view what);

}  // namespace farlink::trace
