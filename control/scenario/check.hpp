// SPDX-License-Identifier: Apache-2.0
// Holds a document against the grammar: unknown keys, missing keys, keys that exclude each other, kinds, units and
// bounds. What depends on several values (ranks against placement, xon against xoff) is checked where those are read.
#pragma once

#include <string>

#include "control/scenario/error.hpp"
#include "control/scenario/grammar.hpp"
#include "control/yaml/node.hpp"

namespace farlink::scenario {

// Throws ScenarioError at the first breach, in the order of the file.
void check(const yaml::Node& root, const Section& section);

// "file:line: 'path' what".
ScenarioError error_at(const yaml::Position& position, const std::string& path, const std::string& what);

// "loss, jitter, rate": the keys of a section.
std::string keys_of(const Section& section);

// Where to point when something is missing inside an entry: its key, or the --set that made its value.
const yaml::Position& position_of(const yaml::Entry& entry);

}  // namespace farlink::scenario
