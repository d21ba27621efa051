// SPDX-License-Identifier: Apache-2.0
// DCQCN's reaction point: the rate of one queue pair, cut by CNPs and raised by a timer and a byte counter. Zhu et al.,
// SIGCOMM 2015, section 5; docs/model.md has the formulas. The notification point (a CNP for marked packets, at most
// one in an interval) is the RNIC's, the congestion point the link's marking. Owner: the RNIC.
#pragma once

#include <cstdint>

#include "dataplane/units/rate.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::rnic {

struct DcqcnConfig {
  double g = 1.0 / 256;                                                   // weight of the newest sample in alpha
  double initial_alpha = 1;                                               // 0-1
  units::Duration alpha_timer = units::Duration::microseconds(55);        // alpha decays each time without a CNP
  units::Duration decrease_interval = units::Duration::microseconds(50);  // at most one cut in it
  units::Duration increase_timer = units::Duration::microseconds(55);     // T
  units::Bytes byte_counter;                                              // B; 0: not used
  std::uint32_t fast_recovery_steps = 5;                                  // F
  units::BitRate additive_increase = units::BitRate::megabits(40);        // R_AI
  units::BitRate hyper_increase = units::BitRate::megabits(400);          // R_HAI
  double largest_cut = 0.5;                                               // of the rate, by one CNP
  units::BitRate least_rate = units::BitRate::megabits(1);
  bool clamps_target = true;  // every cut sets the target to the rate before it; else only the first after an increase
  bool operator==(const DcqcnConfig&) const = default;
};

class Dcqcn {
 public:
  Dcqcn(const DcqcnConfig& config, units::BitRate line_rate) noexcept;

  // A CNP for this queue pair arrived.
  void on_cnp(units::Instant now) noexcept;
  // A packet of so many bytes on the line was sent.
  void on_sent(std::uint32_t line_bytes) noexcept;
  // Runs what is due at next_timer().
  void on_timer(units::Instant now) noexcept;
  // never() while the rate is that of the line.
  units::Instant next_timer() const noexcept;

  bool is_limited() const noexcept { return rate_ < line_; }
  units::BitRate rate() const noexcept { return units::BitRate::bits_per_second(static_cast<std::uint64_t>(rate_)); }
  double target_bps() const noexcept { return target_; }
  // As of the last cut: what it decays by until the next one is worked out then.
  double alpha() const noexcept { return alpha_; }
  std::uint64_t cuts() const noexcept { return cuts_; }

 private:
  void increase() noexcept;

  const DcqcnConfig* config_;
  double line_, rate_, target_;  // bits per second
  double alpha_;
  units::Instant last_cut_;
  units::Instant increase_at_ = units::Instant::never();
  std::uint64_t bytes_ = 0;  // towards the byte counter
  std::uint32_t timer_steps_ = 0, byte_steps_ = 0;
  bool has_cut_ = false;
  bool has_increased_ = true;  // since the last cut
  std::uint64_t cuts_ = 0;
};

}  // namespace farlink::rnic
