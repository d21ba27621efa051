// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/progress_line.hpp"

#include <array>
#include <cstdio>
#include <unistd.h>

namespace farlink::cli {
namespace {

constexpr const char* clear_line = "\r\x1b[K";

}  // namespace

ProgressLine::ProgressLine() : is_shown_(isatty(STDERR_FILENO) == 1) {}

ProgressLine::~ProgressLine() {
  if (is_drawn_) std::fputs(clear_line, stderr);
}

void ProgressLine::show(const replay::MeasureProgress& progress) {
  if (!is_shown_) return;
  const auto now = std::chrono::steady_clock::now();
  const std::uint32_t shown = progress.all.jobs > 1 ? 1 : progress.run_number;  // several runs are told of as one
  if (shown != run_number_) {
    run_number_ = shown;
    began_ = now;
  }
  const double wall_seconds = std::chrono::duration<double>(now - began_).count();
  std::fprintf(stderr, "%s%s", clear_line, progress_text(progress, wall_seconds).c_str());
  std::fflush(stderr);
  is_drawn_ = true;
}

std::string progress_text(const replay::MeasureProgress& progress, double wall_seconds) {
  std::array<char, 200> text{};
  double millions = static_cast<double>(progress.engine.data_frames) / 1e6;
  if (progress.all.jobs > 1) {
    millions = static_cast<double>(progress.all.data_frames) / 1e6;
    std::snprintf(text.data(), text.size(), "%u of %u runs done, %u at a time: %.0f %%, %.1f million frames",
                  progress.all.ended, progress.run_count, progress.all.jobs, 100 * progress.all.done, millions);
  } else {
    std::snprintf(text.data(), text.size(), "%u/%u %.60s: %.0f %%, %.3g s simulated, %.1f million frames",
                  progress.run_number, progress.run_count, progress.run.c_str(), 100 * progress.done,
                  progress.engine.virtual_seconds, millions);
  }
  std::string line = text.data();
  if (wall_seconds > 0.5) {
    std::snprintf(text.data(), text.size(), ", %.1f million/s", millions / wall_seconds);
    line += text.data();
  }
  return line;
}

}  // namespace farlink::cli
