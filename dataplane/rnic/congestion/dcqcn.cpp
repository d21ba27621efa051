// SPDX-License-Identifier: Apache-2.0
#include "dataplane/rnic/congestion/dcqcn.hpp"

#include <algorithm>
#include <cmath>

namespace farlink::rnic {
namespace {

double bps(units::BitRate rate) noexcept { return static_cast<double>(rate.bits_per_second()); }

}  // namespace

Dcqcn::Dcqcn(const DcqcnConfig& config, units::BitRate line_rate) noexcept
    : config_{&config}, line_{bps(line_rate)}, rate_{line_}, target_{line_}, alpha_{config.initial_alpha} {}

void Dcqcn::on_cnp(units::Instant now) noexcept {
  if (has_cut_ && now - last_cut_ < config_->decrease_interval) return;
  // One step of alpha for each interval that passed without a CNP.
  if (has_cut_)
    alpha_ *= std::pow(1 - config_->g, std::floor((now - last_cut_).seconds() / config_->alpha_timer.seconds()));
  has_cut_ = true;
  last_cut_ = now;
  if (config_->clamps_target || has_increased_) target_ = rate_;
  rate_ = std::max(bps(config_->least_rate), rate_ * std::max(1 - alpha_ / 2, 1 - config_->largest_cut));
  alpha_ = (1 - config_->g) * alpha_ + config_->g;
  has_increased_ = false;
  timer_steps_ = byte_steps_ = 0;
  bytes_ = 0;
  increase_at_ = now + config_->increase_timer;
  ++cuts_;
}

void Dcqcn::on_sent(std::uint32_t line_bytes) noexcept {
  if (config_->byte_counter == units::Bytes{} || !is_limited()) return;
  bytes_ += line_bytes;
  if (bytes_ < config_->byte_counter.count()) return;
  bytes_ -= config_->byte_counter.count();
  increase();
  ++byte_steps_;
}

units::Instant Dcqcn::next_timer() const noexcept { return is_limited() ? increase_at_ : units::Instant::never(); }

void Dcqcn::on_timer(units::Instant now) noexcept {
  if (increase_at_ > now) return;
  increase();
  ++timer_steps_;
  increase_at_ += config_->increase_timer;
}

// Without a byte counter the timer's steps alone tell how far recovery has come.
void Dcqcn::increase() noexcept {
  has_increased_ = true;
  const bool has_bytes = config_->byte_counter != units::Bytes{};
  const std::uint32_t most = std::max(timer_steps_, byte_steps_);
  const std::uint32_t least = has_bytes ? std::min(timer_steps_, byte_steps_) : timer_steps_;
  if (least > config_->fast_recovery_steps)
    target_ += bps(config_->hyper_increase);
  else if (most >= config_->fast_recovery_steps)
    target_ += bps(config_->additive_increase);
  target_ = std::min(target_, line_);
  rate_ = (rate_ + target_) / 2;
  // What is missing to the line's rate halves for ever; a millionth of it is nothing.
  if (target_ >= line_ && rate_ > line_ * (1 - 1e-6)) rate_ = line_;
}

}  // namespace farlink::rnic
