// SPDX-License-Identifier: Apache-2.0
// A GOAL schedule in text as the binary that txt2bin would make of it: statements without comments, one a line.
#pragma once

#include <cstdint>
#include <map>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace farlink::trace_test {

// `count` bytes of a number, the lowest first.
inline std::string little_endian(std::uint64_t value, unsigned count) {
  std::string bytes;
  for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

struct GoalOperation {
  char type = 3;
  std::uint64_t size = 0;
  std::uint32_t peer = 0, tag = 0, waits_for = 0;
  std::uint8_t cpu = 0, nic = 0;
  std::vector<std::uint32_t> after_end, after_start;
};
using GoalOperations = std::vector<GoalOperation>;

inline std::string goal_region(const GoalOperations& operations) {
  std::string roots, nodes, appendix;
  std::uint32_t root_count = 0;
  const auto followers = [&appendix](const std::vector<std::uint32_t>& who) {
    const std::uint64_t first = appendix.size() / 4;
    for (const std::uint32_t follower : who) appendix += little_endian(follower, 4);
    return little_endian(who.size(), 4) + little_endian(who.empty() ? 999 : first, 4);
  };
  for (std::uint32_t i = 0; i < operations.size(); ++i) {
    const GoalOperation& operation = operations[i];
    if (operation.waits_for == 0) roots += little_endian(i, 4), ++root_count;
    nodes += little_endian(operation.waits_for, 4) + operation.type + little_endian(operation.peer, 4) +
             little_endian(operation.size, 8) + little_endian(operation.tag, 4) + little_endian(operation.cpu, 1) +
             little_endian(operation.nic, 1);
    nodes += followers(operation.after_end);
    nodes += followers(operation.after_start);
  }
  return little_endian(operations.size(), 4) + little_endian(root_count, 4) + roots + nodes + appendix;
}

inline std::string goal_file(const std::vector<std::string>& regions, std::uint64_t magic = 4223) {
  std::string bytes = little_endian(magic, 8) + little_endian(regions.size(), 4) + little_endian(0x0101, 2), content;
  const std::uint64_t first = 6 + 16 * regions.size();
  for (const std::string& region : regions) {
    bytes += little_endian(first + content.size(), 8);
    content += region;
    bytes += little_endian(first + content.size(), 8);
  }
  return bytes + content;
}

inline std::string goal_binary(const std::string& text) {
  std::vector<std::string> regions;
  GoalOperations operations;
  std::map<std::string, std::uint32_t> labels;
  std::istringstream lines{text};
  for (std::string line; std::getline(lines, line);) {
    std::istringstream stream{line};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (words.empty() || words[0] == "num_ranks" || words[0] == "rank") continue;
    if (words[0] == "}") {
      regions.push_back(goal_region(operations));
      operations.clear();
      labels.clear();
      continue;
    }
    if (words.size() == 3 && words[1].ends_with("requires")) {
      const std::uint32_t after = labels.at(words[0]);
      GoalOperation& before = operations[labels.at(words[2])];
      (words[1] == "requires" ? before.after_end : before.after_start).push_back(after);
      ++operations[after].waits_for;
      continue;
    }
    std::size_t i = 0;
    if (words[0].ends_with(':'))
      labels[words[i++].substr(0, words[0].size() - 1)] = static_cast<std::uint32_t>(operations.size());
    GoalOperation& operation = operations.emplace_back();
    operation.type = words[i] == "send" ? 1 : words[i] == "recv" ? 2 : 3;
    operation.size = std::stoull(words[i + 1]);
    if (operation.type != 3) operation.peer = static_cast<std::uint32_t>(std::stoull(words[i + 3]));
    for (i += operation.type == 3 ? 2 : 4; i < words.size(); i += 2) {
      const auto value = static_cast<std::uint32_t>(std::stoull(words[i + 1]));
      if (words[i] == "tag") operation.tag = value;
      if (words[i] == "cpu") operation.cpu = static_cast<std::uint8_t>(value);
      if (words[i] == "nic") operation.nic = static_cast<std::uint8_t>(value);
    }
  }
  return goal_file(regions);
}

}  // namespace farlink::trace_test
