// SPDX-License-Identifier: Apache-2.0
// The result as JSON for scripts. Keys and units: result_schema(), and docs/efficiency.md for how each number comes
// about.
#pragma once

#include "control/json/json.hpp"
#include "control/report/result.hpp"

namespace farlink::report {

// Equal results give equal bytes. `deterministic` leaves out what two runs with one seed may differ in: wall time,
// frame rate, threads and host, all of them in `engine`. `efficiency` is null for lab flows and for an invalid run.
json::value to_json(const Result& result, bool deterministic);

// JSON Schema (2020-12) of every document that to_json makes.
json::value result_schema();

}  // namespace farlink::report
