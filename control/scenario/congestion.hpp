// SPDX-License-Identifier: Apache-2.0
// transport.congestion-control as typed values: what each scheme is set to after its preset and its keys. Formulas:
// docs/model.md.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

#include "dataplane/units/rate.hpp"
#include "dataplane/units/size.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::scenario {

// A rate, or a share of the NIC's: some parameter sets grow with the NIC.
using RateOrShare = std::variant<units::BitRate, double>;

struct RateLimit {
  units::BitRate rate;  // of each queue pair, bits on the line
  bool operator==(const RateLimit&) const = default;
};

struct Dcqcn {
  double g = 0;
  double initial_alpha = 1;
  units::Duration alpha_timer = {};
  units::Duration decrease_interval = {};
  units::Duration increase_timer = {};
  units::Bytes byte_counter = {};  // 0: not used
  std::uint32_t fast_recovery_steps = 0;
  RateOrShare additive_increase = {};
  RateOrShare hyper_increase = {};
  double largest_cut = 0.5;
  units::BitRate least_rate = {};
  bool clamps_target = false;
  units::Duration cnp_interval = {};  // of the notification point
  bool operator==(const Dcqcn&) const = default;
};

struct Swift {
  std::optional<units::Duration> base_delay = std::nullopt;  // unset: of the site's longest link, when it is empty
  units::Duration target = units::Duration::microseconds(50);
  units::Duration flow_scaling = units::Duration::microseconds(100);
  double window_increase = 1;  // packets in a round trip
  double multiplicative_decrease = 0.8;
  double largest_cut = 0.5;
  bool operator==(const Swift&) const = default;
};

// `name` is one of the grammar's words.
Dcqcn dcqcn_preset(std::string_view name);

// monostate: none.
using CongestionControl = std::variant<std::monostate, RateLimit, Dcqcn, Swift>;

}  // namespace farlink::scenario
