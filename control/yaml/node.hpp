// SPDX-License-Identifier: Apache-2.0
// A YAML document as a tree that remembers where each part was written, so that every refusal can name file and line.
// Maps keep the order of the file and have no key twice. Scalars are text; what they mean is the reader's business.
#pragma once

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace farlink::yaml {

// Where a node was written. line and column count from 1; line 0: not in a file (the name then says where from).
struct Position {
  std::shared_ptr<const std::string> source;
  std::size_t line = 0;
  std::size_t column = 0;
};

// "scenario.yaml:7", or the source alone when there is no line.
std::string to_text(const Position& position);

// A text that is no YAML document, or one that Farlink does not take; what() starts with the position.
class Error : public std::runtime_error {
 public:
  Error(const Position& position, const std::string& what) : std::runtime_error(to_text(position) + ": " + what) {}
};

enum class Kind { null, scalar, list, map };

struct Entry;

struct Node {
  Kind kind = Kind::null;
  Position position;
  std::string scalar;
  std::vector<Node> items;     // of a list
  std::vector<Entry> entries;  // of a map

  // The value of `key` in a map; nullptr when it is not there or this is no map.
  const Node* find(std::string_view key) const;
  Node* find(std::string_view key);
  const Entry* entry(std::string_view key) const;

  // Sets `key`, in its old place when it was there; a node that is no map becomes an empty one first.
  Node& set(std::string_view key, const Position& key_position, Node value);
  void remove(std::string_view key);  // nothing happens when it is not there
};

struct Entry {
  std::string key;
  Position position;  // of the key
  Node value;
};

// A scalar that was written at `position`.
Node make_scalar(std::string_view text, const Position& position);

}  // namespace farlink::yaml
