// SPDX-License-Identifier: Apache-2.0
// How late frames were released: actual minus due time, in nanoseconds, in buckets that grow with the value (16 to each
// power of two, so a quantile is known to 6 %). Recording costs a few instructions. Owner: one thread; others get
// copies.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "dataplane/units/time.hpp"

namespace farlink::link {

class LagHistogram {
 public:
  static constexpr std::uint32_t buckets = 512;  // up to 2^35 ns, 34 s

  // A negative lag would be a frame released early: counted apart, since there must be none.
  void record(units::Duration lag) noexcept {
    if (lag < units::Duration::zero()) {
      ++early_;
      return;
    }
    const auto ns = static_cast<std::uint64_t>(lag.picoseconds()) / 1'000U;
    ++counts_[bucket_of(ns)];
    ++count_;
    largest_ns_ = std::max(largest_ns_, ns);
  }

  std::uint64_t count() const noexcept { return count_; }
  std::uint64_t early() const noexcept { return early_; }
  units::Duration largest() const noexcept {
    return units::Duration::nanoseconds(static_cast<std::int64_t>(largest_ns_));
  }

  // The upper end of the bucket that holds the given share (0-1) of the frames; zero when there are none.
  units::Duration quantile(double share) const noexcept {
    if (count_ == 0) return units::Duration::zero();
    const auto rank = static_cast<std::uint64_t>(share * static_cast<double>(count_ - 1));
    std::uint64_t seen = 0;
    for (std::uint32_t i = 0; i < buckets; ++i) {
      seen += counts_[i];
      if (seen > rank) return std::min(largest(), units::Duration::nanoseconds(static_cast<std::int64_t>(upper_ns(i))));
    }
    return largest();
  }

  std::uint64_t in_bucket(std::uint32_t bucket) const noexcept { return counts_[bucket]; }

  // First value that is beyond the bucket, minus one.
  static constexpr std::uint64_t upper_ns(std::uint32_t bucket) noexcept {
    if (bucket < 16) return bucket;
    const std::uint32_t shift = bucket / 16 - 1;
    return ((std::uint64_t{16} + bucket % 16 + 1) << shift) - 1;
  }

  static constexpr std::uint32_t bucket_of(std::uint64_t ns) noexcept {
    if (ns < 16) return static_cast<std::uint32_t>(ns);
    const auto shift = static_cast<std::uint32_t>(std::bit_width(ns)) - 5U;
    const auto bucket = shift * 16U + static_cast<std::uint32_t>(ns >> shift);
    return std::min(bucket, buckets - 1);
  }

  // What was recorded after `earlier`, a copy of this histogram, was taken. The largest is then known to its bucket.
  LagHistogram since(const LagHistogram& earlier) const noexcept {
    LagHistogram later;
    for (std::uint32_t i = 0; i < buckets; ++i) {
      later.counts_[i] = counts_[i] - earlier.counts_[i];
      if (later.counts_[i] > 0) later.largest_ns_ = std::min(largest_ns_, upper_ns(i));
    }
    later.count_ = count_ - earlier.count_;
    later.early_ = early_ - earlier.early_;
    return later;
  }

  void add(const LagHistogram& other) noexcept {
    for (std::uint32_t i = 0; i < buckets; ++i) counts_[i] += other.counts_[i];
    count_ += other.count_;
    early_ += other.early_;
    largest_ns_ = std::max(largest_ns_, other.largest_ns_);
  }

 private:
  std::array<std::uint64_t, buckets> counts_{};
  std::uint64_t count_ = 0;
  std::uint64_t early_ = 0;
  std::uint64_t largest_ns_ = 0;
};

}  // namespace farlink::link
