// SPDX-License-Identifier: Apache-2.0
// Counter-based randomness: a draw is a hash of (seed, link, direction, stage, ordinal), so that nothing depends on
// burst size, thread count, or whether another stage was added. The mixer is the finalizer of SplitMix64 (Steele, Lea,
// Flood 2014), applied twice with the key added in between.
#pragma once

#include <cstdint>

namespace farlink::link {

enum class Stage : std::uint8_t {
  ecn = 1,
  random_loss,
  burst_state,
  burst_loss,
  bit_error,
  corrupt,
  duplicate,
  ce_mark,
  jitter,
  fault,  // of a link: when it is cut
  flowlet
};

constexpr std::uint64_t mix(std::uint64_t x) noexcept {
  x ^= x >> 30;
  x *= 0xbf58476d1ce4e5b9ULL;
  x ^= x >> 27;
  x *= 0x94d049bb133111ebULL;
  x ^= x >> 31;
  return x;
}

// The key of one stage of one direction; draw(ordinal) is uniform over 64 bits.
class Random {
 public:
  constexpr Random() noexcept = default;
  constexpr Random(std::uint64_t seed, std::uint32_t link, std::uint32_t direction, Stage stage) noexcept
      : key_{mix(mix(seed + 0x9e3779b97f4a7c15ULL) ^
                 ((std::uint64_t{link} << 32) | (std::uint64_t{direction} << 8) | static_cast<std::uint64_t>(stage)))} {
  }

  constexpr std::uint64_t draw(std::uint64_t ordinal) const noexcept {
    return mix(mix(ordinal * 0x9e3779b97f4a7c15ULL + key_) + key_);
  }

 private:
  std::uint64_t key_ = 0;
};

}  // namespace farlink::link
