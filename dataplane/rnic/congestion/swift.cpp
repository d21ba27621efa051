// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/congestion/swift.hpp"

#include <algorithm>
#include <cmath>

namespace farlink::rnic {
namespace {

constexpr double least_window = 0.01;
// The scaling of the target goes from all to nothing between windows of 0.1 and 100 packets: 1 / sqrt of each.
constexpr double scaled_most = 3.1622776601683795, scaled_least = 0.1;

units::Duration times(units::Duration duration, double factor) noexcept {
  return units::Duration::picoseconds(static_cast<std::int64_t>(static_cast<double>(duration.picoseconds()) * factor));
}

}  // namespace

Swift::Swift(const SwiftConfig& config, double largest_window) noexcept
    : config_{&config},
      window_{std::clamp(config.initial_window, 1.0, largest_window)},
      largest_window_{largest_window},
      delay_{config.base_delay} {}

void Swift::on_sent(std::uint64_t end, bool has_answer, units::Instant now) noexcept {
  if (end <= sent_) {  // sent again: which of the two an acknowledgement answers cannot be told
    timed_end_ = 0;
    return;
  }
  sent_ = end;
  if (!has_answer || timed_end_ != 0) return;
  timed_end_ = end;
  timed_at_ = now;
}

void Swift::on_acknowledged(std::uint64_t count, units::Instant now) noexcept {
  fresh_ += count - acknowledged_;
  acknowledged_ = count;
  if (timed_end_ == 0 || count < timed_end_) return;
  timed_end_ = 0;
  delay_ = now - timed_at_;
  decide();
  fresh_ = 0;
}

void Swift::decide() noexcept {
  const units::Duration target = target_delay();
  if (delay_ < target) {
    const double packets = config_->additive_increase * static_cast<double>(fresh_);
    window_ += window_ >= 1 ? packets / window_ : packets;
  } else {
    const double excess = (delay_ - target) / delay_;
    const double kept = std::max(1 - config_->multiplicative_decrease * excess, 1 - config_->largest_cut);
    if (kept < 1) ++cuts_;
    window_ *= kept;
  }
  window_ = std::clamp(window_, least_window, largest_window_);
}

units::Duration Swift::target_delay() const noexcept {
  const units::Duration fixed = config_->base_delay + config_->target;
  if (config_->flow_scaling == units::Duration::zero()) return fixed;
  const double share = (1 / std::sqrt(window_) - scaled_least) / (scaled_most - scaled_least);
  return fixed + times(config_->flow_scaling, std::clamp(share, 0.0, 1.0));
}

units::Duration Swift::gap() const noexcept {
  return window_ < 1 ? times(delay_, 1 / window_) : units::Duration::zero();
}

}  // namespace farlink::rnic
