// SPDX-License-Identifier: Apache-2.0
// Words and numbers of a line of text, as every importer of a text format reads them.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace farlink::trace {

// What the formats are read up to; beyond is no job, but damage or malice.
constexpr std::uint64_t most_ranks = 1 << 24;
constexpr std::uint64_t largest_message = std::uint64_t{1} << 50;
constexpr std::uint64_t longest_nanoseconds = std::uint64_t{30} * 86'400 * 1'000'000'000;  // 30 days

constexpr std::string_view white_space = " \t\r";

// Without white space at its ends.
std::string_view trimmed(std::string_view text) noexcept;

// Parts between blanks and tabs; views into `line`.
std::vector<std::string_view> words_of(std::string_view line);

// Decimal digits alone. Throws TraceError that names `what` ("size") and the range.
std::uint64_t number(std::string_view text, std::uint64_t most, const char* what);

}  // namespace farlink::trace
