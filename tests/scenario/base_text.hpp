// SPDX-License-Identifier: Apache-2.0
// A small sound scenario by lines, for tests that change one of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "control/scenario/parse.hpp"

namespace farlink::scenario {

inline std::vector<std::string> base_lines() {
  return {
      "farlink: 1",                                        // 1
      "name: base",                                        // 2
      "sites:",                                            // 3
      "  west: {gpus: 16, nic: 200gbit}",                  // 4
      "  east: {gpus: 16, nic: 200gbit}",                  // 5
      "links:",                                            // 6
      "  west-east:",                                      // 7
      "    between: [west, east]",                         // 8
      "    distance: 100km",                               // 9
      "    rate: 400gbit",                                 // 10
      "    loss: 0",                                       // 11
      "transport: {nak: once}",                            // 12
      "workload:",                                         // 13
      "  model: {preset: dense-7b, global-batch: 64}",     // 14
      "  parallelism: {tensor: 8, pipeline: 2, data: 2}",  // 15
      "run: {seed: 1}",                                    // 16
  };
}

// The base with line `number` (from 1; 0: none) replaced; the new text may have several lines.
inline std::string base_text(std::size_t number = 0, std::string_view line = {}) {
  std::vector<std::string> lines = base_lines();
  if (number != 0) lines.at(number - 1) = line;
  std::string text;
  for (const std::string& l : lines) text += l + "\n";
  return text;
}

inline Scenario base(std::size_t number = 0, std::string_view line = {}) {
  return parse(base_text(number, line), "t.yaml");
}

inline Scenario with_sets(const std::vector<std::string>& sets, std::size_t number = 0, std::string_view line = {}) {
  return parse(base_text(number, line), "t.yaml", sets);
}

// The message of the refusal; "" when there is none.
inline std::string refusal(const std::string& text, const std::vector<std::string>& sets = {}) {
  try {
    parse(text, "t.yaml", sets);
    return {};
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

}  // namespace farlink::scenario
