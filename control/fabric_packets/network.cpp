// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/network.hpp"

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/fabric_packets/faults.hpp"

namespace farlink::fabric_packets {

Network::Network(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& nics_per_site)
    : scenario_{scenario}, schedule_{schedule_of(scenario_, nics_per_site)}, planned_flows_(scenario_.links.size()) {
  for (std::uint32_t i = 0; i < scenario_.sites.size(); ++i) {
    const std::uint32_t site = engine_.add_site();
    const rnic::Config nic = nic_config(scenario_, scenario_.sites[i]);
    for (std::uint32_t n = 0; n < nics_per_site[i]; ++n) engine_.site(site).add_nic(nic);
  }
  for (std::uint32_t i = 0; i < scenario_.links.size(); ++i) {
    const std::uint32_t west = site_number(scenario_, scenario_.links[i].west);
    const std::uint32_t east = site_number(scenario_, scenario_.links[i].east);
    const auto configs = direction_configs(scenario_, i, nics_per_site[west], nics_per_site[east]);
    engine_.add_link(west, east, configs[0], configs[1]);
    for (std::uint32_t direction = 0; direction < 2; ++direction)
      if (const auto background = background_config(scenario_, i, direction))
        engine_.add_background(i, direction, *background);
    for (std::uint32_t direction = 0; direction < 2; ++direction)
      if (const auto& changes = schedule_.changes[i].at(direction); !changes.empty())
        engine_.set_changes(i, direction, changes);
  }
  if (scenario_.second_job) engine_.keep_to_periods();
  if (scenario_.armed == scenario::Armed::first_frame && !schedule_.events.empty()) engine_.arm_with_first_frame();
}

std::vector<std::uint32_t> Network::connect(std::uint32_t near_site, std::uint32_t near_nic, std::uint32_t far_site,
                                            std::uint32_t far_nic, std::uint32_t count,
                                            std::vector<std::uint32_t>& far) {
  const std::uint32_t link = link_between(scenario_, near_site, far_site);
  const bool is_forward = near_site == site_number(scenario_, scenario_.links[link].west);
  std::uint32_t& planned = planned_flows_[link].at(is_forward ? 0 : 1);
  std::vector<std::uint32_t> near;
  for (std::uint32_t n = 0; n < count; ++n) {
    std::optional<std::uint32_t> flow;
    if (scenario_.links[link].balancer == scenario::Balancer::planned) flow = planned++;
    const virtual_time::Connection connection = engine_.connect(link, near_site, near_nic, far_nic, entropy_++, flow);
    near.push_back(connection.near_qp);
    far.push_back(connection.far_qp);
  }
  return near;
}

fabric::Statistics Network::statistics() const {
  fabric::Statistics statistics;
  for (std::uint32_t i = 0; i < scenario_.links.size(); ++i)
    for (std::uint32_t direction = 0; direction < 2; ++direction)
      statistics.links.push_back(link_statistics(i, direction));
  add_transport(statistics, *this);
  for (const fabric::LinkStatistics& link : statistics.links) statistics.cnps_sent += link.near_cnps;
  statistics.virtual_seconds = engine_.last_event().seconds();
  add_events(statistics);
  return statistics;
}

void Network::add_events(fabric::Statistics& statistics) const {
  if (engine_.epoch() == units::Instant::never()) return;
  const double epoch = engine_.epoch().seconds();
  for (fabric::LinkEvent event : schedule_.events) {
    event.at_seconds += epoch;
    if (event.at_seconds > statistics.virtual_seconds) break;
    statistics.events.push_back(std::move(event));
  }
  statistics.why_invalid = why_outlasted(scenario_, engine_.epoch(), engine_.last_event());
  statistics.is_valid = statistics.why_invalid.empty();
}

// Share of what the line could carry.
double Network::utilisation(double line_bits, std::uint32_t link, std::uint32_t direction, units::Instant from,
                            units::Instant to) const {
  const scenario::Link& l = scenario_.links[link];
  const auto rate = static_cast<double>((direction == 0 ? l.forward : l.reverse).rate.bits_per_second());
  const units::Duration epoch = engine_.epoch().since_start();
  const double bits = capacity_bits(rate, schedule_.changes[link].at(direction), from - epoch, to - epoch);
  return bits > 0 ? line_bits / bits : 0;
}

fabric::LinkStatistics Network::link_statistics(std::uint32_t number, std::uint32_t direction_number) const {
  const scenario::Link& link = scenario_.links[number];
  const link::Direction& direction = engine_.direction(number, direction_number);
  const double elapsed = engine_.last_event().seconds();
  fabric::LinkStatistics s =
      fabric_packets::link_statistics(link, direction_number, direction.near().counters(), direction.far().counters(),
                                      direction.frames_held() - direction.near().untold_drops(), elapsed);
  s.far_buffer_bytes = direction.config().far_edge.buffer.count();
  const link::ActivitySeries& activity = direction.near().activity();
  const double width = activity.bin_width().seconds();
  const bool changes =
      !schedule_.changes[number].at(direction_number).empty() && engine_.epoch() != units::Instant::never();
  if (changes)
    s.utilisation = std::min(1.0, utilisation(static_cast<double>(s.wire_bytes) * 8, number, direction_number,
                                              units::Instant::start(), engine_.last_event()));
  for (std::size_t bin = 0; bin < activity.all().size() && static_cast<double>(bin) * width <= elapsed; ++bin) {
    const link::ActivitySeries::Bin& b = activity.all()[bin];
    s.samples.push_back({static_cast<double>(bin) * width, static_cast<double>(b.line_bytes) * 8 / s.rate_bps / width,
                         b.queue_peak_bytes});
    if (!changes) continue;
    const units::Instant from = units::Instant::start() + activity.bin_width() * static_cast<std::int64_t>(bin);
    s.samples.back().utilisation =
        utilisation(static_cast<double>(b.line_bytes) * 8, number, direction_number, from, from + activity.bin_width());
  }
  return s;
}

std::function<bool()> throttled(const Network& network, const std::function<bool(double, std::uint64_t)>& report) {
  using Clock = std::chrono::steady_clock;
  return [&network, report, next = Clock::now()]() mutable {
    if (!report || Clock::now() < next) return true;
    next = Clock::now() + std::chrono::milliseconds(100);
    return report(network.engine().last_event().seconds(), data_frames(network));
  };
}

}  // namespace farlink::fabric_packets
