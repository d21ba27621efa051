// SPDX-License-Identifier: Apache-2.0
#include "control/trace/json_values.hpp"

#include <charconv>
#include <cmath>
#include <optional>
#include <system_error>
#include <utility>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

[[noreturn]] void refuse(std::string_view what, std::string_view reason) {
  throw TraceError(std::string{what}.append(" ").append(reason));
}

template <typename Integer>
std::optional<Integer> parsed(const json::value& value) {
  if (value.is_int64() && std::in_range<Integer>(value.get_int64())) return static_cast<Integer>(value.get_int64());
  if (value.is_uint64() && std::in_range<Integer>(value.get_uint64())) return static_cast<Integer>(value.get_uint64());
  if (value.is_double()) {
    constexpr double exact = 9'007'199'254'740'992;  // above it doubles are no longer every integer
    const double number = value.get_double();
    if (std::isfinite(number) && std::fabs(number) <= exact && std::trunc(number) == number) {
      const auto integer = static_cast<std::int64_t>(number);
      if (std::in_range<Integer>(integer)) return static_cast<Integer>(integer);
    }
  }
  if (value.is_string()) {
    const auto& text = value.get_string();
    Integer number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error == std::errc{} && end == text.data() + text.size()) return number;
  }
  return std::nullopt;
}

}  // namespace

const json::value* member(const json::object& object, std::string_view key) {
  const json::value* value = object.if_contains({key.data(), key.size()});
  return value == nullptr || value->is_null() ? nullptr : value;
}

const json::object& object_of(const json::value& value, std::string_view what) {
  if (!value.is_object()) refuse(what, "is no JSON object");
  return value.get_object();
}

const json::array& array_of(const json::value& value, std::string_view what) {
  if (!value.is_array()) refuse(what, "is no list");
  return value.get_array();
}

std::string text_of(const json::value& value, std::string_view what) {
  if (!value.is_string()) refuse(what, "is no text");
  return {value.get_string().data(), value.get_string().size()};
}

bool truth_of(const json::value& value, std::string_view what) {
  if (!value.is_bool()) refuse(what, "is neither true nor false");
  return value.get_bool();
}

std::uint64_t whole_of(const json::value& value, std::string_view what, std::uint64_t most) {
  const std::optional<std::uint64_t> number = parsed<std::uint64_t>(value);
  if (!number || *number > most) refuse(what, "is no whole number from 0 to " + std::to_string(most));
  return *number;
}

std::int64_t integer_of(const json::value& value, std::string_view what) {
  const std::optional<std::int64_t> number = parsed<std::int64_t>(value);
  if (!number) refuse(what, "is no whole number");
  return *number;
}

}  // namespace farlink::trace
