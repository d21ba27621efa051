// SPDX-License-Identifier: Apache-2.0
#include "control/trace/json_node.hpp"

#include <algorithm>
#include <cctype>
#include <limits>
#include <string>
#include <string_view>

#include "control/trace/error.hpp"
#include "control/trace/json_values.hpp"

namespace farlink::trace {
namespace {

namespace chakra = ChakraProtoMsg;

// dataDeps and data_deps are the same: writers choose.
std::string plain(std::string_view key) {
  std::string result;
  for (const char c : key)
    if (c != '_') result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return result;
}

chakra::NodeType type_of(const json::value& value) {
  if (!value.is_string()) return static_cast<chakra::NodeType>(whole_of(value, "the node's type", 1000));
  chakra::NodeType type = chakra::INVALID_NODE;
  const std::string name = text_of(value, "the node's type");
  if (!chakra::NodeType_Parse(name, &type)) throw TraceError("node type '" + name.substr(0, 80) + "' is unknown");
  return type;
}

void add_dependencies(chakra::Node& node, const json::value& value) {
  for (const json::value& item : array_of(value, "data_deps"))
    node.add_data_deps(whole_of(item, "a node id in data_deps"));
}

bool are_bools(const json::array& array) {
  return std::all_of(array.begin(), array.end(), [](const json::value& item) { return item.is_bool(); });
}

// Lists of others than bools are there, but nobody reads them.
void set_list(chakra::AttributeProto& attribute, const json::array& values) {
  if (!are_bools(values)) {
    attribute.mutable_string_list();
    return;
  }
  for (const json::value& item : values) attribute.mutable_bool_list()->add_values(item.get_bool());
}

void set_double(chakra::AttributeProto& attribute, const json::value& value) {
  if (value.is_double())
    attribute.set_double_val(value.get_double());
  else if (value.is_string())  // "NaN", "Infinity"
    attribute.set_double_val(std::numeric_limits<double>::quiet_NaN());
  else
    attribute.set_double_val(static_cast<double>(integer_of(value, "attribute " + attribute.name())));
}

void set_protobuf_value(chakra::AttributeProto& attribute, std::string_view kind, const json::value& value) {
  const std::string what = "attribute " + attribute.name().substr(0, 80);
  const auto is_one_of = [kind](std::initializer_list<std::string_view> kinds) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  };
  if (is_one_of({"int32val", "int64val", "sint32val", "sint64val", "sfixed32val", "sfixed64val"})) {
    attribute.set_int64_val(integer_of(value, what));
  } else if (is_one_of({"uint32val", "uint64val", "fixed32val", "fixed64val"})) {
    attribute.set_uint64_val(whole_of(value, what));
  } else if (is_one_of({"doubleval", "floatval"})) {
    set_double(attribute, value);
  } else if (kind == "boolval") {
    attribute.set_bool_val(truth_of(value, what));
  } else if (kind == "stringval") {
    attribute.set_string_val(text_of(value, what));
  } else if (kind == "bytesval") {
    attribute.set_bytes_val("");
  } else if (kind.ends_with("list")) {
    const json::value* values = member(object_of(value, what), "values");
    set_list(attribute, values == nullptr ? json::array{} : array_of(*values, what));
    if (kind != "boollist") attribute.mutable_string_list();
  } else if (!is_one_of({"name", "docstring"})) {
    throw TraceError(what + " has a value of a kind that is unknown: " + std::string{kind.substr(0, 80)});
  }
}

template <typename Message>
void add_attributes(Message& message, const json::value& list) {
  for (const json::value& item : array_of(list, "attr")) {
    const json::object& source = object_of(item, "an attribute");
    chakra::AttributeProto& attribute = *message.add_attr();
    if (const json::value* name = member(source, "name")) attribute.set_name(text_of(*name, "an attribute's name"));
    for (const auto& [key, value] : source) set_protobuf_value(attribute, plain({key.data(), key.size()}), value);
  }
}

void add_workload_attribute(chakra::Node& node, std::string_view name, const json::value& value) {
  if (value.is_null() || value.is_object()) return;
  chakra::AttributeProto& attribute = *node.add_attr();
  attribute.set_name(std::string{name});
  if (value.is_bool())
    attribute.set_bool_val(value.get_bool());
  else if (value.is_string())
    attribute.set_string_val(text_of(value, name));
  else if (value.is_array())
    set_list(attribute, value.get_array());
  else if (value.is_double())
    attribute.set_double_val(value.get_double());
  else if (value.is_uint64())
    attribute.set_uint64_val(value.get_uint64());
  else
    attribute.set_int64_val(value.get_int64());
}

}  // namespace

chakra::Node node_of_workload(const json::object& object) {
  chakra::Node node;
  bool has_id = false;
  for (const auto& [key, value] : object) {
    const std::string_view name{key.data(), key.size()};
    const std::string known = plain(name);
    if (known == "id") {
      node.set_id(whole_of(value, "Id"));
      has_id = true;
    } else if (known == "name") {
      node.set_name(text_of(value, "Name"));
    } else if (known == "nodetype") {
      node.set_type(type_of(value));
    } else if (known == "datadeps") {
      add_dependencies(node, value);
    } else if (known != "ctrldeps") {
      add_workload_attribute(node, name, value);
    }
  }
  if (!has_id) throw TraceError("the node has no Id");
  // In protobuf a type that is left out is 0, an all-reduce; here nothing is left out for that.
  if (node.type() == chakra::COMM_COLL_NODE && member(object, "comm_size") != nullptr &&
      member(object, "comm_type") == nullptr)
    throw TraceError("node id " + std::to_string(node.id()) + ": a collective without comm_type");
  return node;
}

chakra::Node node_of_protobuf(const json::object& object) {
  chakra::Node node;
  for (const auto& [key, value] : object) {
    if (value.is_null()) continue;
    const std::string name = plain({key.data(), key.size()});
    if (name == "id")
      node.set_id(whole_of(value, "id"));
    else if (name == "name")
      node.set_name(text_of(value, "name"));
    else if (name == "type")
      node.set_type(type_of(value));
    else if (name == "datadeps")
      add_dependencies(node, value);
    else if (name == "durationmicros")
      node.set_duration_micros(whole_of(value, "durationMicros"));
    else if (name == "attr")
      add_attributes(node, value);
    else if (name == "inputs")
      if (const json::value* values = member(object_of(value, "inputs"), "values"))
        node.mutable_inputs()->set_values(text_of(*values, "values of the inputs"));
  }
  return node;
}

chakra::GlobalMetadata metadata_of_protobuf(const json::object& object) {
  chakra::GlobalMetadata metadata;
  for (const auto& [key, value] : object) {
    const std::string name = plain({key.data(), key.size()});
    if (name == "attr")
      add_attributes(metadata, value);
    else if (name != "version")
      throw TraceError("'" + name.substr(0, 80) + "' is no member of a GlobalMetadata: no Chakra execution trace");
  }
  return metadata;
}

}  // namespace farlink::trace
