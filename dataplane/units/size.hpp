// SPDX-License-Identifier: Apache-2.0
// Bytes: an amount of data, in memory or on the line. Never negative; subtraction below zero is a programmer's error.
#pragma once

#include <cassert>
#include <compare>
#include <cstdint>

namespace farlink::units {

class Bytes {
 public:
  constexpr Bytes() noexcept = default;
  explicit constexpr Bytes(std::uint64_t n) noexcept : count_{n} {}
  static constexpr Bytes kibi(std::uint64_t n) noexcept { return Bytes{n << 10}; }
  static constexpr Bytes mebi(std::uint64_t n) noexcept { return Bytes{n << 20}; }
  static constexpr Bytes gibi(std::uint64_t n) noexcept { return Bytes{n << 30}; }

  constexpr std::uint64_t count() const noexcept { return count_; }

  constexpr auto operator<=>(const Bytes&) const noexcept = default;
  friend constexpr Bytes operator+(Bytes a, Bytes b) noexcept { return Bytes{a.count_ + b.count_}; }
  friend constexpr Bytes operator-(Bytes a, Bytes b) noexcept {
    assert(a.count_ >= b.count_);
    return Bytes{a.count_ - b.count_};
  }
  friend constexpr Bytes operator*(Bytes a, std::uint64_t n) noexcept { return Bytes{a.count_ * n}; }
  friend constexpr Bytes operator*(std::uint64_t n, Bytes a) noexcept { return a * n; }
  friend constexpr Bytes operator/(Bytes a, std::uint64_t n) noexcept { return Bytes{a.count_ / n}; }
  friend constexpr double operator/(Bytes a, Bytes b) noexcept {
    return static_cast<double>(a.count_) / static_cast<double>(b.count_);
  }
  constexpr Bytes& operator+=(Bytes b) noexcept {
    count_ += b.count_;
    return *this;
  }
  constexpr Bytes& operator-=(Bytes b) noexcept { return *this = *this - b; }

 private:
  std::uint64_t count_ = 0;
};

}  // namespace farlink::units
