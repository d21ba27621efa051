// SPDX-License-Identifier: Apache-2.0
// Independent bit errors: a frame of L bytes (FCS included, preamble and gap not) is lost with 1 - (1 - p)^(8 L),
// because its FCS no longer fits; behind a block code, with a codeword that could not be corrected. The power is
// computed once per frame length.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>

#include "dataplane/link/impairments/forward_error_correction.hpp"
#include "dataplane/link/random.hpp"
#include "dataplane/units/probability.hpp"

namespace farlink::link {

class BitError {
 public:
  // One of the two probabilities is zero. `overhead`: bytes of encapsulation that each frame has besides on the line.
  BitError(units::Probability per_bit, Random draws, units::Probability per_codeword = {},
           std::uint32_t overhead = 0) noexcept
      : draws_{draws} {
    reconfigure(per_bit, per_codeword, overhead);
  }

  void reconfigure(units::Probability per_bit, units::Probability per_codeword = {},
                   std::uint32_t overhead = 0) noexcept {
    per_bit_ = per_bit;
    per_codeword_ = per_codeword;
    overhead_ = overhead;
    known_.fill({});
  }

  bool loses(std::uint32_t line_bytes, std::uint64_t ordinal) noexcept {
    if (per_bit_.is_zero() && per_codeword_.is_zero()) return false;
    Known& known = known_[line_bytes % known_.size()];
    if (known.line_bytes != line_bytes) known = {line_bytes, units::Probability::of(loss_of(line_bytes + overhead_))};
    return known.loss.happens(draws_.draw(ordinal));
  }

 private:
  double loss_of(std::uint32_t line_bytes) const noexcept {
    if (!per_codeword_.is_zero()) return frame_loss_of_codewords(per_codeword_.value(), line_bytes);
    constexpr std::uint32_t preamble_and_gap = 20;
    const double bits = 8.0 * (line_bytes - preamble_and_gap);
    return -std::expm1(bits * std::log1p(-per_bit_.value()));
  }

  struct Known {
    std::uint32_t line_bytes = 0;
    units::Probability loss;
  };
  units::Probability per_bit_, per_codeword_;
  std::uint32_t overhead_ = 0;
  Random draws_;
  std::array<Known, 64> known_{};
};

}  // namespace farlink::link
