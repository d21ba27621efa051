// SPDX-License-Identifier: Apache-2.0
// Exponential draws: what lies between the events of a Poisson process, in multiples of its mean. -ln(1 - u), u uniform
// in [0, 1) from the upper 53 bits of a draw.
#pragma once

#include <cmath>
#include <cstdint>

#include "dataplane/link/random.hpp"

namespace farlink::link {

inline double exponential(const Random& draws, std::uint64_t ordinal) noexcept {
  return -std::log1p(-static_cast<double>(draws.draw(ordinal) >> 11) * 0x1p-53);
}

}  // namespace farlink::link
