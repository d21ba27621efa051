// SPDX-License-Identifier: Apache-2.0
// Gilbert-Elliott loss: two states, good and bad; parameters as in tc-netem's gemodel (p, r, 1-k in good, 1-h in bad).
// Stationary loss = (r (1-k) + p (1-h)) / (p + r); with k = 1, h = 0 the mean burst is 1/r frames (oracle O21).
// The loss is drawn in the state before the move, so a burst starts with the frame after good->bad.
#pragma once

#include <optional>

#include "dataplane/link/config.hpp"
#include "dataplane/link/random.hpp"

namespace farlink::link {

class BurstLoss {
 public:
  BurstLoss(const std::optional<GilbertElliott>& config, Random state, Random loss) noexcept
      : config_{config}, state_draws_{state}, loss_draws_{loss} {}

  // The state is kept, so a change of parameters does not end a burst.
  void reconfigure(const std::optional<GilbertElliott>& config) noexcept { config_ = config; }

  // In the present state, which stays as it is.
  bool would_lose(std::uint64_t ordinal) const noexcept {
    return config_ && (is_bad_ ? config_->loss_bad : config_->loss_good).happens(loss_draws_.draw(ordinal));
  }
  bool loses(std::uint64_t ordinal) noexcept {
    if (!config_) return false;
    const bool is_lost = (is_bad_ ? config_->loss_bad : config_->loss_good).happens(loss_draws_.draw(ordinal));
    const std::uint64_t draw = state_draws_.draw(ordinal);
    if (is_bad_)
      is_bad_ = !config_->bad_to_good.happens(draw);
    else
      is_bad_ = config_->good_to_bad.happens(draw);
    return is_lost;
  }

 private:
  std::optional<GilbertElliott> config_;
  Random state_draws_, loss_draws_;
  bool is_bad_ = false;
};

}  // namespace farlink::link
