// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_flows/repairs.hpp"

#include <algorithm>
#include <cmath>

namespace farlink::fabric_flows {

namespace {

// Draws which packets are lost: the gaps between losses are geometric, and none is drawn for where nothing happens.
class Losses {
 public:
  Losses(double loss, const units::Draws& draws, std::uint64_t& ordinal)
      : log_arrives_{std::log1p(-loss)}, draws_{draws}, ordinal_{ordinal} {
    next_ = gap();
  }
  double next() const noexcept { return next_; }
  void pass() noexcept { next_ += 1 + gap(); }
  double retry(const RecoverySettings& settings, const Sending& sending, Repair& repair) {
    return fabric_flows::retry(settings, sending, draws_, ordinal_, repair);
  }

 private:
  double gap() noexcept {
    const double u = 1 - draws_.uniform(ordinal_++);  // above 0
    return log_arrives_ < 0 ? std::floor(std::log(u) / log_arrives_) : 1e300;
  }

  double log_arrives_;
  const units::Draws& draws_;
  std::uint64_t& ordinal_;
  double next_ = 0;
};

// One queue pair's part of a message.
class Stripe {
 public:
  Stripe(const RecoverySettings& settings, const Sending& sending, double packets, double queue_pairs, double blocked)
      : settings_{settings},
        sending_{sending},
        packets_{packets},
        packet_time_{(sending.end - sending.start) / packets},
        at_full_rate_{packet_time_ / queue_pairs},
        blocked_{blocked} {
    // One queue pair in a stream: whatever it stands still is time that the stream loses, be it behind the message.
    is_whole_stream_ = queue_pairs == 1 && sending.is_followed;
    stalled_ = std::max(0.0, std::min(blocked_, sending.end) - sending.start);
    delay_ = std::max(0.0, blocked_ - sending.start);
  }

  void lose(double packet, std::uint32_t queue_pair, Losses& losses, Repair& repair) {
    ++repair.lost;
    const double at = sending_.start + delay_ + (packet + 1) * packet_time_;
    const double share = std::min(1.0, (packet + 1) / packets_);
    const double wait = sending_.wait_at_start + (sending_.wait_at_end - sending_.wait_at_start) * share;
    double found = sending_.round_trip + wait + packet_time_;
    const bool is_untold = packet + 1 >= packets_ && !sending_.is_followed;
    found += losses.retry(settings_, sending_, repair);
    if (is_untold) {
      repair.untold.push_back(queue_pair);
      ++repair.resent;
      return;
    }
    if (!std::isfinite(found)) found = 1e18;  // never: what waits for it gets stuck
    settings_.is_selective ? repeat(packet, at, found, repair) : go_back(packet, at, found, repair);
  }

  double blocked() const noexcept { return blocked_; }

  // What is left to send of the stripe when the message has been sent otherwise.
  void close(Repair& repair) const {
    if (blocked_ <= sending_.start) return;
    const double left = std::min(stalled_ / packet_time_, packets_ - last_);
    if (is_whole_stream_ || blocked_ <= sending_.end) {
      repair.resent_now += stalled_ / packet_time_;
      return;
    }
    repair.resent_later += left;
    repair.ready = std::max(repair.ready, blocked_ + left * at_full_rate_);
  }

 private:
  void go_back(double packet, double at, double found, Repair& repair) {
    stall(at, at + found);
    last_ = packet;
    const double behind = std::min({found / packet_time_, packets_ - packet, settings_.window});
    repair.resent += static_cast<std::uint64_t>(std::max(1.0, behind));
  }

  // The window is used up so long after the lost packet, and opens with its acknowledgement.
  void repeat(double packet, double at, double found, Repair& repair) {
    ++repair.resent;
    repair.ready = std::max(repair.ready, at + found);
    const double full = at + settings_.window * packet_time_;
    const double open = at + found + sending_.round_trip;
    const bool goes_on = sending_.is_followed || packet + settings_.window < packets_;
    if (full >= open || !goes_on) return;
    stall(full, open);
    last_ = packet + settings_.window;
  }

  void stall(double from, double to) {
    from = std::max(from, blocked_);
    if (to <= from) return;
    stalled_ +=
        is_whole_stream_ ? to - from : std::max(0.0, std::min(to, sending_.end) - std::max(from, sending_.start));
    delay_ += to - from;
    blocked_ = to;
  }

  const RecoverySettings& settings_;
  const Sending& sending_;
  double packets_, packet_time_, at_full_rate_;
  double blocked_;
  bool is_whole_stream_ = false;
  double stalled_ = 0;  // of the time in which the message was sent
  double delay_ = 0;    // of what is behind
  double last_ = 0;     // packet that everything waits for
};

}  // namespace

// Go-back-N: when the NAK is lost, the timer finds out. When what it asked for is lost again, a responder that tells
// each gap says so in a NAK that may be lost as well; one that tells a gap once leaves that to the timer.
double retry(const RecoverySettings& settings, const Sending& sending, const units::Draws& draws,
             std::uint64_t& ordinal, Repair& repair) {
  double time = 0;
  bool has_nak = true;
  for (;;) {
    const bool is_unheard = has_nak && !settings.is_selective && draws.uniform(ordinal++) < sending.answer_loss;
    if (is_unheard) {
      time += settings.timeout;
      ++repair.timeouts;
    }
    if (draws.uniform(ordinal++) >= sending.loss) return time;
    ++repair.lost;
    has_nak = settings.is_selective || settings.naks_again;
    time += has_nak ? sending.round_trip : settings.timeout;
    if (!has_nak) ++repair.timeouts;
  }
}

Repair repair(const RecoverySettings& settings, const Sending& sending, std::vector<double>& blocked,
              const units::Draws& draws, std::uint64_t& first) {
  Repair repair;
  Losses losses{sending.loss, draws, first};
  const auto packets = static_cast<double>(sending.packets);
  const bool is_blocked = std::any_of(blocked.begin(), blocked.end(), [&](double b) { return b > sending.start; });
  if (losses.next() >= packets && !is_blocked) return repair;
  const auto queue_pairs = static_cast<double>(std::min<std::uint64_t>(blocked.size(), sending.packets));
  double begin = 0;
  for (double q = 0; q < queue_pairs; ++q) {
    const double end = std::floor(packets * (q + 1) / queue_pairs);
    double& until = blocked[static_cast<std::size_t>(q)];
    Stripe stripe{settings, sending, end - begin, queue_pairs, until};
    for (; losses.next() < end; losses.pass())
      stripe.lose(losses.next() - begin, static_cast<std::uint32_t>(q), losses, repair);
    stripe.close(repair);
    until = stripe.blocked();
    begin = end;
  }
  return repair;
}

}  // namespace farlink::fabric_flows
