// SPDX-License-Identifier: Apache-2.0
#include "control/trace/process_groups.hpp"

#include <array>
#include <limits>
#include <stdexcept>
#include <utility>

#include "control/json/json.hpp"
#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

constexpr std::size_t longest_file = std::size_t{64} << 20;

json::value parse_json(std::string_view text) {
  try {
    return json::parse(text);
  } catch (const std::runtime_error& error) {
    throw TraceError(std::string{"not valid JSON: "} + error.what());
  }
}

// The text between the quotes of a one-element Python list, its escapes undone; plain JSON passes as it is.
std::string unwrap(std::string_view values) {
  if (values.size() < 4 || values[0] != '[' || (values[1] != '\'' && values[1] != '"')) return std::string{values};
  std::string text;
  for (std::size_t i = 2; i + 2 < values.size(); ++i) {
    if (values[i] == '\\' && i + 3 < values.size()) ++i;
    text += values[i];
  }
  return text;
}

std::uint64_t whole(const json::value& value, const std::string& what) {
  if (value.is_uint64()) return value.get_uint64();
  if (value.is_int64() && value.get_int64() >= 0) return static_cast<std::uint64_t>(value.get_int64());
  throw TraceError(what + " is not a whole number of at least 0");
}

std::vector<std::uint32_t> ranks_of(const json::value& value, const std::string& name) {
  if (!value.is_array()) throw TraceError("ranks of group '" + name + "' are not a list");
  std::vector<std::uint32_t> ranks;
  for (const json::value& item : value.get_array()) {
    const std::uint64_t rank = whole(item, "a rank of group '" + name + "'");
    if (rank > std::numeric_limits<std::uint32_t>::max())
      throw TraceError("rank " + std::to_string(rank) + " is too large");
    ranks.push_back(static_cast<std::uint32_t>(rank));
  }
  return ranks;
}

std::string name_of_group(const json::object& group) {
  const json::value* name = group.if_contains("pg_name");
  if (name == nullptr) throw TraceError("a process group has no pg_name");
  if (name->is_string()) return {name->get_string().data(), name->get_string().size()};
  return std::to_string(whole(*name, "pg_name"));
}

}  // namespace

GroupDefinitions parse_process_groups(std::string_view values) {
  const json::value document = parse_json(unwrap(values));
  if (!document.is_array()) throw TraceError("not a list of process groups");
  GroupDefinitions definitions;
  for (const json::value& item : document.get_array()) {
    if (!item.is_object()) throw TraceError("a process group is not a JSON object");
    const json::object& group = item.get_object();
    GroupDefinition definition;
    const std::string name = name_of_group(group);
    if (const json::value* ranks = group.if_contains("ranks")) definition.ranks = ranks_of(*ranks, name);
    if (const json::value* size = group.if_contains("group_size")) definition.size = whole(*size, "group_size");
    if (const json::value* text = group.if_contains("pg_desc"); text != nullptr && text->is_string())
      definition.description.assign(text->get_string().data(), text->get_string().size());
    definitions.insert_or_assign(name, std::move(definition));
  }
  return definitions;
}

GroupDefinitions parse_comm_groups(ByteSource& source) {
  std::string text;
  std::array<std::uint8_t, 4096> block;
  while (const std::size_t count = source.read(block)) {
    text.append(reinterpret_cast<const char*>(block.data()), count);
    if (text.size() > longest_file) throw TraceError("longer than 64 MiB");
  }
  const json::value document = parse_json(text);
  if (!document.is_object()) throw TraceError("not a JSON object of group name and list of ranks");
  GroupDefinitions definitions;
  for (const auto& member : document.get_object()) {
    GroupDefinition definition;
    const std::string name{member.key()};
    definition.ranks = ranks_of(member.value(), name);
    if (definition.ranks.empty()) throw TraceError("group '" + name + "' lists no ranks");
    definitions.insert_or_assign(name, std::move(definition));
  }
  return definitions;
}

}  // namespace farlink::trace
