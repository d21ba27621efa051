// SPDX-License-Identifier: Apache-2.0
// What every importer is told.
#pragma once

#include <cstdint>
#include <filesystem>

#include "dataplane/units/size.hpp"

namespace farlink::trace {

struct ImportOptions {
  // {"name": [ranks]}; wins over the groups in the trace. Empty: PREFIX.comm-groups.json when there is one.
  std::filesystem::path comm_groups;
  units::Bytes record_limit = units::Bytes::mebi(64);  // one node with all its attributes, one line, one event
  units::Bytes memory_limit = units::Bytes::gibi(8);   // of the finished graph
};

}  // namespace farlink::trace
