// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_live/demand.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/fabric_packets/queue_pair_network.hpp"
#include "control/fabric_packets/schedule.hpp"
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

// Data frames that each direction of the link can hold, whatever happens to it: at the highest rate, over the longest
// delay, in the largest buffers.
std::array<std::uint64_t, 2> frames_held(const scenario::Scenario& scenario) {
  const scenario::Link& link = scenario.links.front();
  const std::uint32_t west = scenario.sites[fabric_packets::site_number(scenario, link.west)].gpus;
  const std::uint32_t east = scenario.sites[fabric_packets::site_number(scenario, link.east)].gpus;
  const auto configs = fabric_packets::direction_configs(scenario, 0, west, east);
  const fabric_packets::Schedule schedule =
      fabric_packets::schedule_of(scenario, std::vector<std::uint32_t>(scenario.sites.size(), std::max(west, east)));
  std::array<std::uint64_t, 2> frames{};
  for (std::size_t direction = 0; direction < 2; ++direction) {
    units::BitRate rate;
    units::Duration delay;
    units::Bytes buffers{0};
    const auto take_larger = [&](const link::DirectionConfig& config) {
      rate = std::max(rate, config.near_edge.rate * config.near_edge.waves);
      delay = std::max(delay, config.fibre.delay + config.fibre.jitter + config.near_edge.skew);
      buffers = std::max(buffers, config.near_edge.buffer + config.far_edge.buffer);
    };
    take_larger(configs.at(direction));
    for (const virtual_time::Change& change : schedule.changes.front().at(direction)) take_larger(change.config);
    frames.at(direction) = (units::bytes_in(rate, delay) + buffers).count() / line_bytes(scenario) + 1;
  }
  return frames;
}

// Data frames that the windows of lab flows let out; UINT64_MAX when nothing limits them.
std::uint64_t frames_let_out(const scenario::Scenario& scenario) {
  const auto* flows = std::get_if<scenario::Flows>(&scenario.workload);
  if (flows == nullptr) return UINT64_MAX;
  const auto& west = scenario.sites[fabric_packets::site_number(scenario, scenario.links.front().west)];
  std::uint64_t each = fabric_packets::nic_config(scenario, west).window;
  const std::uint64_t message = flows->message.count() / scenario.transport.mtu + 1;
  if (flows->depth > 0) each = std::min(each, flows->depth * message);
  return each * flows->pairs * scenario.transport.queue_pairs();
}

}  // namespace

std::uint32_t frame_bytes(const scenario::Scenario& scenario) {
  return wire::frame_bytes(wire::Opcode::write_only_with_immediate, scenario.transport.mtu, wire::IpVersion::v4, false);
}

std::uint32_t mbufs(const scenario::Scenario& scenario) {
  constexpr std::uint64_t in_ports_and_caches = 8'192;
  constexpr std::uint64_t most = std::uint64_t{1} << 28;  // of 32 bits, and a terabyte of memory
  const bool is_one_way = std::holds_alternative<scenario::Flows>(scenario.workload);
  const auto held = frames_held(scenario);
  const std::uint64_t data = std::min(held[0], frames_let_out(scenario)) + (is_one_way ? 0 : held[1]);
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
