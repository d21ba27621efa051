// SPDX-License-Identifier: Apache-2.0
// Look-up and change of the nodes of control/yaml/node.hpp.
#include "control/yaml/node.hpp"

#include <algorithm>
#include <utility>

namespace farlink::yaml {

std::string to_text(const Position& position) {
  const std::string source = position.source ? *position.source : std::string{};
  return position.line == 0 ? source : source + ":" + std::to_string(position.line);
}

const Entry* Node::entry(std::string_view key) const {
  const auto found = std::find_if(entries.begin(), entries.end(), [&](const Entry& e) { return e.key == key; });
  return found == entries.end() ? nullptr : &*found;
}

const Node* Node::find(std::string_view key) const {
  const Entry* found = entry(key);
  return found == nullptr ? nullptr : &found->value;
}

Node* Node::find(std::string_view key) { return const_cast<Node*>(std::as_const(*this).find(key)); }

Node& Node::set(std::string_view key, const Position& key_position, Node value) {
  if (kind != Kind::map) {
    kind = Kind::map;
    position = key_position;
    scalar.clear();
    items.clear();
  }
  if (Node* old = find(key)) return *old = std::move(value);
  entries.push_back({std::string{key}, key_position, std::move(value)});
  return entries.back().value;
}

void Node::remove(std::string_view key) {
  std::erase_if(entries, [&](const Entry& e) { return e.key == key; });
}

Node make_scalar(std::string_view text, const Position& position) {
  Node node;
  node.kind = Kind::scalar;
  node.position = position;
  node.scalar = text;
  return node;
}

}  // namespace farlink::yaml
