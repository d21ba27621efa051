// SPDX-License-Identifier: Apache-2.0
// What a direction did over time, in a fixed number of bins: bytes put on the line and the highest queue. When the bins
// are used up, neighbours are merged and the bin width doubles, so memory is constant and no moment is left out.
#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "dataplane/units/time.hpp"

namespace farlink::link {

class ActivitySeries {
 public:
  struct Bin {
    std::uint64_t line_bytes = 0;
    std::uint64_t queue_peak_bytes = 0;
  };
  static constexpr std::size_t bins = 1024;

  // `at` must not go back by more than the caller's own reordering; earlier bins are still found.
  void add(units::Instant at, std::uint64_t line_bytes, std::uint64_t queue_bytes) noexcept {
    std::int64_t index = at.since_start().picoseconds() >> width_log2_;
    while (index >= static_cast<std::int64_t>(bins)) {
      merge();
      index >>= 1;
    }
    Bin& bin = bins_[static_cast<std::size_t>(index)];
    bin.line_bytes += line_bytes;
    if (queue_bytes > bin.queue_peak_bytes) bin.queue_peak_bytes = queue_bytes;
  }

  units::Duration bin_width() const noexcept { return units::Duration::picoseconds(std::int64_t{1} << width_log2_); }
  std::span<const Bin> all() const noexcept { return bins_; }

 private:
  void merge() noexcept {
    for (std::size_t i = 0; i < bins / 2; ++i) {
      const Bin &a = bins_[2 * i], &b = bins_[2 * i + 1];
      bins_[i] = {a.line_bytes + b.line_bytes,
                  a.queue_peak_bytes > b.queue_peak_bytes ? a.queue_peak_bytes : b.queue_peak_bytes};
    }
    for (std::size_t i = bins / 2; i < bins; ++i) bins_[i] = {};
    ++width_log2_;
  }

  std::array<Bin, bins> bins_{};
  int width_log2_ = 20;  // about a microsecond
};

}  // namespace farlink::link
