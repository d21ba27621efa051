// SPDX-License-Identifier: Apache-2.0
// One communication call as PyTorch names it, in host traces and profiles.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "control/json/json.hpp"
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
  // Of the job: the group's first rank and the step from one to the next; -1 where not recorded or not even. They stand
  // for groups whose lists are not recorded, as those of many ranks.
  std::int64_t first_rank = -1, stride = -1;
  std::int64_t peer = -1;  // place in the group: of a message the other end, of a rooted collective the root
  std::optional<std::uint64_t> start;  // nanoseconds
};

// Throws TraceError for what is unknown or too large.
ParamEntry entry_of(const TorchCall& call, RecordedCalls& calls, const GroupDefinitions& groups);

// The first rank of a group, or their stride: a whole number; -1 also as the unsigned one that has its bits.
std::int64_t place_of(const json::value& value, std::string_view what);

// "[768, 768]". Throws TraceError that names `what`.
std::vector<std::uint64_t> split_of(std::string_view text, std::string_view what);

}  // namespace farlink::trace
