// SPDX-License-Identifier: Apache-2.0
// A fingerprint of everything in a scenario that a result depends on, for telling whether two results are comparable.
#pragma once

#include <string>

#include "control/scenario/scenario.hpp"

namespace farlink::scenario {

// One "key=value" line per resolved value in a fixed order. Without what changes no result: the scenario's and the
// model's name, the folder, expectations, and `distance` (its delay is there).
std::string canonical_text(const Scenario& scenario);

// 64-bit FNV-1a of the canonical text, as 16 hexadecimal digits.
std::string hash_of(const Scenario& scenario);

}  // namespace farlink::scenario
