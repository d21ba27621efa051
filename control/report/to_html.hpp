// SPDX-License-Identifier: Apache-2.0
// The result as report.html: one file that opens offline, with scripts, styles and data inside.
#pragma once

#include <string>

#include "control/report/result.hpp"

namespace farlink::report {

// `deterministic` leaves out wall time, frame rate, threads and host, so that equal seeds give equal bytes. Text of the
// result is data wherever it appears: it cannot end the script that carries it, and the page never reads it as markup.
std::string to_html(const Result& result, bool deterministic = false);

}  // namespace farlink::report
