// SPDX-License-Identifier: Apache-2.0
// A probability as an integer threshold: an event happens when a uniform 64-bit draw is below the threshold.
// The threshold counts steps of 2^-63 so that exactly 0 and exactly 1 both exist; draws use the upper 63 bits.
#pragma once

#include <compare>
#include <cstdint>

namespace farlink::units {

class Probability {
 public:
  constexpr Probability() noexcept = default;
  static constexpr Probability never() noexcept { return Probability{0}; }
  static constexpr Probability always() noexcept { return Probability{one}; }
  // p outside [0, 1] is clamped; text and scenario layers refuse it before.
  static constexpr Probability of(double p) noexcept {
    if (!(p > 0)) return never();
    if (p >= 1) return always();
    return Probability{static_cast<std::uint64_t>(p * 0x1p63)};
  }

  constexpr bool happens(std::uint64_t uniform_draw) const noexcept { return (uniform_draw >> 1) < threshold_; }
  constexpr bool is_zero() const noexcept { return threshold_ == 0; }
  constexpr double value() const noexcept { return static_cast<double>(threshold_) * 0x1p-63; }

  constexpr auto operator<=>(const Probability&) const noexcept = default;

 private:
  static constexpr std::uint64_t one = std::uint64_t{1} << 63;
  explicit constexpr Probability(std::uint64_t t) noexcept : threshold_{t} {}
  std::uint64_t threshold_ = 0;
};

}  // namespace farlink::units
