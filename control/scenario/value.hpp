// SPDX-License-Identifier: Apache-2.0
// Scalars of a scenario file: text to value by kind, and bounds in words.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "control/scenario/grammar.hpp"
#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// All throw units::UnitError, "'text': what is wrong; what is allowed".
std::uint64_t parse_whole(std::string_view text);
double parse_number(std::string_view text);
std::variant<double, Bytes> parse_window(std::string_view text);  // "2bdp" or "64MiB"
// ">= 95%" (is_time: "<= 1.5s", value in seconds); the metric is left empty.
Expectation parse_comparison(std::string_view text, bool is_time);

bool is_name(std::string_view text);  // [a-z0-9-]+, at most 64 letters

// Checks a scalar of that field, bounds included. Throws units::UnitError.
void check_scalar(const Field& field, std::string_view text);

}  // namespace farlink::scenario
