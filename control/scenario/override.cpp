// SPDX-License-Identifier: Apache-2.0
// Walks path, document and grammar together, and makes what is missing.
#include "control/scenario/override.hpp"

#include <vector>

#include "control/scenario/check.hpp"
#include "control/scenario/grammar.hpp"
#include "control/scenario/suggest.hpp"
#include "control/yaml/parse.hpp"

namespace farlink::scenario {
namespace {

std::vector<std::string> split(const std::string& path) {
  std::vector<std::string> parts;
  std::size_t start = 0;
  for (std::size_t dot = path.find('.'); dot != std::string::npos; dot = path.find('.', start)) {
    parts.push_back(path.substr(start, dot - start));
    start = dot + 1;
  }
  parts.push_back(path.substr(start));
  return parts;
}

// Every path that --set knows in this document.
void collect_paths(const Section& section, const yaml::Node* node, const std::string& prefix,
                   std::vector<std::string>& paths) {
  for (const Field& field : section.fields) {
    if (!field.refusal.empty()) continue;
    const std::string path = prefix + std::string{field.key};
    const yaml::Node* value = node == nullptr ? nullptr : node->find(field.key);
    if (field.kind == Kind::named) {
      if (value == nullptr) continue;
      for (const yaml::Entry& entry : value->entries) {
        collect_paths(*field.section, &entry.value, path + "." + entry.key + ".", paths);
      }
      continue;
    }
    if (field.kind == Kind::named_texts && value != nullptr) {
      for (const yaml::Entry& entry : value->entries) paths.push_back(path + "." + entry.key);
    }
    paths.push_back(path);
    if (field.section != nullptr && field.kind != Kind::list) collect_paths(*field.section, value, path + ".", paths);
  }
}

// The nearest whole path; when none is near, one that ends in the same word ("loss" means "links.west-east.loss").
std::string suggestion(const yaml::Node& root, const Section& section, const std::string& path) {
  std::vector<std::string> paths;
  collect_paths(section, &root, "", paths);
  if (const auto meant = nearest(path, paths)) return "did you mean '" + *meant + "'?";
  const std::string last = split(path).back();
  const std::string* shortest = nullptr;
  for (const std::string& known : paths) {
    if (split(known).back() == last && (shortest == nullptr || known.size() < shortest->size())) shortest = &known;
  }
  if (shortest != nullptr) return "did you mean '" + *shortest + "'?";
  if (&section == &change_section()) return "allowed: " + keys_of(section);
  return "a path is made of keys of the scenario file, such as 'links.west-east.distance'";
}

void clear_positions(yaml::Node& node, const yaml::Position& position) {
  node.position = position;
  for (yaml::Node& item : node.items) clear_positions(item, position);
  for (yaml::Entry& entry : node.entries) {
    entry.position = position;
    clear_positions(entry.value, position);
  }
}

yaml::Node parse_value(const std::string& text, const yaml::Position& position) {
  if (text.find_first_of("{[\"'") != 0) return yaml::make_scalar(text, position);
  yaml::Node node = yaml::parse(text, *position.source);
  clear_positions(node, position);
  return node;
}

void remove_alternatives(yaml::Node& node, const Section& section, std::string_view key) {
  std::erase_if(node.entries, [&](const yaml::Entry& entry) { return exclude_each_other(section, key, entry.key); });
}

yaml::Node& map_at(yaml::Node& node, const std::string& key, const yaml::Position& position) {
  if (yaml::Node* child = node.find(key); child != nullptr && child->kind == yaml::Kind::map) return *child;
  yaml::Node map;
  map.kind = yaml::Kind::map;
  map.position = position;
  return node.set(key, position, std::move(map));
}

// `label`: what messages call the change, before its path.
void apply(yaml::Node& root, const Section& top, const std::string& set, const std::string& label) {
  const std::size_t equals = set.find('=');
  if (equals == std::string::npos || equals == 0) throw ScenarioError(label + set + ": write it as PATH=VALUE");
  const std::string path = set.substr(0, equals);
  const yaml::Position position{std::make_shared<const std::string>(label + path), 0, 0};
  const auto unknown = [&] { return error_at(position, "", "there is no such path; " + suggestion(root, top, path)); };

  yaml::Node* node = &root;
  const Section* section = &top;
  const std::vector<std::string> parts = split(path);
  for (std::size_t i = 0; i < parts.size(); ++i) {
    const Field* field = section == nullptr ? nullptr : find_field(*section, parts[i]);
    if (field == nullptr) throw unknown();
    if (!field->refusal.empty()) throw error_at(position, "", "is not built yet; " + std::string{field->refusal});
    remove_alternatives(*node, *section, parts[i]);
    const bool is_names = field->kind == Kind::named_texts && i + 2 == parts.size();
    if (is_names) node = &map_at(*node, parts[i++], position);
    if (i + 1 == parts.size()) {
      node->set(parts[i], position, parse_value(set.substr(equals + 1), position));
      return;
    }
    if (field->kind == Kind::named) {
      yaml::Node* names = node->find(parts[i]);
      node = names == nullptr ? nullptr : names->find(parts[++i]);
      if (node == nullptr || i + 1 == parts.size()) throw unknown();
    } else {
      node = &map_at(*node, parts[i], position);
    }
    section = field->kind == Kind::list ? nullptr : field->section;
  }
}

}  // namespace

void apply_override(yaml::Node& root, const std::string& set) { apply(root, scenario_section(), set, "--set "); }

void apply_link_value(yaml::Node& root, const std::string& set) { apply(root, change_section(), set, "set "); }

}  // namespace farlink::scenario
