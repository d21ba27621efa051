// SPDX-License-Identifier: Apache-2.0
// Attributes of a Chakra node by name. Generators write the same attribute in any integer type, and proto3 may leave
// out a zero: an attribute that is there without a value is 0.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "control/trace/chakra.pb.h"

namespace farlink::trace {

class Attributes {
 public:
  // Of a Node or of the GlobalMetadata, which must outlive this.
  template <typename Message>
  explicit Attributes(const Message& message) : list_{message.attr()} {}

  bool has(std::string_view name) const { return find(name) != nullptr; }
  // None when the attribute is absent; throws TraceError when it is no integer, negative, or above `limit`.
  std::optional<std::uint64_t> integer(std::string_view name, std::uint64_t limit) const;
  // A bool, or an integer; false when absent.
  bool flag(std::string_view name) const;
  // A text, or an integer in decimal; empty when absent.
  std::string text(std::string_view name) const;
  // A finite double of at least 0; 0 when absent. Throws TraceError for others.
  double number(std::string_view name) const;
  // A list of bools that holds a false.
  bool has_false(std::string_view name) const;

 private:
  const ChakraProtoMsg::AttributeProto* find(std::string_view name) const;
  const google::protobuf::RepeatedPtrField<ChakraProtoMsg::AttributeProto>& list_;
};

}  // namespace farlink::trace
