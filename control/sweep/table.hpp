// SPDX-License-Identifier: Apache-2.0
// What a store holds as text for spreadsheets, scripts and documents. docs/sweeps.md has the columns.
#pragma once

#include <string>
#include <vector>

#include "control/json/json.hpp"
#include "control/sweep/store.hpp"

namespace farlink::sweep {

// A line for each run in the order of the sweep (RFC 4180): the paths, seed, status ("missing": not run yet),
// efficiency, seconds of steps and of exposed communication, points by cause, key; unless `deterministic` also version,
// wall time, when and where.
std::string to_csv(const SweepHead& head, const std::vector<Store::Found>& runs, bool deterministic);

// The same, a value for each run: {"schema": 1, "sweep", "paths", "runs": [{"values": {path: value}, "seed", ...}]}.
json::value to_json(const SweepHead& head, const std::vector<Store::Found>& runs, bool deterministic);

// A table for a document: a line for each point, means over its seeds with their standard errors.
std::string to_markdown(const SweepHead& head, const std::vector<Store::Found>& runs);

}  // namespace farlink::sweep
