// SPDX-License-Identifier: Apache-2.0
// Walks a document and the grammar together.
#include "control/scenario/check.hpp"

#include <algorithm>
#include <vector>

#include "control/scenario/suggest.hpp"
#include "control/scenario/value.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::scenario {
namespace {

using yaml::Entry;
using yaml::Node;
using yaml::Position;

std::string join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string{key} : path + "." + std::string{key};
}

void check_section(const Node& node, const Section& section, const Position& at, const std::string& path);

std::string allowed_words(const Field& field) {
  std::string words;
  for (const Word& word : field.words) {
    if (word.refusal.empty()) words += (words.empty() ? "" : ", ") + std::string{word.word};
  }
  return words;
}

// "did you mean 'irn'? " where the field wants that, and a word is near.
std::string nearest_word(const Field& field, const std::string& scalar) {
  if (!field.suggests_word) return {};
  std::vector<std::string> words;
  for (const Word& word : field.words) words.emplace_back(word.word);
  const auto meant = nearest(scalar, words);
  return meant ? "did you mean '" + *meant + "'? " : "";
}

// True when the scalar is one of the field's words. A known word that cannot be is refused.
bool is_word(const Field& field, const Node& node, const std::string& path) {
  const auto word =
      std::find_if(field.words.begin(), field.words.end(), [&](const Word& w) { return w.word == node.scalar; });
  if (word == field.words.end()) return false;
  if (word->refusal.empty()) return true;
  throw error_at(node.position, path, "'" + node.scalar + "' " + std::string{word->refusal});
}

void check_scalar_node(const Field& field, const Node& node, const std::string& path) {
  if (is_word(field, node, path)) return;
  if (field.kind == Kind::word) {
    const std::string keys = field.section == nullptr ? "" : ", or the keys " + keys_of(*field.section);
    throw error_at(node.position, path,
                   "'" + node.scalar + "' is not known; " + nearest_word(field, node.scalar) + "one of " +
                       allowed_words(field) + keys);
  }
  try {
    check_scalar(field, node.scalar);
  } catch (const units::UnitError& error) {
    const std::string words = field.words.empty() ? "" : "; or " + allowed_words(field);
    throw error_at(node.position, path, error.what() + words);
  }
}

void check_named(const Field& field, const Node& node, const std::string& path) {
  for (const Entry& entry : node.entries) {
    if (!is_name(entry.key)) {
      throw error_at(entry.position, path, "'" + entry.key + "' is no name; a to z, 0 to 9 and - are allowed");
    }
    const std::string inner = join(path, entry.key);
    if (entry.value.kind != yaml::Kind::map)
      throw error_at(position_of(entry), inner, "must be a map of keys: " + keys_of(*field.section));
    check_section(entry.value, *field.section, position_of(entry), inner);
  }
}

void check_list(const Field& field, const Node& node, const std::string& path) {
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const Node& item = node.items[i];
    const std::string inner = path + "[" + std::to_string(i) + "]";
    if (item.kind != yaml::Kind::map)
      throw error_at(item.position, inner, "must be a map of keys: " + keys_of(*field.section));
    check_section(item, *field.section, item.position, inner);
  }
}

void check_pair(const Node& node, const std::string& path) {
  const bool is_pair =
      node.items.size() == 2 && std::all_of(node.items.begin(), node.items.end(), [](const Node& item) {
        return item.kind == yaml::Kind::scalar && is_name(item.scalar);
      });
  if (!is_pair) throw error_at(node.position, path, "must be a list of two site names, such as [west, east]");
}

void check_scalars(const Field& field, const Node& node, const std::string& path) {
  if (node.kind != yaml::Kind::list) throw error_at(node.position, path, "must be a list; " + std::string{field.help});
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    const std::string inner = path + "[" + std::to_string(i) + "]";
    if (node.items[i].kind != yaml::Kind::scalar)
      throw error_at(node.items[i].position, inner, "must be a single value; " + std::string{field.help});
    check_scalar_node(field, node.items[i], inner);
  }
}

void check_named_texts(const Field& field, const Entry& entry, const std::string& path) {
  if (entry.value.kind != yaml::Kind::map || entry.value.entries.empty())
    throw error_at(position_of(entry), path, "must be a map from names to lists; " + std::string{field.help});
  for (const Entry& inner : entry.value.entries) {
    if (!is_name(inner.key))
      throw error_at(inner.position, path, "'" + inner.key + "' is no name; a to z, 0 to 9 and - are allowed");
    check_scalars(field, inner.value, join(path, inner.key));
  }
}

void check_value(const Field& field, const Entry& entry, const std::string& path) {
  const Node& node = entry.value;
  const bool takes_section = field.section != nullptr && (field.kind == Kind::section || field.kind == Kind::word);
  if (takes_section && node.kind == yaml::Kind::map)
    return check_section(node, *field.section, position_of(entry), path);
  // A section whose keys are all commented out.
  if (field.kind == Kind::section && node.kind == yaml::Kind::null) {
    return check_section(node, *field.section, position_of(entry), path);
  }
  switch (field.kind) {
    case Kind::section:
      throw error_at(node.position, path, "must be a map of keys: " + keys_of(*field.section));
    case Kind::named:
      if (node.kind == yaml::Kind::map && !node.entries.empty()) return check_named(field, node, path);
      throw error_at(position_of(entry), path, "must be a map from names to keys: " + keys_of(*field.section));
    case Kind::list:
      if (node.kind == yaml::Kind::list) return check_list(field, node, path);
      throw error_at(node.position, path, "must be a list of maps with the keys " + keys_of(*field.section));
    case Kind::pair:
      return check_pair(node, path);
    case Kind::texts:
    case Kind::wholes:
      return check_scalars(field, node, path);
    case Kind::named_texts:
      return check_named_texts(field, entry, path);
    default:
      break;
  }
  if (node.kind == yaml::Kind::null)
    throw error_at(position_of(entry), path, "has no value; " + std::string{field.help});
  if (node.kind != yaml::Kind::scalar)
    throw error_at(node.position, path, "must be a single value; " + std::string{field.help});
  check_scalar_node(field, node, path);
}

std::string names_of(const Exclusive& group) {
  std::string names;
  for (std::size_t i = 0; i < group.alternatives.size(); ++i) {
    const bool is_last = i + 1 == group.alternatives.size();
    names += (i == 0 ? "" : is_last ? " or " : ", ") + std::string{group.alternatives[i].front()};
  }
  return names;
}

void check_exclusives(const Node& node, const Section& section, const Position& at, const std::string& path) {
  for (const Exclusive& group : section.exclusives) {
    const Entry* first = nullptr;
    std::size_t chosen = 0;
    for (const Entry& entry : node.entries) {
      const auto alternative = alternative_of(group, entry.key);
      if (!alternative) continue;
      if (first != nullptr && *alternative != chosen) {
        throw error_at(entry.position, join(path, entry.key),
                       "and '" + first->key + "' exclude each other; give one of " + names_of(group));
      }
      first = &entry;
      chosen = *alternative;
    }
    if (first == nullptr && group.is_required) throw error_at(at, path, "needs one of " + names_of(group));
  }
}

void check_one_or_more(const Node& node, const Section& section, const Position& at, const std::string& path) {
  const auto is_there = [&](std::string_view key) { return node.find(key) != nullptr; };
  const auto& keys = section.one_or_more_of;
  if (keys.empty() || std::any_of(keys.begin(), keys.end(), is_there)) return;
  std::string names;
  for (const std::string_view key : keys) names += (names.empty() ? "" : " or ") + std::string{key};
  throw error_at(at, path, (path.empty() ? "a scenario needs " : "needs ") + names);
}

void check_section(const Node& node, const Section& section, const Position& at, const std::string& path) {
  for (const Entry& entry : node.entries) {
    const Field* field = find_field(section, entry.key);
    if (field == nullptr) {
      std::vector<std::string> known;
      for (const Field& f : section.fields)
        if (f.refusal.empty()) known.emplace_back(f.key);
      const auto meant = nearest(entry.key, known);
      throw error_at(
          entry.position, join(path, entry.key),
          "is not a key here; " + (meant ? "did you mean '" + *meant + "'?" : "allowed: " + keys_of(section)));
    }
    if (!field->refusal.empty())
      throw error_at(entry.position, join(path, entry.key), "is not built yet; " + std::string{field->refusal});
    check_value(*field, entry, join(path, entry.key));
  }
  check_exclusives(node, section, at, path);
  check_one_or_more(node, section, at, path);
  for (const Field& field : section.fields) {
    if (field.is_required && node.find(field.key) == nullptr) {
      throw error_at(at, join(path, field.key), "is missing; " + std::string{field.help});
    }
  }
}

}  // namespace

void check(const Node& root, const Section& section) {
  if (root.kind != yaml::Kind::map)
    throw error_at(root.position, "", "a scenario is a map of keys: " + keys_of(section));
  check_section(root, section, root.position, "");
}

ScenarioError error_at(const Position& position, const std::string& path, const std::string& what) {
  const std::string where = yaml::to_text(position);
  const bool is_named = path.empty() || where.ends_with("set " + path);  // a --set says its path already
  return ScenarioError(where + ": " + (is_named ? "" : "'" + path + "' ") + what);
}

std::string keys_of(const Section& section) {
  std::string keys;
  for (const Field& field : section.fields) {
    if (field.refusal.empty()) keys += (keys.empty() ? "" : ", ") + std::string{field.key};
  }
  return keys;
}

const Position& position_of(const Entry& entry) {
  return entry.value.position.line == 0 ? entry.value.position : entry.position;
}

}  // namespace farlink::scenario
