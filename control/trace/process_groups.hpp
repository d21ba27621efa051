// SPDX-License-Identifier: Apache-2.0
// Communicator groups of a recorded job: what METADATA nodes and a comm-groups file say about a group's name.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "control/trace/byte_source.hpp"

namespace farlink::trace {

struct GroupDefinition {
  std::vector<std::uint32_t> ranks;  // empty: 0 ... size - 1
  std::uint64_t size = 0;            // 0 with empty ranks: all ranks
  std::string description;           // pg_desc: what the group is called, where its name is a number
  bool operator==(const GroupDefinition&) const = default;
};
using GroupDefinitions = std::map<std::string, GroupDefinition, std::less<>>;

// `values` of a METADATA node's inputs: Python's repr of a list with one text, which is JSON:
// ['[{"pg_name":"0","ranks":[],"group_size":2}]']. Throws TraceError with the reason when that cannot be read.
GroupDefinitions parse_process_groups(std::string_view values);

// A comm-groups file: {"0": [0, 1, 2, 3], "1": [4, 5, 6, 7]}. Throws TraceError with the reason.
GroupDefinitions parse_comm_groups(ByteSource& source);

}  // namespace farlink::trace
