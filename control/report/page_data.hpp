// SPDX-License-Identifier: Apache-2.0
// What the page draws beyond the result document: timelines and series over time, packed so that 16 lanes of 400
// intervals in two runs stay small. Read by page/src/data.ts.
#pragma once

#include "control/json/json.hpp"
#include "control/report/result.hpp"

namespace farlink::report {

// {result, phases, timeline: {single_site, across_sites}, samples}. An interval is [gap, duration, phase, microbatch]
// in nanoseconds, gap counted from the end of the interval before; phase + 16 when it is communication.
json::value page_data(const Result& result, bool deterministic);

}  // namespace farlink::report
