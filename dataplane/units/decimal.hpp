// SPDX-License-Identifier: Apache-2.0
// Decimal text as mantissa x 10^exponent, so that "1.5ms" becomes an integer without passing through floating point.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace farlink::units {

struct Decimal {
  std::uint64_t mantissa = 0;
  std::int32_t exponent = 0;  // of ten
  bool has_exponent = false;  // written with an e
  std::string_view rest;      // what follows the number

  constexpr bool is_zero() const noexcept { return mantissa == 0; }
};

// Reads digits[.digits][e[+|-]digits] at the front of `text`. Nothing when no number is there, or when it has more
// significant digits than a 64-bit mantissa holds or an exponent beyond 10^9.
std::optional<Decimal> read_decimal(std::string_view text) noexcept;

// number x factor, rounded to the nearest integer, half up; nothing when that is above `limit`.
std::optional<std::uint64_t> scaled(const Decimal& number, std::uint64_t factor, std::uint64_t limit) noexcept;

// number x 10^shift as the nearest double.
double to_double(const Decimal& number, std::int32_t shift = 0);

// value / divisor written out exactly ("1.5"); nothing when the quotient has more than 20 decimals.
std::optional<std::string> quotient_text(std::uint64_t value, std::uint64_t divisor);

}  // namespace farlink::units
