// SPDX-License-Identifier: Apache-2.0
// Small Chakra files, written with the protobuf classes.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "control/trace/chakra.pb.h"
#include "control/trace/import_chakra.hpp"
#include "tests/trace/bytes_of.hpp"

namespace farlink::trace_test {

namespace chakra = ChakraProtoMsg;

inline std::string varint(std::uint64_t value) {
  std::string bytes;
  for (; value >= 0x80; value >>= 7) bytes += static_cast<char>((value & 0x7f) | 0x80);
  return bytes + static_cast<char>(value);
}

class ChakraNode {
 public:
  ChakraNode(std::uint64_t id, chakra::NodeType type, std::initializer_list<std::uint64_t> after = {}) {
    node_.set_id(id);
    node_.set_name("node " + std::to_string(id));
    node_.set_type(type);
    for (const std::uint64_t dependency : after) node_.add_data_deps(dependency);
  }
  ChakraNode& name(const std::string& text) {
    node_.set_name(text);
    return *this;
  }
  ChakraNode& micros(std::uint64_t duration) {
    node_.set_duration_micros(duration);
    return *this;
  }
  ChakraNode& after_control(std::uint64_t id) {
    node_.add_ctrl_deps(id);
    return *this;
  }
  ChakraNode& with(const char* name, std::int64_t value) {
    attribute(name).set_int64_val(value);
    return *this;
  }
  ChakraNode& with_text(const char* name, const std::string& text) {
    attribute(name).set_string_val(text);
    return *this;
  }
  ChakraNode& with_flag(const char* name, bool value) {
    attribute(name).set_bool_val(value);
    return *this;
  }
  ChakraNode& inputs(const std::string& values) {
    node_.mutable_inputs()->set_values(values);
    return *this;
  }
  chakra::AttributeProto& attribute(const char* name) {
    chakra::AttributeProto* attribute = node_.add_attr();
    attribute->set_name(name);
    return *attribute;
  }
  std::string record() const {
    const std::string bytes = node_.SerializeAsString();
    return varint(bytes.size()) + bytes;
  }

 private:
  chakra::Node node_;
};

inline ChakraNode compute(std::uint64_t id, std::uint64_t micros, std::initializer_list<std::uint64_t> after = {}) {
  return ChakraNode{id, chakra::COMP_NODE, after}.micros(micros);
}
inline ChakraNode collective(std::uint64_t id, chakra::CollectiveCommType type, std::int64_t bytes,
                             std::initializer_list<std::uint64_t> after = {}) {
  return ChakraNode{id, chakra::COMM_COLL_NODE, after}.with("comm_type", type).with("comm_size", bytes);
}
inline ChakraNode send(std::uint64_t id, std::int64_t to, std::int64_t bytes,
                       std::initializer_list<std::uint64_t> after = {}) {
  return ChakraNode{id, chakra::COMM_SEND_NODE, after}.with("comm_dst", to).with("comm_size", bytes);
}
inline ChakraNode receive(std::uint64_t id, std::int64_t from, std::int64_t bytes,
                          std::initializer_list<std::uint64_t> after = {}) {
  return ChakraNode{id, chakra::COMM_RECV_NODE, after}.with("comm_src", from).with("comm_size", bytes);
}

inline std::string file_of(std::initializer_list<ChakraNode> nodes) {
  chakra::GlobalMetadata metadata;
  metadata.set_version("0.0.4");
  std::string bytes = metadata.SerializeAsString();
  bytes = varint(bytes.size()) + bytes;
  for (const ChakraNode& node : nodes) bytes += node.record();
  return bytes;
}

inline trace::Graph import_files(const std::vector<std::string>& files, const trace::ImportOptions& options = {}) {
  return trace::import_chakra(bytes_of(files), options);
}

}  // namespace farlink::trace_test
