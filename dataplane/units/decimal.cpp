// SPDX-License-Identifier: Apache-2.0
#include "dataplane/units/decimal.hpp"

#include <charconv>
#include <limits>

namespace farlink::units {

namespace {

constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// The exponent behind an 'e' at text[at], when digits follow; moves `at` behind it.
std::optional<std::int32_t> read_exponent(std::string_view text, std::size_t& at) noexcept {
  std::size_t digit = at + 1;
  const bool negative = digit < text.size() && text[digit] == '-';
  if (digit < text.size() && (text[digit] == '-' || text[digit] == '+')) ++digit;
  std::int32_t value = 0;
  const auto [end, error] = std::from_chars(text.data() + digit, text.data() + text.size(), value);
  if (digit == text.size() || !is_digit(text[digit]) || error != std::errc{} || value > 1'000'000'000) return {};
  at = static_cast<std::size_t>(end - text.data());
  return negative ? -value : value;
}

}  // namespace

std::optional<Decimal> read_decimal(std::string_view text) noexcept {
  Decimal number;
  std::size_t at = 0;
  bool any_digit = false;
  bool in_fraction = false;
  std::int32_t zeros_held = 0;  // trailing zeros join the mantissa only when another digit follows
  for (; at < text.size() && at < 1'000; ++at) {
    const char c = text[at];
    if (c == '.' && !in_fraction) {
      in_fraction = true;
      continue;
    }
    if (!is_digit(c)) break;
    any_digit = true;
    if (in_fraction) --number.exponent;
    if (c == '0') {
      if (number.mantissa != 0) ++zeros_held;
      continue;
    }
    const auto digit = static_cast<std::uint64_t>(c - '0');
    for (; zeros_held >= 0; --zeros_held) {
      const std::uint64_t add = zeros_held == 0 ? digit : 0;
      if (number.mantissa > (std::numeric_limits<std::uint64_t>::max() - add) / 10) return {};
      number.mantissa = number.mantissa * 10 + add;
    }
    zeros_held = 0;
  }
  number.exponent += zeros_held;
  if (!any_digit || text[at - 1] == '.') return {};
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    const auto exponent = read_exponent(text, at);
    if (!exponent) return {};
    number.exponent += *exponent;
    number.has_exponent = true;
  }
  number.rest = text.substr(at);
  return number;
}

std::optional<std::uint64_t> scaled(const Decimal& number, std::uint64_t factor, std::uint64_t limit) noexcept {
  if (number.mantissa == 0) return 0;
  auto value = static_cast<unsigned __int128>(number.mantissa) * factor;
  if (number.exponent > 0) {
    for (std::int32_t i = 0; i < number.exponent; ++i) {
      if (value > limit) return {};
      value *= 10U;
    }
  } else {
    std::uint32_t last_digit = 0;
    for (std::int32_t i = number.exponent; i < 0 && (value != 0 || last_digit != 0); ++i) {
      last_digit = static_cast<std::uint32_t>(value % 10U);
      value /= 10U;
    }
    if (last_digit >= 5) value += 1U;
  }
  if (value > limit) return {};
  return static_cast<std::uint64_t>(value);
}

double to_double(const Decimal& number, std::int32_t shift) {
  const std::string text = std::to_string(number.mantissa) + "e" + std::to_string(number.exponent + shift);
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::result_out_of_range) {
    return number.exponent > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  }
  return value;
}

std::optional<std::string> quotient_text(std::uint64_t value, std::uint64_t divisor) {
  std::string text = std::to_string(value / divisor);
  std::uint64_t remainder = value % divisor;
  if (remainder != 0) text += '.';
  for (int digits = 0; remainder != 0; ++digits) {
    if (digits == 20) return {};
    const auto tenfold = static_cast<unsigned __int128>(remainder) * 10U;
    text += static_cast<char>('0' + static_cast<int>(tenfold / divisor));
    remainder = static_cast<std::uint64_t>(tenfold % divisor);
  }
  return text;
}

}  // namespace farlink::units
