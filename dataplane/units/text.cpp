// SPDX-License-Identifier: Apache-2.0
#include "dataplane/units/text.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

#include "dataplane/units/decimal.hpp"

namespace farlink::units {

namespace {

struct Unit {
  std::string_view name;
  std::uint64_t factor;  // in steps of the type
};

constexpr std::array<Unit, 7> duration_units{{{"ps", 1},
                                              {"ns", 1'000},
                                              {"us", 1'000'000},
                                              {"ms", 1'000'000'000},
                                              {"s", 1'000'000'000'000},
                                              {"min", 60'000'000'000'000},
                                              {"h", 3'600'000'000'000'000}}};
constexpr std::array<Unit, 9> byte_units{{{"B", 1},
                                          {"kB", 1'000},
                                          {"MB", 1'000'000},
                                          {"GB", 1'000'000'000},
                                          {"TB", 1'000'000'000'000},
                                          {"KiB", std::uint64_t{1} << 10},
                                          {"MiB", std::uint64_t{1} << 20},
                                          {"GiB", std::uint64_t{1} << 30},
                                          {"TiB", std::uint64_t{1} << 40}}};
constexpr std::array<Unit, 5> rate_units{
    {{"bit", 1}, {"kbit", 1'000}, {"mbit", 1'000'000}, {"gbit", 1'000'000'000}, {"tbit", 1'000'000'000'000}}};
constexpr std::array<Unit, 2> distance_units{{{"m", 1'000}, {"km", 1'000'000}}};
constexpr std::array<Unit, 3> flops_units{
    {{"gflops", 1'000'000'000}, {"tflops", 1'000'000'000'000}, {"pflops", 1'000'000'000'000'000}}};

// Units below one: the decimal places they stand for.
struct Fraction {
  std::string_view name;
  std::int32_t places;
};
constexpr std::array<Fraction, 3> fractions{{{"%", 2}, {"ppm", 6}, {"ppb", 9}}};

constexpr std::uint64_t int64_limit = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

template <typename Named>
std::string names_of(std::span<const Named> units) {
  std::string names;
  for (const Named& unit : units) names += (names.empty() ? "" : ", ") + std::string{unit.name};
  return names;
}

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw UnitError("'" + std::string{text} + "': " + why);
}

// The number in front, its unit left in `rest` without the blank between them.
Decimal read_number(std::string_view text, const std::string& allowed) {
  if (text.starts_with('-')) refuse(text, "must not be negative");
  auto number = read_decimal(text);
  if (!number) {
    refuse(text, "not a number with a unit; write a number such as 1.5 and one of " + allowed + " directly behind it");
  }
  if (number->rest.size() > 1 && number->rest.front() == ' ') number->rest.remove_prefix(1);
  return *number;
}

// The entry of `units` named by number.rest. A bare zero needs none.
template <typename Named>
const Named& find_unit(std::string_view text, const Decimal& number, std::span<const Named> units) {
  if (number.rest.empty()) {
    if (number.is_zero()) return units.front();
    refuse(text, "missing unit; one of " + names_of(units));
  }
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Named& u) { return u.name == number.rest; });
  if (unit == units.end()) refuse(text, "unknown unit '" + std::string{number.rest} + "'; one of " + names_of(units));
  return *unit;
}

// `text` in steps of the type; `largest` is that type's own maximum, already in words.
std::uint64_t parse_steps(std::string_view text, std::span<const Unit> units, std::uint64_t limit,
                          const std::string& smallest, const std::string& largest) {
  const Decimal number = read_number(text, names_of(units));
  const Unit& unit = find_unit(text, number, units);
  const auto steps = scaled(number, unit.factor, limit);
  if (!steps) refuse(text, "too large; at most " + largest);
  if (*steps == 0 && !number.is_zero()) refuse(text, "too small; the smallest step is " + smallest);
  return *steps;
}

// Exact text of value x 1 step: fewest digits first, then the larger unit. Units below one whole are not considered.
std::string print_steps(std::uint64_t value, std::span<const Unit> units, std::string_view zero) {
  if (value == 0) return std::string{zero};
  std::string best;
  std::size_t best_digits = std::numeric_limits<std::size_t>::max();
  std::uint64_t best_factor = 0;
  for (const Unit& unit : units) {
    if (value < unit.factor && unit.factor != units.front().factor) continue;
    const auto number = quotient_text(value, unit.factor);
    if (!number) continue;
    const std::size_t digits = number->size() - (number->find('.') != std::string::npos ? 1 : 0);
    if (digits > best_digits || (digits == best_digits && unit.factor < best_factor)) continue;
    best = *number + std::string{unit.name};
    best_digits = digits;
    best_factor = unit.factor;
  }
  return best;
}

// Scientific digits of p that read back to the same threshold, as few as it takes.
Decimal shortest_decimal(Probability p) {
  std::array<char, 64> buffer{};
  Decimal number;
  for (int digits = 0; digits <= 20; ++digits) {
    const auto written =
        std::to_chars(buffer.data(), buffer.data() + buffer.size(), p.value(), std::chars_format::scientific, digits);
    number = *read_decimal({buffer.data(), static_cast<std::size_t>(written.ptr - buffer.data())});
    number.rest = {};
    if (Probability::of(to_double(number)) == p) break;
  }
  return number;
}

// mantissa x 10^exponent written out, without an exponent: exponent may be negative.
std::string written_out(const Decimal& number) {
  std::string digits = std::to_string(number.mantissa);
  if (number.exponent >= 0) return digits + std::string(static_cast<std::size_t>(number.exponent), '0');
  const auto places = static_cast<std::size_t>(-number.exponent);
  if (digits.size() <= places) digits.insert(0, places - digits.size() + 1, '0');
  return digits.insert(digits.size() - places, ".");
}

}  // namespace

Duration parse_duration(std::string_view text) {
  return Duration::picoseconds(
      static_cast<std::int64_t>(parse_steps(text, duration_units, int64_limit, "1ps", "9223372s (106 days)")));
}

Bytes parse_bytes(std::string_view text) {
  return Bytes{parse_steps(text, byte_units, std::numeric_limits<std::uint64_t>::max(), "1B", "16777215TiB")};
}

BitRate parse_bit_rate(std::string_view text) {
  return BitRate::bits_per_second(
      parse_steps(text, rate_units, std::numeric_limits<std::uint64_t>::max(), "1bit", "18446744tbit"));
}

Distance parse_distance(std::string_view text) {
  return Distance::millimetres(
      static_cast<std::int64_t>(parse_steps(text, distance_units, int64_limit, "0.001m", "9223372036854km")));
}

Probability parse_probability(std::string_view text) {
  const std::string allowed = names_of(std::span<const Fraction>{fractions});
  const Decimal number = read_number(text, allowed);
  const bool bare_exponent = number.rest.empty() && number.has_exponent;
  if (number.rest.empty() && !bare_exponent && !number.is_zero()) {
    refuse(text, "missing unit; one of " + allowed + ", or an exponent such as 1e-12");
  }
  const std::int32_t places = bare_exponent ? 0 : find_unit(text, number, std::span<const Fraction>{fractions}).places;
  const double value = to_double(number, -places);
  if (value > 1) refuse(text, "a probability is at most 100%");
  const Probability probability = Probability::of(value);
  if (probability.is_zero() && !number.is_zero()) refuse(text, "too small; the smallest step is 1.1e-19");
  return probability;
}

double parse_ratio(std::string_view text) {
  const Decimal number = read_number(text, "%");
  if (!number.rest.empty() && number.rest != "%") {
    refuse(text, "unknown unit '" + std::string{number.rest} + "'; a ratio is a plain number or one with %");
  }
  const double value = to_double(number, number.rest.empty() ? 0 : -2);
  if (!std::isfinite(value)) refuse(text, "too large for a ratio");
  return value;
}

double parse_flops(std::string_view text) {
  const std::span<const Unit> units{flops_units};
  const Decimal number = read_number(text, names_of(units));
  const double value = to_double(number) * static_cast<double>(find_unit(text, number, units).factor);
  if (!std::isfinite(value)) refuse(text, "too large");
  return value;
}

std::string to_text(Duration duration) {
  const std::int64_t count = duration.picoseconds();
  const auto magnitude =
      count < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  // Minutes and hours would make "1.5min" of 90 s: readable in a scenario, not in a report.
  return (count < 0 ? "-" : "") + print_steps(magnitude, std::span{duration_units}.first<5>(), "0s");
}

std::string to_text(Bytes bytes) { return print_steps(bytes.count(), byte_units, "0B"); }

std::string to_text(BitRate rate) { return print_steps(rate.bits_per_second(), rate_units, "0bit"); }

std::string to_text(Distance distance) {
  const std::int64_t count = distance.millimetres();
  const auto magnitude =
      count < 0 ? std::uint64_t{0} - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
  return (count < 0 ? "-" : "") + print_steps(magnitude, distance_units, "0km");
}

std::string to_text(Probability probability) {
  if (probability.is_zero()) return "0%";
  const Decimal number = shortest_decimal(probability);
  if (probability.value() < 1e-10) return std::to_string(number.mantissa) + "e" + std::to_string(number.exponent);
  std::string best;
  for (const Fraction& fraction : fractions) {
    Decimal shifted = number;
    shifted.exponent += fraction.places;
    const std::string candidate = written_out(shifted) + std::string{fraction.name};
    if (best.empty() || candidate.size() < best.size()) best = candidate;
  }
  return best;
}

}  // namespace farlink::units
