// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/progress_line.hpp"

#include <cstdio>
#include <unistd.h>

namespace farlink::cli {

ProgressLine::ProgressLine() : ProgressLine(isatty(STDERR_FILENO) == 1) {}

void ProgressLine::show(std::string_view run, const fabric::Progress& progress) {
  if (!is_shown_) return;
  const auto now = std::chrono::steady_clock::now();
  if (run != run_) {
    run_ = run;
    began_ = now;
  }
  const double wall_seconds = std::chrono::duration<double>(now - began_).count();
  std::fprintf(stderr, "\r\x1b[K%s", progress_text(run, progress, wall_seconds).c_str());
  std::fflush(stderr);
  is_drawn_ = true;
}

void ProgressLine::clear() {
  if (is_drawn_) std::fputs("\r\x1b[K", stderr);
  is_drawn_ = false;
}

std::string progress_text(std::string_view run, const fabric::Progress& progress, double wall_seconds) {
  const double millions = static_cast<double>(progress.data_frames) / 1e6;
  char text[160];
  std::snprintf(text, sizeof text, "%.*s: %.3g s simulated, %.1f million frames", static_cast<int>(run.size()),
                run.data(), progress.virtual_seconds, millions);
  std::string line = text;
  if (wall_seconds > 0.5) {
    std::snprintf(text, sizeof text, ", %.1f million/s", millions / wall_seconds);
    line += text;
  }
  return line;
}

}  // namespace farlink::cli
