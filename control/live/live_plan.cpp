// SPDX-License-Identifier: Apache-2.0
#include "control/live/live_plan.hpp"

#include <algorithm>
#include <bit>
#include <numeric>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/fabric_packets/queue_pair_network.hpp"
#include "control/scenario/change.hpp"
#include "dataplane/units/text.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::live {

namespace {

using units::Bytes;

// Of DPDK 22.11: an mbuf's header, its entry in the pool, the room in front of the frame, the least data room; what a
// lcore's cache may hold back; and for the environment, the devices' queues and the pool's own ring.
constexpr std::uint64_t mbuf_header = 128, pool_entry = 64, headroom = 128, least_room = 2'176;
constexpr std::uint64_t kernel_header = 66;  // of net_af_packet's slots, which an mbuf must hold too
constexpr std::uint64_t cached_per_lcore = 256 * 3 / 2;
constexpr std::uint64_t burst = 64;
constexpr std::uint64_t environment_bytes = std::uint64_t{32} << 20;
constexpr std::uint64_t hugepage_bytes = std::uint64_t{2} << 20;
constexpr std::uint64_t state_of_frame = 64;
// Cache lines per frame that the lcore fetches or writes back, at arrival and once more at departure: two of the mbuf,
// one of link state, one of the frame.
constexpr std::uint64_t touched_by_core = std::uint64_t{2} * 4 * 64;

Bytes mbuf_bytes(Bytes largest_frame) {
  const std::uint64_t room = (headroom + largest_frame.count() + 63) / 64 * 64;
  return Bytes{pool_entry + mbuf_header + std::max(room, least_room)};
}

std::uint64_t line_bytes(Bytes frame) { return wire::line_bytes(static_cast<std::uint32_t>(frame.count())); }

Bytes in_fibre(const DirectionDemand& d) { return units::bytes_in(d.rate, d.propagation + d.other_delay); }

Bytes held(const DirectionDemand& d) { return in_fibre(d) + d.near_buffer + d.far_buffer; }

DirectionDemand direction_of(const scenario::Scenario& scenario, std::size_t number, bool is_forward) {
  const scenario::Link& link = scenario.links[number];
  const auto ports = [&scenario](const std::string& name) {
    return scenario.sites[fabric_packets::site_number(scenario, name)].gpus;
  };
  const link::FarEdgeConfig far =
      fabric_packets::direction_configs(scenario, static_cast<std::uint32_t>(number), ports(link.west),
                                        ports(link.east))[is_forward ? 0 : 1]
          .far_edge;
  const scenario::DirectionSettings& settings = is_forward ? link.forward : link.reverse;
  return {.link = link.name,
          .from = is_forward ? link.west : link.east,
          .to = is_forward ? link.east : link.west,
          .rate = settings.rate,
          .propagation = settings.delay,
          .other_delay = settings.equipment_delay + settings.jitter + link.skew,
          .near_buffer = link.lossless.buffer,
          .far_buffer = far.buffer,
          .has_distance = link.distance.has_value(),
          .distance = link.distance.value_or(units::Distance{})};
}

// Every direction of `scenario`, where it holds more than what is in `directions` already.
void take_larger(std::vector<DirectionDemand>& directions, const scenario::Scenario& scenario) {
  for (std::size_t i = 0; i < scenario.links.size(); ++i) {
    for (const bool is_forward : {true, false}) {
      DirectionDemand& known = directions[2 * i + (is_forward ? 0 : 1)];
      DirectionDemand d = direction_of(scenario, i, is_forward);
      if (known.link.empty() || held(d) > held(known)) known = std::move(d);
    }
  }
}

// First fit, the fastest first: both ways of a link may share a core, one way is never split.
void give_cores(LivePlan& plan, double per_core) {
  std::vector<std::size_t> order(plan.directions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&plan](std::size_t a, std::size_t b) {
    return plan.directions[a].frames_per_second > plan.directions[b].frames_per_second;
  });
  std::vector<double> cores;
  for (const std::size_t i : order) {
    DirectionPlan& direction = plan.directions[i];
    direction.is_too_fast = direction.frames_per_second > per_core;
    const auto fits = [&](double used) { return used + direction.frames_per_second <= per_core; };
    auto core = std::find_if(cores.begin(), cores.end(), fits);
    if (core == cores.end()) core = cores.insert(core, 0);
    *core += direction.frames_per_second;
    direction.core = static_cast<std::uint32_t>(core - cores.begin());
  }
  plan.cores = static_cast<std::uint32_t>(cores.size());
}

void add_notes(LivePlan& plan, const Demand& demand) {
  const std::string million = std::to_string(demand.frames_per_core / 1'000'000) + " million";
  bool is_possible = true;
  for (const DirectionPlan& d : plan.directions) {
    if (!d.is_too_fast) continue;
    is_possible = false;
    const auto most = units::BitRate::bits_per_second(demand.frames_per_core * line_bytes(demand.mean_frame) * 8);
    plan.notes.push_back(d.demand.link + ", " + d.demand.from + "->" + d.demand.to + ": " +
                         std::to_string(static_cast<std::uint64_t>(d.frames_per_second / 1e6)) +
                         " million frames a second are more than one core forwards (" + million +
                         "), and a direction is never split; with frames of this size " + units::to_text(most) +
                         " would do");
  }
  if (is_possible && plan.cores > demand.lcores) {
    plan.notes.push_back("at the full rate of all directions " + std::to_string(plan.cores) +
                         " cores are wanted, dpdk.lcores has " + std::to_string(demand.lcores));
  }
}

}  // namespace

Demand demand_of(const scenario::Scenario& scenario) {
  Demand demand;
  demand.directions.resize(2 * scenario.links.size());
  take_larger(demand.directions, scenario);
  scenario::Scenario state = scenario;
  for (const scenario::Event& event : scenario.events) {
    const std::vector<std::string>& values = event.cut ? event.route : event.set;
    if (values.empty()) continue;
    state = scenario::with_values(state, event.link, event.direction, values);
    take_larger(demand.directions, state);
  }
  for (const scenario::Site& site : scenario.sites) {
    demand.ports += std::max<std::uint32_t>(1, static_cast<std::uint32_t>(site.ports.size()));
    const bool has_packet_socket = std::any_of(site.ports.begin(), site.ports.end(),
                                               [](const std::string& p) { return p.starts_with("net_af_packet"); });
    if (has_packet_socket) demand.beside_frame = Bytes{kernel_header};
  }
  demand.lcores = std::max<std::uint32_t>(1, static_cast<std::uint32_t>(scenario.dpdk.lcores.size()));
  demand.mean_frame = scenario.dpdk.mean_frame;
  demand.largest_frame = scenario.dpdk.mtu;
  return demand;
}

LivePlan plan_live(const Demand& demand) {
  LivePlan plan;
  const std::uint64_t line = line_bytes(demand.mean_frame);
  double frames_per_second = 0;
  for (const DirectionDemand& d : demand.directions) {
    DirectionPlan direction{.demand = d, .in_fibre = in_fibre(d)};
    direction.frames = (held(d).count() + line - 1) / line;
    direction.frames_per_second = static_cast<double>(d.rate.bits_per_second()) / 8.0 / static_cast<double>(line);
    plan.mbufs_in_links += direction.frames;
    frames_per_second += direction.frames_per_second;
    plan.directions.push_back(std::move(direction));
  }
  plan.mbufs_in_ports = std::uint64_t{demand.ports} * demand.descriptors * 2;
  plan.mbufs_in_caches = demand.lcores * (cached_per_lcore + 2 * burst);
  plan.mbufs = plan.mbufs_in_links + plan.mbufs_in_ports + plan.mbufs_in_caches;
  plan.mbuf = mbuf_bytes(demand.largest_frame + demand.beside_frame);
  const std::uint64_t ring = std::bit_ceil(plan.mbufs + 1) * sizeof(void*);
  plan.memory = plan.mbuf * plan.mbufs + Bytes{ring + environment_bytes};
  plan.hugepages = (plan.memory.count() + hugepage_bytes - 1) / hugepage_bytes;
  plan.link_state = Bytes{plan.mbufs_in_links * state_of_frame};
  // The port writes every frame to memory and reads it again.
  plan.memory_per_second = Bytes{static_cast<std::uint64_t>(
      frames_per_second * static_cast<double>(2 * demand.mean_frame.count() + touched_by_core))};
  give_cores(plan, static_cast<double>(demand.frames_per_core));
  add_notes(plan, demand);
  return plan;
}

}  // namespace farlink::live
