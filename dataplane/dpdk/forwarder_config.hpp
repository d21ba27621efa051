// SPDX-License-Identifier: Apache-2.0
// What a live dataplane is built from: plain values that control makes of a scenario.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "dataplane/dpdk/eal.hpp"
#include "dataplane/link/config.hpp"

namespace farlink::dpdk {

struct SiteConfig {
  std::string name;
  std::vector<std::string> devices;  // access ports
  units::BitRate port_rate;          // of each, for the quanta of pause frames
  units::BitRate sender_rate{};      // of each RNIC behind them, as far edges reckon quanta; zero: the ports'
};

struct LinkConfig {
  std::string name;
  std::uint32_t west = 0, east = 0;                   // sites
  std::array<link::DirectionConfig, 2> directions{};  // [0]: west to east; far_edge.ports: access ports of the far site
  bool has_pfc = false;                               // pause frames are sent and obeyed, or absorbed (off)
};

enum class Idle : std::uint8_t { spin, yield };

struct ForwarderConfig {
  std::string name = "farlink";
  std::vector<SiteConfig> sites;
  std::vector<LinkConfig> links;
  std::uint32_t mbufs = 16'384;
  std::uint32_t frame_bytes = 9'216;  // largest frame without FCS
  Idle idle = Idle::spin;
  units::Duration max_lag = units::Duration::microseconds(100);
};

}  // namespace farlink::dpdk
