// SPDX-License-Identifier: Apache-2.0
// What every importer is told.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::trace {

struct ImportOptions {
  // {"name": [ranks]}; wins over the groups in the trace. Empty: PREFIX.comm-groups.json when there is one.
  std::filesystem::path comm_groups;
  // For formats that describe one rank of many alike and do not say how many there are, and for those that speak of the
  // first dimension of a network. 0: not known.
  std::uint32_t ranks = 0, ranks_per_node = 0;
  // For operation tables, which need not have compute times: what is computed before each operation of a stage.
  std::vector<std::pair<std::string, units::Duration>> compute;
  // Kineto profiles of the same run, for PyTorch host traces: a file, a folder or a tar archive.
  std::filesystem::path kineto;
  // Ranks that were not recorded do what a recorded one does, where that is possible (replicate.hpp).
  bool replicate = false;
  units::Bytes record_limit = units::Bytes::mebi(64);  // one node with all its attributes, one line, one event
  units::Bytes memory_limit = units::Bytes::gibi(8);   // of the finished graph
};

}  // namespace farlink::trace
