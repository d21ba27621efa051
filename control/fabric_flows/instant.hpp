// SPDX-License-Identifier: Apache-2.0
// Flows reckon in picoseconds with fractions; what happens, happens at an Instant.
#pragma once

#include <cmath>
#include <cstdint>

#include "dataplane/units/time.hpp"

namespace farlink::fabric_flows {

inline constexpr double forever = 4e18;  // picoseconds; beyond it nothing happens

// The first Instant at or behind so many picoseconds.
inline units::Instant instant_at(double picoseconds) noexcept {
  if (!(picoseconds < forever)) return units::Instant::never();
  return units::Instant::start() + units::Duration::picoseconds(static_cast<std::int64_t>(std::ceil(picoseconds)));
}

}  // namespace farlink::fabric_flows
