// SPDX-License-Identifier: Apache-2.0
// Holds a YAML tree against a JSON Schema, for the keywords that Farlink's schema uses. Scalars are typed as YAML
// readers do.
#pragma once

#include <algorithm>
#include <charconv>
#include <optional>
#include <regex>
#include <string>

#include "control/json/json.hpp"
#include "control/yaml/node.hpp"

namespace farlink::test {

inline json::value to_json(const yaml::Node& node) {
  if (node.kind == yaml::Kind::list) {
    json::array list;
    for (const yaml::Node& item : node.items) list.push_back(to_json(item));
    return list;
  }
  if (node.kind == yaml::Kind::map) {
    json::object map;
    for (const yaml::Entry& entry : node.entries) map[entry.key] = to_json(entry.value);
    return map;
  }
  if (node.kind == yaml::Kind::null) return nullptr;
  const std::string& text = node.scalar;
  const char* const end = text.data() + text.size();
  if (text == "true" || text == "false") return text == "true";
  std::int64_t whole = 0;
  if (const auto r = std::from_chars(text.data(), end, whole); r.ec == std::errc{} && r.ptr == end) return whole;
  double number = 0;
  if (const auto r = std::from_chars(text.data(), end, number); r.ec == std::errc{} && r.ptr == end) return number;
  return json::value(text);
}

inline bool has_type(const json::value& v, std::string_view type) {
  if (type == "object") return v.is_object();
  if (type == "array") return v.is_array();
  if (type == "string") return v.is_string();
  if (type == "integer") return v.is_int64();
  return type == "number" && v.is_number();
}

inline std::string violation(const json::value& v, const json::object& schema, const std::string& path);

inline std::string combined_violation(const json::value& v, const json::object& schema, const std::string& path) {
  const auto passing = [&](const json::array& ways) {
    return std::count_if(ways.begin(), ways.end(),
                         [&](const json::value& way) { return violation(v, way.as_object(), path).empty(); });
  };
  if (const auto* any = schema.if_contains("anyOf"); any && passing(any->as_array()) == 0) return path + ": anyOf";
  if (const auto* one = schema.if_contains("oneOf"); one && passing(one->as_array()) != 1) return path + ": oneOf";
  if (const auto* no = schema.if_contains("not"); no && violation(v, no->as_object(), path).empty())
    return path + ": not";
  if (const auto* all = schema.if_contains("allOf")) {
    for (const json::value& way : all->as_array()) {
      if (auto what = violation(v, way.as_object(), path); !what.empty()) return what;
    }
  }
  return {};
}

inline std::string object_violation(const json::object& map, const json::object& schema, const std::string& path) {
  if (const auto* required = schema.if_contains("required")) {
    for (const json::value& key : required->as_array()) {
      if (!map.contains(key.as_string())) return path + ": required " + std::string{key.as_string()};
    }
  }
  const auto* properties = schema.if_contains("properties");
  const auto* others = schema.if_contains("additionalProperties");
  for (const auto& member : map) {
    const std::string inner = path + "." + std::string{member.key()};
    const json::value* property = properties ? properties->as_object().if_contains(member.key()) : nullptr;
    if (property == nullptr && others != nullptr && others->is_object()) property = others;
    if (property == nullptr && others != nullptr) return inner + ": unknown";
    if (property == nullptr) continue;
    if (auto what = violation(member.value(), property->as_object(), inner); !what.empty()) return what;
  }
  return {};
}

inline std::string scalar_violation(const json::value& v, const json::object& schema, const std::string& path) {
  if (const auto* pattern = schema.if_contains("pattern"); pattern && v.is_string()) {
    const std::regex expression{std::string{pattern->as_string()}};
    if (!std::regex_search(std::string{v.as_string()}, expression)) return path + ": pattern";
  }
  if (!v.is_number()) return {};
  const double number = v.to_number<double>();
  if (const auto* b = schema.if_contains("minimum"); b && number < b->to_number<double>()) return path + ": minimum";
  if (const auto* b = schema.if_contains("maximum"); b && number > b->to_number<double>()) return path + ": maximum";
  if (const auto* b = schema.if_contains("exclusiveMinimum"); b && number <= b->to_number<double>())
    return path + ": minimum";
  return {};
}

// Empty when `v` satisfies the schema; else where and which keyword.
inline std::string violation(const json::value& v, const json::object& schema, const std::string& path) {
  if (const auto* type = schema.if_contains("type"); type && !has_type(v, type->as_string())) return path + ": type";
  if (const auto* one = schema.if_contains("const"); one && v != *one) return path + ": const";
  if (const auto* words = schema.if_contains("enum")) {
    const auto& list = words->as_array();
    if (std::find(list.begin(), list.end(), v) == list.end()) return path + ": enum";
  }
  if (auto what = scalar_violation(v, schema, path); !what.empty()) return what;
  if (v.is_object()) {
    if (auto what = object_violation(v.as_object(), schema, path); !what.empty()) return what;
  }
  if (const auto* items = schema.if_contains("items"); items && v.is_array()) {
    for (const json::value& item : v.as_array()) {
      if (auto what = violation(item, items->as_object(), path + "[]"); !what.empty()) return what;
    }
  }
  return combined_violation(v, schema, path);
}

}  // namespace farlink::test
