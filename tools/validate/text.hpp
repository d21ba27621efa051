// SPDX-License-Identifier: Apache-2.0
// Rows for people (a table, docs/validation.md) and for programs (JSON).
#pragma once

#include <span>
#include <string>

#include "control/json/json.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

std::string to_table(std::span<const Row> rows);
// {passed, rows: [{oracle, what, parameters, unit, expected, measured, tolerance, tolerance_kind, pass}]}
json::value to_json(std::span<const Row> rows);
// A section per oracle that has rows.
std::string to_markdown(std::span<const Row> rows);

}  // namespace farlink::validate
