// SPDX-License-Identifier: Apache-2.0
// One rank's Chakra file, read: its nodes in executable order, with groups still by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/trace/byte_source.hpp"
#include "control/trace/graph.hpp"
#include "control/trace/import_chakra.hpp"
#include "control/trace/process_groups.hpp"

namespace farlink::trace {

// A group's name as collectives of this rank use it; Node::group is an index into RankTrace::groups.
struct GroupUse {
  std::string name;        // "" without pg_name: all ranks
  std::string first_node;  // the first node that uses it, for messages
};

// What the importer decided, counted for the notes.
struct ImportCounts {
  std::uint64_t host_operations = 0;  // COMP on the host
  std::uint64_t launches = 0;         // the host's part of a collective whose GPU part is another node
  std::uint64_t memory_nodes = 0;
  std::uint64_t without_duration = 0;  // COMP with num_ops but no recorded duration
};

struct RankTrace {
  std::uint32_t number = 0;
  std::optional<std::uint32_t> lane;  // as ChakraWriter writes it, like the two below
  double model_flops = 0, peak_flops = 0;
  std::string file;
  Program rank;
  std::vector<GroupUse> groups;
  GroupDefinitions definitions;
  std::string
      unreadable_groups;  // why a METADATA node's groups could not be read; they matter only when a node needs one
  ImportCounts counts;
};

// Reads `source`, gzip or not, to its end. Throws TraceError that names record, rank, node id and name, not the file.
// `memory_left`: what the rank may occupy.
RankTrace read_rank(ByteSource& source, std::uint32_t number, const ImportOptions& options, units::Bytes memory_left);

units::Bytes memory_of(const Program& rank);

}  // namespace farlink::trace
