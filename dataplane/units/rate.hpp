// SPDX-License-Identifier: Apache-2.0
// BitRate in bits per second, and the three things that rate, size and time say about each other.
#pragma once

#include <cassert>
#include <compare>
#include <cstdint>

#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::units {

class BitRate {
 public:
  constexpr BitRate() noexcept = default;
  static constexpr BitRate bits_per_second(std::uint64_t n) noexcept { return BitRate{n}; }
  static constexpr BitRate megabits(std::uint64_t n) noexcept { return BitRate{n * 1'000'000}; }
  static constexpr BitRate gigabits(std::uint64_t n) noexcept { return BitRate{n * 1'000'000'000}; }
  static constexpr BitRate terabits(std::uint64_t n) noexcept { return BitRate{n * 1'000'000'000'000}; }

  constexpr std::uint64_t bits_per_second() const noexcept { return bits_per_second_; }

  constexpr auto operator<=>(const BitRate&) const noexcept = default;
  friend constexpr BitRate operator+(BitRate a, BitRate b) noexcept {
    return BitRate{a.bits_per_second_ + b.bits_per_second_};
  }
  friend constexpr BitRate operator*(BitRate a, std::uint64_t n) noexcept { return BitRate{a.bits_per_second_ * n}; }
  friend constexpr BitRate operator/(BitRate a, std::uint64_t n) noexcept { return BitRate{a.bits_per_second_ / n}; }
  friend constexpr double operator/(BitRate a, BitRate b) noexcept {
    return static_cast<double>(a.bits_per_second_) / static_cast<double>(b.bits_per_second_);
  }

 private:
  explicit constexpr BitRate(std::uint64_t n) noexcept : bits_per_second_{n} {}
  std::uint64_t bits_per_second_ = 0;
};

// Time to put `size` on the line at `rate`, rounded down to a picosecond; rate must not be zero.
constexpr Duration serialization_time(Bytes size, BitRate rate) noexcept {
  assert(rate.bits_per_second() > 0);
  const auto bits = static_cast<unsigned __int128>(size.count()) * 8U;
  return Duration::picoseconds(static_cast<std::int64_t>(bits * 1'000'000'000'000U / rate.bits_per_second()));
}

// What fits on the line in `time`: rate x time, rounded down to a byte (bandwidth-delay product when time is a round
// trip).
constexpr Bytes bytes_in(BitRate rate, Duration time) noexcept {
  assert(time >= Duration::zero());
  const auto bits = static_cast<unsigned __int128>(rate.bits_per_second()) *
                    static_cast<std::uint64_t>(time.picoseconds()) / 1'000'000'000'000U;
  return Bytes{static_cast<std::uint64_t>(bits / 8U)};
}

}  // namespace farlink::units
