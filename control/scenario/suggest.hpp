// SPDX-License-Identifier: Apache-2.0
// "Did you mean": the known word that is closest to a mistyped one.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace farlink::scenario {

// Insertions, deletions, replacements and swaps of neighbours that turn one word into the other.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest of `known` when it is near enough to be meant (a third of its letters wrong at most); the first of
// equals.
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> known);

}  // namespace farlink::scenario
