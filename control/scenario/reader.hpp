// SPDX-License-Identifier: Apache-2.0
// Typed look at one section of a checked document: every getter takes the value that holds when the key is not there.
// The document must outlive its readers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/scenario/check.hpp"
#include "control/scenario/scenario.hpp"
#include "control/yaml/node.hpp"

namespace farlink::scenario {

class Reader {
 public:
  // `at`: where to point when a key is missing; `path`: how messages call the section.
  Reader(const yaml::Node& node, yaml::Position at, std::string path);

  bool has(std::string_view key) const { return node_->find(key) != nullptr; }
  bool is_section(std::string_view key) const;
  const yaml::Node& node() const { return *node_; }
  const yaml::Position& position() const { return at_; }
  const std::string& path() const { return path_; }

  Reader section(std::string_view key) const;  // an empty one when the key is not there
  std::vector<std::pair<std::string, Reader>> named(std::string_view key) const;
  std::vector<Reader> list(std::string_view key) const;

  std::vector<std::string> texts(std::string_view key) const;  // of a list of scalars; none when the key is not there

  std::string text(std::string_view key, std::string_view fallback) const;
  std::uint64_t whole(std::string_view key, std::uint64_t fallback) const;
  std::uint32_t whole32(std::string_view key, std::uint32_t fallback) const;  // the grammar bounds it
  double number(std::string_view key, double fallback) const;
  double ratio(std::string_view key, double fallback) const;
  double flops(std::string_view key, double fallback) const;
  Duration duration(std::string_view key, Duration fallback) const;
  Bytes bytes(std::string_view key, Bytes fallback) const;
  BitRate rate(std::string_view key, BitRate fallback) const;
  Distance distance(std::string_view key, Distance fallback) const;
  Probability probability(std::string_view key, Probability fallback) const;

  // Points at the key's value, or at the section when the key is not there.
  [[noreturn]] void refuse(std::string_view key, const std::string& what) const;

 private:
  const yaml::Node* node_;
  yaml::Position at_;
  std::string path_;
};

}  // namespace farlink::scenario
