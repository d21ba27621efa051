// SPDX-License-Identifier: Apache-2.0
// The result as a table for a terminal of 100 columns, UTF-8, no colours.
#pragma once

#include <string>

#include "control/report/result.hpp"

namespace farlink::report {

// About 30 lines with a final newline. `deterministic` leaves out wall time, frame rate and threads, so that equal
// seeds give equal bytes.
std::string to_text(const Result& result, bool deterministic = false);

}  // namespace farlink::report
