// SPDX-License-Identifier: Apache-2.0
#include "tests/report/schema_check.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string_view>

namespace farlink::test {

namespace {

class Checker {
 public:
  explicit Checker(const json::object& root) : root_{root} {}

  std::vector<std::string> errors;

  void check(const json::object& schema, const json::value& v, const std::string& path) {
    refuse_unknown_keywords(schema);
    if (const auto* reference = schema.if_contains("$ref")) check(resolve(reference->as_string()), v, path);
    if (const auto* types = schema.if_contains("type")) check_type(*types, v, path);
    if (const auto* constant = schema.if_contains("const"); constant && *constant != v)
      fail(path, "is not the constant");
    if (const auto* allowed = schema.if_contains("enum")) {
      const auto& values = allowed->as_array();
      if (std::find(values.begin(), values.end(), v) == values.end()) fail(path, "is none of the allowed values");
    }
    if (v.is_number()) check_range(schema, v.to_number<double>(), path);
    if (v.is_object()) check_object(schema, v.as_object(), path);
    if (const auto* items = schema.if_contains("items"); items && v.is_array()) {
      std::size_t i = 0;
      for (const auto& item : v.as_array()) check(items->as_object(), item, path + '/' + std::to_string(i++));
    }
  }

 private:
  void fail(const std::string& path, const std::string& reason) { errors.push_back(path + ": " + reason); }

  static void refuse_unknown_keywords(const json::object& schema) {
    static constexpr std::array<std::string_view, 15> known{
        "$schema", "$defs",   "$ref",     "title",      "description",          "type",  "const", "enum",
        "minimum", "maximum", "required", "properties", "additionalProperties", "items", "$id"};
    for (const auto& member : schema) {
      const std::string_view key{member.key().data(), member.key().size()};
      if (std::find(known.begin(), known.end(), key) == known.end()) {
        throw std::logic_error("schema_check does not know the keyword " + std::string(key));
      }
    }
  }

  const json::object& resolve(std::string_view reference) const {
    constexpr std::string_view prefix = "#/$defs/";
    if (reference.substr(0, prefix.size()) != prefix)
      throw std::logic_error("unknown reference " + std::string(reference));
    return root_.at("$defs").as_object().at(reference.substr(prefix.size())).as_object();
  }

  static bool is_type(std::string_view type, const json::value& v) {
    if (type == "null") return v.is_null();
    if (type == "boolean") return v.is_bool();
    if (type == "string") return v.is_string();
    if (type == "array") return v.is_array();
    if (type == "object") return v.is_object();
    if (type == "integer") return v.is_int64() || v.is_uint64();
    if (type == "number") return v.is_number();
    throw std::logic_error("unknown type " + std::string(type));
  }

  void check_type(const json::value& types, const json::value& v, const std::string& path) {
    bool is_one = false;
    if (types.is_string()) {
      is_one = is_type(types.as_string(), v);
    } else {
      for (const auto& type : types.as_array()) is_one = is_one || is_type(type.as_string(), v);
    }
    if (!is_one) fail(path, "has the wrong type");
  }

  void check_range(const json::object& schema, double x, const std::string& path) {
    if (const auto* least = schema.if_contains("minimum"); least && x < least->to_number<double>())
      fail(path, "is too small");
    if (const auto* most = schema.if_contains("maximum"); most && x > most->to_number<double>())
      fail(path, "is too large");
  }

  void check_object(const json::object& schema, const json::object& o, const std::string& path) {
    if (const auto* required = schema.if_contains("required")) {
      for (const auto& key : required->as_array()) {
        if (!o.contains(key.as_string())) fail(path, "lacks " + std::string(key.as_string()));
      }
    }
    const auto* properties = schema.if_contains("properties");
    for (const auto& member : o) {
      const std::string key{member.key().data(), member.key().size()};
      const auto* rule = properties ? properties->as_object().if_contains(key) : nullptr;
      if (rule)
        check(rule->as_object(), member.value(), path + '/' + key);
      else if (schema.contains("additionalProperties"))
        fail(path, "has an unknown key " + key);
    }
  }

  const json::object& root_;
};

}  // namespace

std::vector<std::string> schema_errors(const json::value& schema, const json::value& document) {
  Checker checker{schema.as_object()};
  checker.check(schema.as_object(), document, "");
  return checker.errors;
}

}  // namespace farlink::test
