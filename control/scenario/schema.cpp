// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/schema.hpp"

#include <cmath>
#include <string>

#include "control/scenario/grammar.hpp"

namespace farlink::scenario {
namespace {

constexpr const char* name_pattern = "^[a-z0-9-]{1,64}$";

json::object section_schema(const Section& section);

// A number with one of the units, or a bare 0.
json::object quantity(const std::string& units) {
  const std::string number = "[0-9]+(\\.[0-9]+)?([eE][-+]?[0-9]+)?";
  json::array ways{json::object{{"const", 0}},
                   json::object{{"type", "string"}, {"pattern", "^(" + number + " ?(" + units + ")|0)$"}}};
  return {{"anyOf", std::move(ways)}};
}

json::value bound(double value) {
  if (value == std::floor(value) && value < 0x1p53) return static_cast<std::int64_t>(value);
  return value;
}

json::object number_schema(const Field& field, const char* type) {
  json::object schema{{"type", type}};
  schema[field.is_above_least ? "exclusiveMinimum" : "minimum"] = bound(field.least);
  if (std::isfinite(field.most)) schema["maximum"] = bound(field.most);
  return schema;
}

// A word as YAML readers type it: "4096" is a number, "true" a boolean.
json::value typed_word(std::string_view word) {
  if (word == "true" || word == "false") return word == "true";
  if (word.find_first_not_of("0123456789") == std::string_view::npos) return std::stoll(std::string{word});
  return json::value(word);
}

json::object word_schema(const Field& field) {
  json::array words;
  for (const Word& word : field.words) {
    if (word.refusal.empty()) words.push_back(typed_word(word.word));
  }
  return {{"enum", std::move(words)}};
}

json::object with_number(json::object schema) {
  schema["anyOf"].as_array().push_back(json::object{{"type", "number"}, {"minimum", 0}, {"maximum", 1}});
  return schema;
}

json::object list_schema(json::object items, std::int64_t least) {
  json::object schema{{"type", "array"}, {"items", std::move(items)}};
  if (least > 0) schema["minItems"] = least;
  return schema;
}

json::object text_schema() { return {{"type", "string"}, {"minLength", 1}}; }

json::object base_schema(const Field& field) {
  switch (field.kind) {
    case Kind::name:
      return {{"type", "string"}, {"pattern", name_pattern}};
    case Kind::text:
      return text_schema();
    case Kind::word:
      return word_schema(field);
    case Kind::whole:
      return number_schema(field, "integer");
    case Kind::number:
      return number_schema(field, "number");
    case Kind::duration:
      return quantity("ps|ns|us|ms|s|min|h");
    case Kind::bytes:
      return quantity("B|kB|MB|GB|TB|KiB|MiB|GiB|TiB");
    case Kind::rate:
      return quantity("bit|kbit|mbit|gbit|tbit");
    case Kind::distance:
      return quantity("m|km");
    case Kind::probability:
      return with_number(quantity("%|ppm|ppb"));  // 1e-12 is a number to YAML
    case Kind::ratio:
      return with_number(quantity("%"));
    case Kind::flops:
      return quantity("gflops|tflops|pflops");
    case Kind::window:
      return quantity("bdp|B|kB|MB|GB|TB|KiB|MiB|GiB|TiB");
    case Kind::comparison:
      return {{"type", "string"}, {"pattern", "^(>=|<=|>|<) *[0-9.]+([eE][-+]?[0-9]+)?%?$"}};
    case Kind::comparison_of_time:
      return {{"type", "string"}, {"pattern", "^(>=|<=|>|<) *[0-9.]+ ?(ps|ns|us|ms|s|min|h)$"}};
    case Kind::section:
      return section_schema(*field.section);
    case Kind::named:
      return {{"type", "object"},
              {"propertyNames", json::object{{"pattern", name_pattern}}},
              {"additionalProperties", section_schema(*field.section)},
              {"minProperties", 1}};
    case Kind::list:
      return list_schema(section_schema(*field.section), 0);
    case Kind::texts:
      return list_schema(text_schema(), 0);
    case Kind::wholes:
      return list_schema(number_schema(field, "integer"), 0);
    case Kind::named_texts:
      return {{"type", "object"},
              {"propertyNames", json::object{{"pattern", name_pattern}}},
              {"additionalProperties", list_schema(text_schema(), 1)},
              {"minProperties", 1}};
    case Kind::pair:
      return {{"type", "array"},
              {"items", json::object{{"type", "string"}, {"pattern", name_pattern}}},
              {"minItems", 2},
              {"maxItems", 2}};
  }
  return {};
}

json::object field_schema(const Field& field) {
  json::object schema = base_schema(field);
  const bool takes_either =
      (field.kind == Kind::word && field.section != nullptr) || (field.kind != Kind::word && !field.words.empty());
  if (takes_either) {
    json::object other = field.kind == Kind::word ? section_schema(*field.section) : word_schema(field);
    schema = {{"anyOf", json::array{std::move(schema), std::move(other)}}};
  }
  std::string description{field.help};
  if (!field.default_text.empty()) description += " (default: " + std::string{field.default_text} + ")";
  schema["description"] = description;
  return schema;
}

// One alternative: one of its keys is there. In oneOf, that two alternatives never meet.
json::object alternative_schema(std::span<const std::string_view> keys) {
  json::array any;
  for (const std::string_view key : keys) any.push_back(json::object{{"required", json::array{json::value(key)}}});
  return {{"anyOf", std::move(any)}};
}

json::object exclusive_schema(const Exclusive& group) {
  json::array one;
  json::array all;
  for (const auto keys : group.alternatives) {
    one.push_back(alternative_schema(keys));
    for (const std::string_view key : keys) all.push_back(json::object{{"required", json::array{json::value(key)}}});
  }
  if (!group.is_required) one.push_back(json::object{{"not", json::object{{"anyOf", std::move(all)}}}});
  return {{"oneOf", std::move(one)}};
}

json::object section_schema(const Section& section) {
  json::object properties;
  json::array required;
  for (const Field& field : section.fields) {
    if (!field.refusal.empty()) continue;
    properties[field.key] = field_schema(field);
    if (field.is_required) required.push_back(json::value(field.key));
  }
  json::object schema{{"type", "object"}, {"additionalProperties", false}, {"properties", std::move(properties)}};
  if (!required.empty()) schema["required"] = std::move(required);
  json::array groups;
  for (const Exclusive& group : section.exclusives) groups.push_back(exclusive_schema(group));
  if (!section.one_or_more_of.empty()) groups.push_back(alternative_schema(section.one_or_more_of));
  if (!groups.empty()) schema["allOf"] = std::move(groups);
  return schema;
}

}  // namespace

json::value schema() {
  json::object schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                      {"title", "Farlink scenario"},
                      {"description", "Sites, the links between them, and the training job that they share."}};
  const json::object top = section_schema(scenario_section());
  for (const auto& member : top) schema[member.key()] = member.value();
  return schema;
}

}  // namespace farlink::scenario
