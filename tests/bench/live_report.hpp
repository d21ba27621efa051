// SPDX-License-Identifier: Apache-2.0
// The figures of farlink-bench --live as JSON and as a page.
#pragma once

#include <string>
#include <vector>

#include "control/json/json.hpp"
#include "tests/bench/live_loops.hpp"

namespace farlink::bench {

struct LiveRow {
  std::string what;  // rate, lag
  LivePoint point;
};

struct LiveReport {
  bool has_hugepages = false;
  double tsc_hz = 0;
  std::vector<LiveRow> rows;
  double testpmd_io_mpps = 0, testpmd_csum_mpps = 0;  // 0: not there
};

inline double nanoseconds(units::Duration d) { return d.seconds() * 1e9; }

json::object to_json(const LiveReport& report);
std::string to_markdown(const LiveReport& report);

}  // namespace farlink::bench
