// SPDX-License-Identifier: Apache-2.0
// Reads scalars, and says what is wrong with them in the words of dataplane/units/text.hpp.
#include "control/scenario/value.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdio>

#include "dataplane/units/text.hpp"

namespace farlink::scenario {
namespace {

using units::UnitError;

[[noreturn]] void refuse(std::string_view text, const std::string& why) {
  throw UnitError("'" + std::string{text} + "': " + why);
}

std::string plain(double value) {
  std::array<char, 32> buffer;
  // Fixed form as long as it is readable: "1000000", not "1e+06".
  const auto format = value < 1e15 ? std::chars_format::fixed : std::chars_format::general;
  return {buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value, format).ptr};
}

std::string bound_text(Kind kind, double bound) {
  switch (kind) {
    case Kind::duration:
      return units::to_text(Duration::from_seconds(bound));
    case Kind::bytes:
    case Kind::window:
      return units::to_text(Bytes{static_cast<std::uint64_t>(bound)});
    case Kind::rate:
      return units::to_text(BitRate::bits_per_second(static_cast<std::uint64_t>(bound)));
    case Kind::distance:
      return units::to_text(Distance::millimetres(static_cast<std::int64_t>(bound * 1e3)));
    case Kind::flops:
      return plain(bound / 1e12) + "tflops";
    case Kind::ratio:
      return plain(bound * 100) + "%";
    default:
      return plain(bound);
  }
}

void check_bounds(const Field& field, std::string_view text, double value) {
  if (value < field.least || (field.is_above_least && value <= field.least)) {
    refuse(text, std::string{"too small; must be "} + (field.is_above_least ? "above " : "at least ") +
                     bound_text(field.kind, field.least));
  }
  if (value > field.most) refuse(text, "too large; at most " + bound_text(field.kind, field.most));
}

void check_window(std::string_view text) {
  const auto window = parse_window(text);
  const double* products = std::get_if<double>(&window);
  if (products != nullptr && !(*products > 0 && *products <= 1e6)) {
    refuse(text, "a window is above 0bdp and at most 1000000bdp");
  }
  if (const Bytes* bytes = std::get_if<Bytes>(&window); bytes != nullptr && bytes->count() == 0) {
    refuse(text, "a window is above 0; write a multiple of the bandwidth-delay product (2bdp) or bytes (64MiB)");
  }
}

}  // namespace

std::uint64_t parse_whole(std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error == std::errc::result_out_of_range) refuse(text, "too large");
  if (error != std::errc{} || stop != end) refuse(text, "not a whole number; digits alone are allowed");
  return value;
}

double parse_number(std::string_view text) {
  double value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stop != end || !std::isfinite(value)) refuse(text, "not a number; it has no unit here");
  return value;
}

std::variant<double, Bytes> parse_window(std::string_view text) {
  constexpr std::string_view unit = "bdp";
  constexpr const char* allowed = "; or a multiple of the bandwidth-delay product, such as 2bdp";
  try {
    if (!text.ends_with(unit)) return units::parse_bytes(text);
  } catch (const UnitError& error) {
    throw UnitError(error.what() + std::string{allowed});
  }
  return parse_number(text.substr(0, text.size() - unit.size()));
}

Expectation parse_comparison(std::string_view text, bool is_time) {
  struct Sign {
    std::string_view sign;
    Expectation::Comparison comparison;
  };
  using enum Expectation::Comparison;
  constexpr std::array signs{Sign{">=", at_least}, Sign{"<=", at_most}, Sign{">", above}, Sign{"<", below}};
  const auto sign = std::find_if(signs.begin(), signs.end(), [&](const Sign& s) { return text.starts_with(s.sign); });
  if (sign == signs.end()) {
    refuse(text, std::string{"not a comparison; write one of >= <= > < and a value, such as \""} +
                     (is_time ? "<= 0.5s\"" : ">= 95%\""));
  }
  std::string_view rest = text.substr(sign->sign.size());
  rest.remove_prefix(std::min(rest.find_first_not_of(' '), rest.size()));
  Expectation expectation;
  expectation.comparison = sign->comparison;
  expectation.value = is_time ? units::parse_duration(rest).seconds() : units::parse_ratio(rest);
  expectation.text = text;
  return expectation;
}

bool is_name(std::string_view text) {
  constexpr std::size_t longest = 64;
  const auto is_allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
  return !text.empty() && text.size() <= longest && std::all_of(text.begin(), text.end(), is_allowed);
}

void check_scalar(const Field& field, std::string_view text) {
  switch (field.kind) {
    case Kind::whole:
    case Kind::wholes:
      return check_bounds(field, text, static_cast<double>(parse_whole(text)));
    case Kind::number:
      return check_bounds(field, text, parse_number(text));
    case Kind::duration:
      return check_bounds(field, text, units::parse_duration(text).seconds());
    case Kind::bytes:
      return check_bounds(field, text, static_cast<double>(units::parse_bytes(text).count()));
    case Kind::rate:
      return check_bounds(field, text, static_cast<double>(units::parse_bit_rate(text).bits_per_second()));
    case Kind::distance:
      return check_bounds(field, text, units::parse_distance(text).kilometres() * 1e3);
    case Kind::probability:
      return check_bounds(field, text, units::parse_probability(text).value());
    case Kind::ratio:
      return check_bounds(field, text, units::parse_ratio(text));
    case Kind::flops:
      return check_bounds(field, text, units::parse_flops(text));
    case Kind::window:
      return check_window(text);
    case Kind::comparison:
      return static_cast<void>(parse_comparison(text, false));
    case Kind::comparison_of_time:
      return static_cast<void>(parse_comparison(text, true));
    case Kind::name:
      if (!is_name(text)) refuse(text, "not a name; a to z, 0 to 9 and - are allowed, 64 letters at most");
      return;
    case Kind::text:
    case Kind::texts:
    case Kind::named_texts:
      if (text.empty()) refuse(text, "must not be empty");
      return;
    default:
      refuse(text, "a value stands where keys are expected");
  }
}

}  // namespace farlink::scenario
