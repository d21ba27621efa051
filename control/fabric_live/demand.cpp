// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_live/demand.hpp"

#include <algorithm>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/fabric_packets/queue_pair_network.hpp"
#include "control/scenario/variants.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::fabric_live {

namespace {

std::uint64_t line_bytes(const scenario::Scenario& scenario) {
  std::uint64_t payload = scenario.transport.mtu;
  if (const auto* flows = std::get_if<scenario::Flows>(&scenario.workload))
    payload = std::min(payload, flows->message.count());
  return wire::line_bytes(
      wire::frame_bytes(wire::Opcode::write_middle, static_cast<std::uint32_t>(payload), wire::IpVersion::v4, false));
}

// Data frames that one direction can hold.
std::uint64_t frames_held(const scenario::Scenario& scenario, const scenario::Link& link,
                          const scenario::DirectionSettings& settings) {
  const units::Duration delay = settings.delay + settings.equipment_delay + settings.jitter;
  const units::Bytes bytes = units::bytes_in(settings.rate, delay) + link.lossless.buffer + link.lossless.far_buffer;
  return bytes.count() / line_bytes(scenario) + 1;
}

// Data frames that the windows of lab flows let out; UINT64_MAX when nothing limits them.
std::uint64_t frames_let_out(const scenario::Scenario& scenario) {
  const auto* flows = std::get_if<scenario::Flows>(&scenario.workload);
  if (flows == nullptr) return UINT64_MAX;
  const auto& west = scenario.sites[fabric_packets::site_number(scenario, scenario.links.front().west)];
  std::uint64_t each = fabric_packets::nic_config(scenario, west).window;
  const std::uint64_t message = flows->message.count() / scenario.transport.mtu + 1;
  if (flows->depth > 0) each = std::min(each, flows->depth * message);
  return each * flows->pairs * scenario.transport.qps_per_pair;
}

}  // namespace

std::uint32_t frame_bytes(const scenario::Scenario& scenario) {
  return wire::frame_bytes(wire::Opcode::write_only_with_immediate, scenario.transport.mtu, wire::IpVersion::v4, false);
}

std::uint32_t mbufs(const scenario::Scenario& scenario) {
  constexpr std::uint64_t in_ports_and_caches = 8'192;
  constexpr std::uint64_t most = std::uint64_t{1} << 28;  // of 32 bits, and a terabyte of memory
  const bool is_one_way = std::holds_alternative<scenario::Flows>(scenario.workload);
  std::uint64_t data = 0;
  for (const scenario::Link& link : scenario.links) {
    data += std::min(frames_held(scenario, link, link.forward), frames_let_out(scenario));
    if (!is_one_way) data += frames_held(scenario, link, link.reverse);
  }
  // At worst every data frame is under way beside an acknowledgement of another one.
  return static_cast<std::uint32_t>(std::min(2 * data + in_ports_and_caches, most));
}

std::uint32_t mbufs_of_all_runs(const scenario::Scenario& scenario) {
  if (std::holds_alternative<scenario::Flows>(scenario.workload)) return mbufs(scenario);
  scenario::Scenario rung = scenario::without_congestion_control(scenario::without_loss(scenario));
  std::uint32_t count = std::max(mbufs(scenario), mbufs(rung));
  rung = scenario::without_convergence(rung);
  count = std::max(count, mbufs(rung));
  return std::max(count, mbufs(scenario::without_distance(rung)));
}

double frames_per_second(const scenario::Scenario& scenario) {
  const bool is_one_way = std::holds_alternative<scenario::Flows>(scenario.workload);
  const double bits = static_cast<double>(line_bytes(scenario)) * 8;
  double rate = 0;
  for (const scenario::Link& link : scenario.links) {
    rate += static_cast<double>(std::min(link.forward.rate, link.access).bits_per_second()) / bits;
    if (!is_one_way) rate += static_cast<double>(std::min(link.reverse.rate, link.access).bits_per_second()) / bits;
  }
  return rate;
}

}  // namespace farlink::fabric_live
