// SPDX-License-Identifier: Apache-2.0
// Getters over control/yaml; values were checked before, so they parse.
#include "control/scenario/reader.hpp"

#include "control/scenario/value.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::scenario {
namespace {

std::string join(const std::string& path, std::string_view key) {
  return path.empty() ? std::string{key} : path + "." + std::string{key};
}

template <typename Value>
Value value_or(const yaml::Node& section, std::string_view key, Value fallback, Value (*parse)(std::string_view)) {
  const yaml::Node* node = section.find(key);
  return node == nullptr ? fallback : parse(node->scalar);
}

}  // namespace

Reader::Reader(const yaml::Node& node, yaml::Position at, std::string path)
    : node_{&node}, at_{std::move(at)}, path_{std::move(path)} {}

bool Reader::is_section(std::string_view key) const {
  const yaml::Node* node = node_->find(key);
  return node != nullptr && node->kind == yaml::Kind::map;
}

Reader Reader::section(std::string_view key) const {
  static const yaml::Node empty;
  const yaml::Entry* entry = node_->entry(key);
  if (entry == nullptr) return {empty, at_, join(path_, key)};
  return {entry->value, position_of(*entry), join(path_, key)};
}

std::vector<std::pair<std::string, Reader>> Reader::named(std::string_view key) const {
  std::vector<std::pair<std::string, Reader>> readers;
  const yaml::Node* node = node_->find(key);
  if (node == nullptr) return readers;
  for (const yaml::Entry& entry : node->entries) {
    readers.emplace_back(entry.key, Reader{entry.value, position_of(entry), join(join(path_, key), entry.key)});
  }
  return readers;
}

std::vector<Reader> Reader::list(std::string_view key) const {
  std::vector<Reader> readers;
  const yaml::Node* node = node_->find(key);
  if (node == nullptr) return readers;
  for (std::size_t i = 0; i < node->items.size(); ++i) {
    readers.emplace_back(node->items[i], node->items[i].position, join(path_, key) + "[" + std::to_string(i) + "]");
  }
  return readers;
}

std::vector<std::string> Reader::texts(std::string_view key) const {
  std::vector<std::string> texts;
  const yaml::Node* node = node_->find(key);
  if (node == nullptr) return texts;
  for (const yaml::Node& item : node->items) texts.push_back(item.scalar);
  return texts;
}

std::string Reader::text(std::string_view key, std::string_view fallback) const {
  const yaml::Node* node = node_->find(key);
  return node == nullptr ? std::string{fallback} : node->scalar;
}

std::uint64_t Reader::whole(std::string_view key, std::uint64_t fallback) const {
  return value_or(*node_, key, fallback, parse_whole);
}
std::uint32_t Reader::whole32(std::string_view key, std::uint32_t fallback) const {
  return static_cast<std::uint32_t>(whole(key, fallback));
}
double Reader::number(std::string_view key, double fallback) const {
  return value_or(*node_, key, fallback, parse_number);
}
double Reader::ratio(std::string_view key, double fallback) const {
  return value_or(*node_, key, fallback, units::parse_ratio);
}
double Reader::flops(std::string_view key, double fallback) const {
  return value_or(*node_, key, fallback, units::parse_flops);
}
Duration Reader::duration(std::string_view key, Duration fallback) const {
  return value_or(*node_, key, fallback, units::parse_duration);
}
Bytes Reader::bytes(std::string_view key, Bytes fallback) const {
  return value_or(*node_, key, fallback, units::parse_bytes);
}
BitRate Reader::rate(std::string_view key, BitRate fallback) const {
  return value_or(*node_, key, fallback, units::parse_bit_rate);
}
Distance Reader::distance(std::string_view key, Distance fallback) const {
  return value_or(*node_, key, fallback, units::parse_distance);
}
Probability Reader::probability(std::string_view key, Probability fallback) const {
  return value_or(*node_, key, fallback, units::parse_probability);
}

void Reader::refuse(std::string_view key, const std::string& what) const {
  const yaml::Entry* entry = node_->entry(key);
  throw error_at(entry == nullptr ? at_ : position_of(*entry), key.empty() ? path_ : join(path_, key), what);
}

}  // namespace farlink::scenario
