// SPDX-License-Identifier: Apache-2.0
// One line on a terminal that says how far a run is; nothing at all elsewhere.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "control/fabric/fabric.hpp"

namespace farlink::cli {

class ProgressLine {
 public:
  // Standard error, when it is a terminal.
  ProgressLine();
  explicit ProgressLine(bool is_shown) : is_shown_(is_shown) {}
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;
  ~ProgressLine() { clear(); }

  // `run`: "single-site", "across-sites", "without loss", ...
  void show(std::string_view run, const fabric::Progress& progress);
  void clear();

 private:
  bool is_shown_;
  bool is_drawn_ = false;
  std::string run_;
  std::chrono::steady_clock::time_point began_;
};

// "across-sites: 1.25 s simulated, 45.2 million frames, 31.0 million/s"
std::string progress_text(std::string_view run, const fabric::Progress& progress, double wall_seconds);

}  // namespace farlink::cli
