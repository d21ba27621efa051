// SPDX-License-Identifier: Apache-2.0
// A retransmission timer that follows what it sees: 4.096 us x 2^k, k one less with every acknowledgement of something
// new, one more each time it runs out, between its least and the ack timeout. A queue pair fails when as much time has
// passed without progress as the plain timer would take for it. After the vendor's description of adaptive
// retransmission; docs/model.md. Owner: a requester.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "dataplane/rnic/config.hpp"
#include "dataplane/wire/syndrome.hpp"

namespace farlink::rnic {

class AdaptiveTimer {
 public:
  // config.adaptive_timer is set, and at most config.ack_timeout.
  explicit AdaptiveTimer(const Config& config) noexcept
      : least_{*config.adaptive_timer}, most_{config.ack_timeout}, exponent_{config.ack_timeout} {
    if (config.retry) limit_ = wire::local_ack_timeout(most_) * std::int64_t{*config.retry + 1};
  }

  // Of a timer that starts now.
  Duration length() const noexcept {
    const Duration length = Duration::nanoseconds(4'096) * (std::int64_t{1} << exponent_);
    return limit_ ? std::min(length, *limit_ - waited_) : length;
  }

  void on_progress() noexcept {
    if (exponent_ > least_) --exponent_;
    waited_ = Duration::zero();
  }

  // It ran out. False: for the last time.
  bool on_expiry() noexcept {
    waited_ = waited_ + length();
    if (exponent_ < most_) ++exponent_;
    return !limit_ || waited_ < *limit_;
  }

 private:
  std::uint8_t least_, most_, exponent_;
  Duration waited_;                // since the last progress, in timers that ran out
  std::optional<Duration> limit_;  // unset: endless
};

}  // namespace farlink::rnic
