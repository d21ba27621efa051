// SPDX-License-Identifier: Apache-2.0
// One line on a terminal that says how far a run is; nothing at all elsewhere.
#pragma once

#include <chrono>
#include <string>

#include "control/replay/efficiency.hpp"

namespace farlink::cli {

class ProgressLine {
 public:
  // Standard error, when it is a terminal.
  ProgressLine();
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine();

  void show(const replay::MeasureProgress& progress);

 private:
  bool is_shown_;
  bool is_drawn_ = false;
  std::uint32_t run_number_ = 0;
  std::chrono::steady_clock::time_point began_;  // of the run, or runs, shown
};

// "2/6 across-sites: 45 %, 1.25 s simulated, 45.2 million frames, 31.0 million/s"; of several runs at a time:
// "1 of 4 runs done, 2 at a time: 45 %, 93.2 million frames, 5.1 million/s"
std::string progress_text(const replay::MeasureProgress& progress, double wall_seconds);

}  // namespace farlink::cli
