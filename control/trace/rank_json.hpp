// SPDX-License-Identifier: Apache-2.0
// One rank's Chakra trace as JSON: {"workload_graph": [...]}, or protobuf's own JSON, a GlobalMetadata and then Nodes
// one behind the other, as chakra_jsonizer writes them.
#pragma once

#include <string_view>

#include "control/trace/byte_source.hpp"

namespace farlink::trace {

class RankBuilder;

// `head`: how the file begins, decompressed. Is it JSON, and no protobuf?
bool is_rank_json(std::string_view head);
// And is that JSON one of the two forms?
bool is_chakra_json(std::string_view head);

class HeadSource;
// Reads `source` to its end. Throws TraceError with place, rank, node id, name and reason.
void read_rank_json(HeadSource& source, RankBuilder& builder);

}  // namespace farlink::trace
