// SPDX-License-Identifier: Apache-2.0
// Counter-based randomness: a draw is a hash of (seed, stream, ordinal), so that it depends on nothing that was drawn
// before it, nor on who draws beside it. The mixer is the finalizer of SplitMix64 (Steele, Lea, Flood 2014), applied
// twice with the key added in between.
#pragma once

#include <cstdint>

namespace farlink::units {

constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  x ^= x >> 31;
  return x;
}

// The key of one stream; draw(ordinal) is uniform over 64 bits.
class Draws {
 public:
  constexpr Draws() noexcept = default;
  constexpr Draws(std::uint64_t seed, std::uint64_t stream) noexcept
      : key_{mix(mix(seed + 0x9e3779b97f4a7c15ULL) ^ stream)} {}

  [[gnu::always_inline]] constexpr std::uint64_t draw(std::uint64_t ordinal) const noexcept {
    return mix(mix(ordinal * 0x9e3779b97f4a7c15ULL + key_) + key_);
  }
  // From 0 to below 1.
  constexpr double uniform(std::uint64_t ordinal) const noexcept {
    return static_cast<double>(draw(ordinal) >> 11) * 0x1p-53;
  }

 private:
  std::uint64_t key_ = 0;
};

}  // namespace farlink::units
