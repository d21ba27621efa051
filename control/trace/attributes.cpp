// SPDX-License-Identifier: Apache-2.0
#include "control/trace/attributes.hpp"

#include <algorithm>
#include <cmath>

#include "control/trace/error.hpp"

namespace farlink::trace {
namespace {

using Attribute = ChakraProtoMsg::AttributeProto;

struct Integer {
  bool is_negative = false;
  std::uint64_t magnitude = 0;
};

Integer of_signed(std::int64_t value) { return {value < 0, static_cast<std::uint64_t>(value)}; }

std::optional<Integer> integer_of(const Attribute& attribute) {
  switch (attribute.value_case()) {
    case Attribute::VALUE_NOT_SET:
      return Integer{};
    case Attribute::kInt32Val:
      return of_signed(attribute.int32_val());
    case Attribute::kInt64Val:
      return of_signed(attribute.int64_val());
    case Attribute::kUint32Val:
      return Integer{false, attribute.uint32_val()};
    case Attribute::kUint64Val:
      return Integer{false, attribute.uint64_val()};
    case Attribute::kSint32Val:
      return of_signed(attribute.sint32_val());
    case Attribute::kSint64Val:
      return of_signed(attribute.sint64_val());
    case Attribute::kFixed32Val:
      return Integer{false, attribute.fixed32_val()};
    case Attribute::kFixed64Val:
      return Integer{false, attribute.fixed64_val()};
    case Attribute::kSfixed32Val:
      return of_signed(attribute.sfixed32_val());
    case Attribute::kSfixed64Val:
      return of_signed(attribute.sfixed64_val());
    default:
      return std::nullopt;
  }
}

}  // namespace

const Attribute* Attributes::find(std::string_view name) const {
  for (const Attribute& attribute : list_) {
    if (attribute.name() == name) return &attribute;
  }
  return nullptr;
}

std::optional<std::uint64_t> Attributes::integer(std::string_view name, std::uint64_t limit) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return std::nullopt;
  const std::optional<Integer> value = integer_of(*attribute);
  if (!value) throw TraceError("attribute " + std::string{name} + " is not an integer");
  if (value->is_negative || value->magnitude > limit) {
    throw TraceError("attribute " + std::string{name} + " is out of range: allowed is 0 to " + std::to_string(limit));
  }
  return value->magnitude;
}

bool Attributes::flag(std::string_view name) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return false;
  if (attribute->value_case() == Attribute::kBoolVal) return attribute->bool_val();
  const std::optional<Integer> value = integer_of(*attribute);
  if (!value) throw TraceError("attribute " + std::string{name} + " is not a bool");
  return value->magnitude != 0;
}

std::string Attributes::text(std::string_view name) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return {};
  if (attribute->value_case() == Attribute::kStringVal) return attribute->string_val();
  if (attribute->value_case() == Attribute::VALUE_NOT_SET) return {};
  const std::optional<Integer> value = integer_of(*attribute);
  if (!value || value->is_negative) throw TraceError("attribute " + std::string{name} + " is not a text");
  return std::to_string(value->magnitude);
}

double Attributes::number(std::string_view name) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr) return 0;
  const double value = attribute->double_val();
  if (attribute->value_case() != Attribute::kDoubleVal || !std::isfinite(value) || value < 0)
    throw TraceError("attribute " + std::string{name} + " is not a double of at least 0");
  return value;
}

bool Attributes::has_false(std::string_view name) const {
  const Attribute* attribute = find(name);
  if (attribute == nullptr || attribute->value_case() != Attribute::kBoolList) return false;
  const auto& values = attribute->bool_list().values();
  return std::any_of(values.begin(), values.end(), [](bool value) { return !value; });
}

}  // namespace farlink::trace
