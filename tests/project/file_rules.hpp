// SPDX-License-Identifier: Apache-2.0
// Rules on single files: licence line, length, and nothing in the text that names one machine or one network.
#pragma once

#include <vector>

#include "tests/project/source_tree.hpp"

namespace farlink::project {

inline constexpr std::size_t longest_file = 400;  // lines

// Sources, CMake files, scripts, YAML and protobuf files start with an SPDX line (after #! where there is one).
std::vector<Breach> licence_breaches(const std::vector<File>& files);

// Code and scripts of more than `longest_file` lines.
std::vector<Breach> length_breaches(const std::vector<File>& files);

// Package registries by host name, and absolute paths that exist on one machine only; in every text file.
std::vector<Breach> machine_breaches(const std::vector<File>& files);

// Relative links of Markdown files, outside code blocks, that lead nowhere.
std::vector<Breach> link_breaches(const std::vector<File>& files);

}  // namespace farlink::project
