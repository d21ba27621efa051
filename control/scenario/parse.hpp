// SPDX-License-Identifier: Apache-2.0
// From a scenario file to a Scenario: YAML, --set values, defaults, checks.
#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>

#include "control/scenario/error.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// Reads the file and applies `sets` ("PATH=VALUE") in order. Throws ScenarioError, "file:line: 'key' what is wrong;
// what is allowed"; values that come from a set are reported as "--set PATH".
Scenario load(const std::filesystem::path& file, std::span<const std::string> sets = {});

// The same for a text; `file_name` is what messages call it, and its folder is what trace paths are relative to.
Scenario parse(std::string_view text, std::string_view file_name, std::span<const std::string> sets = {});

}  // namespace farlink::scenario
