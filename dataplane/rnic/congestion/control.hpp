// SPDX-License-Identifier: Apache-2.0
// Congestion control of one queue pair: what it is set to, and when its next packet may be sent. A scheme is a class of
// its own with a rate or a window, and is one more alternative here. Owner: the RNIC.
#pragma once

#include <algorithm>
#include <variant>

#include "dataplane/rnic/congestion/dcqcn.hpp"
#include "dataplane/rnic/congestion/swift.hpp"
#include "dataplane/units/rate.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::rnic {

struct RateLimit {
  units::BitRate rate;  // of each queue pair, bits on the line
  bool operator==(const RateLimit&) const = default;
};

// monostate: none, every queue pair takes what it can get.
using CongestionConfig = std::variant<std::monostate, RateLimit, DcqcnConfig, SwiftConfig>;

class CongestionControl {
 public:
  // `config` must outlive it, and not be monostate. largest_window: packets.
  CongestionControl(const CongestionConfig& config, units::BitRate line_rate, double largest_window)
      : scheme_{scheme_of(config, line_rate, largest_window)}, line_rate_{line_rate} {}

  // When the next packet may enter the serializer.
  units::Instant next_send() const noexcept { return next_send_; }
  // A packet of so many bytes on the line entered it. The rate is that of this moment: what changes it later changes
  // the gap behind the next packet.
  void on_sent(std::uint32_t line_bytes, units::Instant now) noexcept {
    if (const auto* swift = std::get_if<Swift>(&scheme_)) {
      next_send_ = now + swift->gap();
      return;
    }
    auto* dcqcn = std::get_if<Dcqcn>(&scheme_);
    if (dcqcn != nullptr && !dcqcn->is_limited()) return;  // the serializer keeps the distance
    const double gap = static_cast<double>(line_bytes) * 8e12 / rate_at(now);
    next_send_ = std::max(now, next_send_) + units::Duration::picoseconds(static_cast<std::int64_t>(gap));
    if (dcqcn != nullptr) dcqcn->on_sent(line_bytes);
  }
  void on_cnp(units::Instant now) noexcept {
    if (auto* dcqcn = std::get_if<Dcqcn>(&scheme_)) {
      catch_up(*dcqcn, now);
      dcqcn->on_cnp(now);
    }
  }

  // Schemes with a window; null: of a rate.
  Swift* swift() noexcept { return std::get_if<Swift>(&scheme_); }
  const Swift* swift() const noexcept { return std::get_if<Swift>(&scheme_); }

  // How often the rate or window was lowered.
  std::uint64_t cuts() const noexcept {
    if (const Swift* window = swift()) return window->cuts();
    const auto* dcqcn = std::get_if<Dcqcn>(&scheme_);
    return dcqcn == nullptr ? 0 : dcqcn->cuts();
  }
  // Bits on the line per second; the line's where a window decides.
  double rate_at(units::Instant now) noexcept {
    if (const auto* limit = std::get_if<RateLimit>(&scheme_)) return bps(limit->rate);
    auto* dcqcn = std::get_if<Dcqcn>(&scheme_);
    if (dcqcn == nullptr) return bps(line_rate_);
    catch_up(*dcqcn, now);
    return bps(dcqcn->rate());
  }

 private:
  using Scheme = std::variant<RateLimit, Dcqcn, Swift>;

  static Scheme scheme_of(const CongestionConfig& config, units::BitRate line_rate, double largest_window) {
    if (const auto* limit = std::get_if<RateLimit>(&config)) return *limit;
    if (const auto* swift = std::get_if<SwiftConfig>(&config)) return Swift{*swift, largest_window};
    return Dcqcn{std::get<DcqcnConfig>(config), line_rate};
  }
  static double bps(units::BitRate rate) noexcept { return static_cast<double>(rate.bits_per_second()); }
  // Timers change nothing but the rate, which nobody looks at in between.
  static void catch_up(Dcqcn& dcqcn, units::Instant now) noexcept {
    while (dcqcn.next_timer() <= now) dcqcn.on_timer(dcqcn.next_timer());
  }

  Scheme scheme_;
  units::Instant next_send_;
  units::BitRate line_rate_;
};

}  // namespace farlink::rnic
