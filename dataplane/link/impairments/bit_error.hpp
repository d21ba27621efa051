// SPDX-License-Identifier: Apache-2.0
// Independent bit errors: a frame of L bytes (FCS included, preamble and gap not) is lost with 1 - (1 - p)^(8 L),
// because its FCS no longer fits (physics: frame loss without FEC). The power is computed once per frame length.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "dataplane/link/random.hpp"
#include "dataplane/units/probability.hpp"

namespace farlink::link {

class BitError {
 public:
  BitError(units::Probability per_bit, Random draws) noexcept : draws_{draws} { reconfigure(per_bit); }

  void reconfigure(units::Probability per_bit) noexcept {
    per_bit_ = per_bit;
    known_.fill({});
  }

  bool loses(std::uint32_t line_bytes, std::uint64_t ordinal) noexcept {
    if (per_bit_.is_zero()) return false;
    Known& known = known_[line_bytes % known_.size()];
    if (known.line_bytes != line_bytes) {
      constexpr std::uint32_t preamble_and_gap = 20;
      const double bits = 8.0 * (line_bytes - preamble_and_gap);
      known = {line_bytes, units::Probability::of(-std::expm1(bits * std::log1p(-per_bit_.value())))};
    }
    return known.loss.happens(draws_.draw(ordinal));
  }

 private:
  struct Known {
    std::uint32_t line_bytes = 0;
    units::Probability loss;
  };
  units::Probability per_bit_;
  Random draws_;
  std::array<Known, 64> known_{};
};

}  // namespace farlink::link
