// SPDX-License-Identifier: Apache-2.0
#include "control/trace/rank_json.hpp"

#include <algorithm>
#include <string>

#include "control/trace/error.hpp"
#include "control/trace/head_source.hpp"
#include "control/trace/json_node.hpp"
#include "control/trace/json_pieces.hpp"
#include "control/trace/json_values.hpp"
#include "control/trace/rank_builder.hpp"

namespace farlink::trace {
namespace {

constexpr std::string_view workload = "workload_graph";

std::string_view without_blanks(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
  return text;
}

bool has_workload_graph(std::string_view head) {
  const std::string key = '"' + std::string{workload} + '"';
  for (std::size_t at = head.find(key); at != std::string_view::npos; at = head.find(key, at + 1))
    if (without_blanks(head.substr(at + key.size())).starts_with(':')) return true;
  return false;
}

void read_workload(ByteSource& source, RankBuilder& builder) {
  bool is_there = false;
  read_json(source, json::Cut::pieces, [&](const json::Place& place, const json::value& piece) {
    if (place.key != workload) return;
    is_there = true;
    builder.add(node_of_workload(object_of(piece, "the node")), "node");
  });
  if (!is_there) throw TraceError("there is no node in workload_graph");
}

void read_documents(ByteSource& source, RankBuilder& builder) {
  read_json(source, json::Cut::documents, [&](const json::Place& place, const json::value& piece) {
    const json::object& object = object_of(piece, "the node");
    if (place.number == 0)
      builder.begin(metadata_of_protobuf(object));
    else
      builder.add(node_of_protobuf(object), "node");
  });
}

}  // namespace

// A record of 123 bytes begins with the same brace, but the length of its version, which is next but one, is no quote.
bool is_rank_json(std::string_view head) {
  head = without_blanks(head);
  if (!head.starts_with('{')) return false;
  head = without_blanks(head.substr(1));
  return head.starts_with('"') || head.starts_with('}');
}

bool is_chakra_json(std::string_view head) {
  if (!is_rank_json(head)) return false;
  if (has_workload_graph(head)) return true;
  const std::string_view first = without_blanks(without_blanks(head).substr(1));
  const bool is_metadata = first.starts_with('}') || first.starts_with("\"version\"") || first.starts_with("\"attr\"");
  const auto has = [head](std::string_view text) { return head.find(text) != std::string_view::npos; };
  return is_metadata && (has("_NODE\"") || has("Val\"") || has("_val\""));
}

void read_rank_json(HeadSource& source, RankBuilder& builder) {
  if (has_workload_graph(source.head()))
    read_workload(source, builder);
  else
    read_documents(source, builder);
}

}  // namespace farlink::trace
