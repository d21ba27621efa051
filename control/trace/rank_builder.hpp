// SPDX-License-Identifier: Apache-2.0
// One rank's Chakra nodes, one by one in the order of its file, to a RankTrace. Records and JSON both come here.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "control/trace/attributes.hpp"
#include "control/trace/chakra.pb.h"
#include "control/trace/rank_trace.hpp"

namespace farlink::trace {

class RankBuilder {
 public:
  // `memory_left`: what the rank may occupy.
  RankBuilder(std::uint32_t number, units::Bytes memory_left) : memory_left_{memory_left} { result_.number = number; }

  void begin(const ChakraProtoMsg::GlobalMetadata& global);
  // `where`: "record 12". Throws TraceError with it, rank, node id, name and reason.
  void add(const ChakraProtoMsg::Node& source, const std::string& where);
  // At the end of the file.
  RankTrace finish();

 private:
  void append(const ChakraProtoMsg::Node& source);
  Node converted(const ChakraProtoMsg::Node& source, const Attributes& attributes);
  Node metadata(const ChakraProtoMsg::Node& source);
  Node computation(const ChakraProtoMsg::Node& source, const Attributes& attributes, bool is_on_host);
  Node communication(const ChakraProtoMsg::Node& source, const Attributes& attributes);
  Node collective(const ChakraProtoMsg::Node& source, const Attributes& attributes);
  Node message(const ChakraProtoMsg::Node& source, const Attributes& attributes) const;

  units::Bytes memory_left_;
  RankTrace result_;
  std::string where_;
  std::vector<std::uint64_t> ids_;  // data_deps of all nodes
  std::map<std::string, std::uint32_t, std::less<>> group_index_;
  std::set<std::uint64_t> group_lists_;  // ids of nodes that only describe groups
  std::uint64_t micros_ = 0;
  std::uint64_t communications_ = 0;
};

}  // namespace farlink::trace
