// SPDX-License-Identifier: Apache-2.0
// From a sweep's YAML file to a Sweep. docs/sweeps.md has every key.
#pragma once

#include <filesystem>
#include <string_view>

#include "control/sweep/sweep.hpp"

namespace farlink::sweep {

// No more points than this, seeds included.
inline constexpr std::size_t most_runs = 1'000'000;

// Throws yaml::Error, "file:line: 'key' what is wrong; what is allowed".
Sweep load(const std::filesystem::path& file);

// The same for a text; `file` is what messages call it, and its folder is what `scenario` is relative to.
Sweep parse(std::string_view text, const std::filesystem::path& file);

}  // namespace farlink::sweep
