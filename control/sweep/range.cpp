// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/range.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <stdexcept>
#include <system_error>

namespace farlink::sweep {

namespace {

struct Value {
  double number = 0;
  std::string_view unit;
};

Value split(std::string_view text) {
  Value value;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value.number);
  if (error != std::errc{} || !std::isfinite(value.number))
    throw std::invalid_argument("'" + std::string(text) + "' does not begin with a number");
  value.unit = text.substr(static_cast<std::size_t>(end - text.data()));
  return value;
}

}  // namespace

std::vector<std::string> range_of(std::string_view from, std::string_view to, std::uint32_t points, Scale scale) {
  const Value first = split(from), last = split(to);
  if (first.unit != last.unit)
    throw std::invalid_argument("'" + std::string(from) + "' and '" + std::string(to) +
                                "' have different units; write both in one");
  if (scale == Scale::logarithmic && (first.number <= 0 || last.number <= 0))
    throw std::invalid_argument("a logarithmic range lies above zero");
  std::vector<std::string> values;
  for (std::uint32_t i = 0; i < points; ++i) {
    const double share = static_cast<double>(i) / (points - 1);
    const double number = scale == Scale::linear ? first.number + (last.number - first.number) * share
                                                 : first.number * std::pow(last.number / first.number, share);
    std::array<char, 32> digits{};
    // Both ends as they were written.
    const bool is_end = i == 0 || i + 1 == points;
    std::snprintf(digits.data(), digits.size(), "%.6g", number);
    values.push_back(is_end ? std::string(i == 0 ? from : to) : digits.data() + std::string(first.unit));
  }
  return values;
}

}  // namespace farlink::sweep
