// SPDX-License-Identifier: Apache-2.0
// Builds nodes from yaml-cpp's events. Events, not YAML::Node: they carry positions, and the bounds hold before memory
// is spent. An alias becomes a copy of what its anchor named.
#include "control/yaml/parse.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <sstream>
#include <utility>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

namespace farlink::yaml {
namespace {

struct Open {
  Node node;
  YAML::anchor_t anchor = 0;
  std::optional<Entry> pending;  // a map's key that waits for its value
};

std::size_t count_nodes(const Node& node) {
  std::size_t sum = 1;
  for (const Node& item : node.items) sum += count_nodes(item);
  for (const Entry& entry : node.entries) sum += count_nodes(entry.value);
  return sum;
}

std::size_t height(const Node& node) {
  std::size_t deepest = 0;
  for (const Node& item : node.items) deepest = std::max(deepest, height(item));
  for (const Entry& entry : node.entries) deepest = std::max(deepest, height(entry.value));
  return deepest + 1;
}

class Builder final : public YAML::EventHandler {
 public:
  Builder(std::shared_ptr<const std::string> source, const Limits& limits)
      : source_{std::move(source)}, limits_{limits} {}

  Node take() { return std::move(root_); }

  Position position(const YAML::Mark& mark) const {
    if (mark.is_null()) return {source_, 1, 1};
    return {source_, static_cast<std::size_t>(mark.line) + 1, static_cast<std::size_t>(mark.column) + 1};
  }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override { add(make(Kind::null, mark), anchor); }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    refuse_tag(mark, tag);
    Node node = make(Kind::scalar, mark);
    node.scalar = value;
    add(std::move(node), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto named = anchors_.find(anchor);
    if (named == anchors_.end()) throw Error(position(mark), "the alias stands inside the value that it names");
    count(mark, count_nodes(named->second));
    if (stack_.size() + height(named->second) > limits_.depth) refuse_depth(mark);
    add(named->second, 0);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(Kind::list, mark, tag, anchor);
  }
  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(Kind::map, mark, tag, anchor);
  }
  void OnSequenceEnd() override { close(); }
  void OnMapEnd() override { close(); }

 private:
  Node make(Kind kind, const YAML::Mark& mark) {
    count(mark, 1);
    Node node;
    node.kind = kind;
    node.position = position(mark);
    return node;
  }

  void count(const YAML::Mark& mark, std::size_t more) {
    nodes_ += more;
    if (nodes_ > limits_.nodes) {
      throw Error(position(mark), "the document is too large; at most " + std::to_string(limits_.nodes) +
                                      " values, aliases counted as often as they are used");
    }
  }

  [[noreturn]] void refuse_depth(const YAML::Mark& mark) const {
    throw Error(position(mark), "nested too deeply; at most " + std::to_string(limits_.depth) + " levels");
  }

  void refuse_tag(const YAML::Mark& mark, const std::string& tag) const {
    if (tag.empty() || tag == "?" || tag == "!") return;  // plain and quoted scalars
    throw Error(position(mark), "the tag '" + tag + "' is not allowed; write the value without one");
  }

  void open(Kind kind, const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor) {
    refuse_tag(mark, tag);
    if (stack_.size() >= limits_.depth) refuse_depth(mark);
    stack_.push_back({make(kind, mark), anchor, std::nullopt});
  }

  void close() {
    Open done = std::move(stack_.back());
    stack_.pop_back();
    add(std::move(done.node), done.anchor);
  }

  void add(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_.insert_or_assign(anchor, node);
    if (stack_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& parent = stack_.back();
    if (parent.node.kind == Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (parent.pending) {
      parent.pending->value = std::move(node);
      parent.node.entries.push_back(std::move(*parent.pending));
      parent.pending.reset();
    } else {
      add_key(parent, node);
    }
  }

  void add_key(Open& map, const Node& key) {
    if (key.kind != Kind::scalar) throw Error(key.position, "a key must be a word");
    if (key.scalar == "<<") throw Error(key.position, "merge keys (<<) are not supported; write the keys out");
    if (const Entry* first = map.node.entry(key.scalar)) {
      throw Error(key.position,
                  "'" + key.scalar + "' is given twice; first on line " + std::to_string(first->position.line));
    }
    map.pending = Entry{key.scalar, key.position, {}};
  }

  std::shared_ptr<const std::string> source_;
  Limits limits_;
  Node root_;
  std::vector<Open> stack_;
  std::map<YAML::anchor_t, Node> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

Node parse(std::string_view text, std::string_view source, const Limits& limits) {
  const auto name = std::make_shared<const std::string>(source);
  if (text.size() > limits.bytes) {
    throw Error({name, 0, 0}, "the file is too large; at most " + std::to_string(limits.bytes) + " bytes");
  }
  if (const auto nul = text.find('\0'); nul != std::string_view::npos)
    throw Error({name, 1, 1}, "this is not a text file");
  Builder builder{name, limits};
  try {
    std::istringstream stream{std::string{text}};
    YAML::Parser parser{stream};
    if (!parser.HandleNextDocument(builder)) return Node{Kind::null, {name, 1, 1}, {}, {}, {}};
    Node root = builder.take();
    Builder rest{name, limits};
    if (parser.HandleNextDocument(rest)) throw Error(rest.take().position, "only one YAML document per file");
    return root;
  } catch (const YAML::Exception& error) {
    throw Error(builder.position(error.mark), error.msg);
  }
}

}  // namespace farlink::yaml
