// SPDX-License-Identifier: Apache-2.0
#include "control/report/format.hpp"

#include <array>
#include <cmath>
#include <cstdio>
#include <span>

namespace farlink::report {

namespace {

struct Unit {
  double size;
  const char* name;
};

std::string fixed(double value, int decimals) {
  std::array<char, 64> text{};
  const int length = std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return std::string(text.data(), static_cast<std::size_t>(length));
}

// Four significant digits without an exponent and without trailing zeros; value below 10 000.
std::string four_digits(double value) {
  const double size = std::fabs(value);
  const int decimals = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : 3;
  std::string text = fixed(value, decimals);
  if (decimals == 0) return text;
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') text.pop_back();
  return text;
}

// The largest unit that leaves at least 1 in front; units from large to small.
std::string with_unit(double value, std::span<const Unit> units) {
  if (!std::isfinite(value)) return "unknown";
  // 0.9999 s must not print as "1000 ms": the border lies where four digits would round up.
  for (const Unit& unit : units) {
    if (std::fabs(value) >= unit.size * 0.99995) return four_digits(value / unit.size) + ' ' + unit.name;
  }
  return four_digits(value / units.back().size) + ' ' + units.back().name;
}

// Length of the UTF-8 sequence at the start of `text`, 0 when it is not one (overlong, surrogate and > U+10FFFF
// included).
std::size_t sequence_length(std::string_view text) noexcept {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t length = first >= 0xC2 && first <= 0xDF   ? 2
                             : (first & 0xF0U) == 0xE0        ? 3
                             : first >= 0xF0 && first <= 0xF4 ? 4
                                                              : 0;
  if (length == 0 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return 0;
  }
  const unsigned second = byte(1);
  const bool is_overlong = (first == 0xE0 && second < 0xA0) || (first == 0xF0 && second < 0x90);
  const bool is_outside = (first == 0xED && second >= 0xA0) || (first == 0xF4 && second >= 0x90);
  return is_overlong || is_outside ? 0 : length;
}

}  // namespace

std::string seconds_text(double seconds) {
  static constexpr std::array units{Unit{1, "s"}, Unit{1e-3, "ms"}, Unit{1e-6, "us"}, Unit{1e-9, "ns"}};
  if (std::fabs(seconds) >= 9999.5) return fixed(seconds, 0) + " s";
  return seconds == 0 ? "0 s" : with_unit(seconds, units);
}

std::string bytes_text(std::uint64_t bytes) {
  static constexpr std::array units{Unit{0x1p50, "PiB"}, Unit{0x1p40, "TiB"}, Unit{0x1p30, "GiB"},
                                    Unit{0x1p20, "MiB"}, Unit{0x1p10, "KiB"}, Unit{1, "B"}};
  return with_unit(static_cast<double>(bytes), units);
}

std::string rate_text(double bits_per_second) {
  static constexpr std::array units{Unit{1e12, "Tb/s"}, Unit{1e9, "Gb/s"}, Unit{1e6, "Mb/s"}, Unit{1e3, "kb/s"},
                                    Unit{1, "b/s"}};
  return with_unit(bits_per_second, units);
}

std::string count_text(std::uint64_t count) {
  std::string text = std::to_string(count);
  for (std::size_t i = text.size(); i > 3; i -= 3) text.insert(i - 3, 1, ',');
  return text;
}

std::string percent_text(double ratio, int digits) {
  return std::isfinite(ratio) ? fixed(ratio * 100, digits) + " %" : "unknown";
}

std::string printable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    const auto first = static_cast<unsigned char>(text.front());
    const bool is_c1_control = length == 2 && first == 0xC2 && static_cast<unsigned char>(text[1]) < 0xA0;
    if (length == 0 || first < 0x20 || first == 0x7F || is_c1_control) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

std::size_t width(std::string_view text) noexcept {
  std::size_t n = 0;
  for (const char c : text) n += (static_cast<unsigned char>(c) & 0xC0U) != 0x80 ? 1U : 0U;
  return n;
}

std::string left(std::string_view text, std::size_t columns) {
  const std::size_t used = width(text);
  return std::string(text) + std::string(used < columns ? columns - used : 0, ' ');
}

std::string right(std::string_view text, std::size_t columns) {
  const std::size_t used = width(text);
  return std::string(used < columns ? columns - used : 0, ' ') + std::string(text);
}

}  // namespace farlink::report
