// SPDX-License-Identifier: Apache-2.0
// links.NAME.background: traffic of others on one direction of a link.
#pragma once

#include <cstdint>

#include "dataplane/units/rate.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::scenario {

struct Background {
  units::BitRate rate;                // on the line (preamble and gap included), while it is on
  units::Bytes frame{4096};           // of one Ethernet frame, FCS included
  std::uint8_t priority = 3;          // that of the job's data by default
  units::Duration on = {}, off = {};  // zero both: always on
  bool has_random_periods = false;    // exponential, with `on` and `off` as means
  bool operator==(const Background&) const = default;

  // Share of the time in which it is on.
  double share_on() const noexcept { return off == units::Duration::zero() ? 1 : on / (on + off); }
};

}  // namespace farlink::scenario
