// SPDX-License-Identifier: Apache-2.0
// Says when a live run's loop has something else to do: a tenth of a second has passed, or a hundredth.
#pragma once

#include "dataplane/units/time.hpp"

namespace farlink::fabric_live {

class Pacemaker {
 public:
  explicit Pacemaker(units::Duration period) noexcept : period_{period} {}

  // True once in every period.
  bool is_due(units::Instant now) noexcept {
    if (now < next_) return false;
    next_ = now + period_;
    return true;
  }

 private:
  units::Duration period_;
  units::Instant next_;
};

}  // namespace farlink::fabric_live
