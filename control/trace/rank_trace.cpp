// SPDX-License-Identifier: Apache-2.0
#include "control/trace/rank_trace.hpp"

#include <string>

#include "control/trace/chakra.pb.h"
#include "control/trace/error.hpp"
#include "control/trace/head_source.hpp"
#include "control/trace/rank_builder.hpp"
#include "control/trace/rank_json.hpp"
#include "control/trace/record_reader.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
namespace chakra = ChakraProtoMsg;

// A Node's bytes read as a GlobalMetadata without complaint: its id is an unknown field there. The tag of a varint
// field 1 gives a file away that begins with a Node.
chakra::GlobalMetadata parse_metadata(const std::string& record) {
  constexpr char id_tag = 1 << 3;
  chakra::GlobalMetadata metadata;
  if (!metadata.ParseFromString(record) || record.starts_with(id_tag)) {
    throw TraceError("record 0: not a GlobalMetadata message: not a Chakra execution trace");
  }
  return metadata;
}

void read_records(ByteSource& source, Bytes record_limit, RankBuilder& builder) {
  RecordReader records{source, record_limit};
  std::string record;
  if (!records.next(record))
    throw TraceError("the file is empty; a Chakra execution trace begins with a GlobalMetadata");
  builder.begin(parse_metadata(record));
  chakra::Node node;
  while (records.next(record)) {
    const std::string where = "record " + std::to_string(records.number());
    if (!node.ParseFromString(record)) {
      throw TraceError(where + ": not a Node message: not a Chakra execution trace, or damaged");
    }
    builder.add(node, where);
  }
}

}  // namespace

RankTrace read_rank(ByteSource& source, std::uint32_t number, const ImportOptions& options, Bytes memory_left) {
  GunzipSource content{source};
  HeadSource headed{content};
  RankBuilder builder{number, memory_left};
  if (is_rank_json(headed.head()))
    read_rank_json(headed, builder);
  else
    read_records(headed, options.record_limit, builder);
  return builder.finish();
}

Bytes memory_of(const Program& rank) {
  return Bytes{rank.nodes.size() * sizeof(Node) + rank.dependencies.size() * sizeof(std::uint32_t)};
}

}  // namespace farlink::trace
