// SPDX-License-Identifier: Apache-2.0
// The streams of a link's randomness: a draw is a hash of (seed, link, direction, stage, ordinal), so that nothing
// depends on burst size, thread count, or whether another stage was added.
#pragma once

#include <cstdint>

#include "dataplane/units/draws.hpp"

namespace farlink::link {

using units::mix;

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
  flowlet,
  background  // how long cross traffic is on and off
};

// One stage of one direction.
class Random : public units::Draws {
 public:
  constexpr Random() noexcept = default;
  constexpr Random(std::uint64_t seed, std::uint32_t link, std::uint32_t direction, Stage stage) noexcept
      : Draws{seed, (std::uint64_t{link} << 32) | (std::uint64_t{direction} << 8) | static_cast<std::uint64_t>(stage)} {
  }
};

}  // namespace farlink::link
