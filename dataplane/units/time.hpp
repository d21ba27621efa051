// SPDX-License-Identifier: Apache-2.0
// Time as integer picoseconds. Duration is a span, Instant a point on a run's clock that starts at zero.
// One byte lasts a whole number of picoseconds at every Ethernet rate (10G 800 ps ... 800G 10 ps); int64 spans 106
// days.
#pragma once

#include <compare>
#include <cstdint>
#include <limits>

namespace farlink::units {

class Duration {
 public:
  constexpr Duration() noexcept = default;
  static constexpr Duration picoseconds(std::int64_t n) noexcept { return Duration{n}; }
  static constexpr Duration nanoseconds(std::int64_t n) noexcept { return Duration{n * 1'000}; }
  static constexpr Duration microseconds(std::int64_t n) noexcept { return Duration{n * 1'000'000}; }
  static constexpr Duration milliseconds(std::int64_t n) noexcept { return Duration{n * 1'000'000'000}; }
  static constexpr Duration seconds(std::int64_t n) noexcept { return Duration{n * 1'000'000'000'000}; }
  // Rounds to the nearest picosecond; |s| must stay below 106 days.
  static constexpr Duration from_seconds(double s) noexcept {
    return Duration{static_cast<std::int64_t>(s * 1e12 + (s < 0 ? -0.5 : 0.5))};
  }
  static constexpr Duration zero() noexcept { return Duration{0}; }
  static constexpr Duration max() noexcept { return Duration{std::numeric_limits<std::int64_t>::max()}; }

  constexpr std::int64_t picoseconds() const noexcept { return picoseconds_; }
  constexpr double seconds() const noexcept { return static_cast<double>(picoseconds_) * 1e-12; }

  constexpr auto operator<=>(const Duration&) const noexcept = default;
  constexpr Duration operator-() const noexcept { return Duration{-picoseconds_}; }
  friend constexpr Duration operator+(Duration a, Duration b) noexcept {
    return Duration{a.picoseconds_ + b.picoseconds_};
  }
  friend constexpr Duration operator-(Duration a, Duration b) noexcept {
    return Duration{a.picoseconds_ - b.picoseconds_};
  }
  friend constexpr Duration operator*(Duration a, std::int64_t n) noexcept { return Duration{a.picoseconds_ * n}; }
  friend constexpr Duration operator*(std::int64_t n, Duration a) noexcept { return a * n; }
  friend constexpr Duration operator/(Duration a, std::int64_t n) noexcept { return Duration{a.picoseconds_ / n}; }
  friend constexpr double operator/(Duration a, Duration b) noexcept {
    return static_cast<double>(a.picoseconds_) / static_cast<double>(b.picoseconds_);
  }
  constexpr Duration& operator+=(Duration d) noexcept {
    picoseconds_ += d.picoseconds_;
    return *this;
  }
  constexpr Duration& operator-=(Duration d) noexcept {
    picoseconds_ -= d.picoseconds_;
    return *this;
  }

 private:
  explicit constexpr Duration(std::int64_t n) noexcept : picoseconds_{n} {}
  std::int64_t picoseconds_ = 0;
};

class Instant {
 public:
  constexpr Instant() noexcept = default;
  static constexpr Instant at(Duration since_start) noexcept { return Instant{since_start}; }
  static constexpr Instant start() noexcept { return Instant{}; }
  // Later than every event: "nothing is due".
  static constexpr Instant never() noexcept { return Instant{Duration::max()}; }

  constexpr Duration since_start() const noexcept { return since_start_; }
  constexpr double seconds() const noexcept { return since_start_.seconds(); }

  constexpr auto operator<=>(const Instant&) const noexcept = default;
  friend constexpr Instant operator+(Instant t, Duration d) noexcept { return Instant{t.since_start_ + d}; }
  friend constexpr Instant operator-(Instant t, Duration d) noexcept { return Instant{t.since_start_ - d}; }
  friend constexpr Duration operator-(Instant a, Instant b) noexcept { return a.since_start_ - b.since_start_; }
  constexpr Instant& operator+=(Duration d) noexcept {
    since_start_ += d;
    return *this;
  }

 private:
  explicit constexpr Instant(Duration d) noexcept : since_start_{d} {}
  Duration since_start_;
};

}  // namespace farlink::units
