// SPDX-License-Identifier: Apache-2.0
// Distance of fibre in millimetres, and the light in it: delay = distance x group index / c, c = 299 792 458 m/s.
#pragma once

#include <compare>
#include <cstdint>

#include "dataplane/units/time.hpp"

namespace farlink::units {

class Distance {
 public:
  constexpr Distance() noexcept = default;
  static constexpr Distance millimetres(std::int64_t n) noexcept { return Distance{n}; }
  static constexpr Distance metres(std::int64_t n) noexcept { return Distance{n * 1'000}; }
  static constexpr Distance kilometres(std::int64_t n) noexcept { return Distance{n * 1'000'000}; }

  constexpr std::int64_t millimetres() const noexcept { return millimetres_; }
  constexpr double kilometres() const noexcept { return static_cast<double>(millimetres_) * 1e-6; }

  constexpr auto operator<=>(const Distance&) const noexcept = default;

 private:
  explicit constexpr Distance(std::int64_t n) noexcept : millimetres_{n} {}
  std::int64_t millimetres_ = 0;
};

// Group index of a medium as an integer of 1e-7 steps (1.4682 -> 14'682'000), so that delays are exact everywhere.
class GroupIndex {
 public:
  constexpr GroupIndex() noexcept = default;
  // Rounded to the nearest step; the index of a medium is at least 1.
  static constexpr GroupIndex of(double index) noexcept {
    const double steps = index * 1e7;
    const auto whole = static_cast<std::int64_t>(steps);
    return GroupIndex{steps - static_cast<double>(whole) < 0.5 ? whole : whole + 1};
  }
  constexpr double value() const noexcept { return static_cast<double>(tenmillionths_) * 1e-7; }
  constexpr std::int64_t tenmillionths() const noexcept { return tenmillionths_; }
  constexpr auto operator<=>(const GroupIndex&) const noexcept = default;

 private:
  explicit constexpr GroupIndex(std::int64_t n) noexcept : tenmillionths_{n} {}
  std::int64_t tenmillionths_ = 10'000'000;
};

// One-way propagation delay, rounded to the nearest picosecond.
constexpr Duration propagation_delay(Distance distance, GroupIndex index) noexcept {
  constexpr std::int64_t c = 299'792'458;  // m/s
  // mm x 1e-7 / (m/s) in ps: x 1e12 x 1e-3 x 1e-7 = 1e2
  const __int128 numerator = static_cast<__int128>(distance.millimetres()) * index.tenmillionths() * 100;
  return Duration::picoseconds(static_cast<std::int64_t>((numerator + c / 2) / c));
}

}  // namespace farlink::units
