// SPDX-License-Identifier: Apache-2.0
// Figures as people read them: four significant digits at most, a fitting unit, thousands grouped. For terminals and
// the page without scripts; JSON carries the plain numbers.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace farlink::report {

std::string seconds_text(double seconds);                // "28.31 s", "1.468 ms", "250 us", "0 s"
std::string bytes_text(std::uint64_t bytes);             // "256 MiB", "1.5 KiB", "12 B"
std::string rate_text(double bits_per_second);           // "6.4 Tb/s", "399.2 Gb/s"
std::string count_text(std::uint64_t count);             // "83,886,080"
std::string percent_text(double ratio, int digits = 2);  // 0.9721 -> "97.21 %"

// The text made safe to print and to write as JSON: bytes that are not UTF-8 and control characters become U+FFFD.
// Scenario names are checked elsewhere, but paths and reasons come from anywhere.
std::string printable(std::string_view text);

// Code points in UTF-8 text: what a terminal needs to line columns up.
std::size_t width(std::string_view text) noexcept;
// Text padded with blanks to `columns`; longer text is left as it is.
std::string left(std::string_view text, std::size_t columns);
std::string right(std::string_view text, std::size_t columns);

}  // namespace farlink::report
