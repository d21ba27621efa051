// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/network.hpp"

#include <chrono>

#include "control/fabric_packets/dataplane_config.hpp"

namespace farlink::fabric_packets {

Network::Network(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& nics_per_site)
    : scenario_{scenario} {
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
  }
}

std::vector<std::uint32_t> Network::connect(std::uint32_t near_site, std::uint32_t near_nic, std::uint32_t far_site,
                                            std::uint32_t far_nic, std::uint32_t count,
                                            std::vector<std::uint32_t>& far) {
  const std::uint32_t link = link_between(scenario_, near_site, far_site);
  std::vector<std::uint32_t> near;
  for (std::uint32_t n = 0; n < count; ++n) {
    const virtual_time::Connection connection = engine_.connect(link, near_site, near_nic, far_nic, entropy_++);
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
  statistics.virtual_seconds = engine_.last_event().seconds();
  return statistics;
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
  for (std::size_t bin = 0; bin < activity.all().size() && static_cast<double>(bin) * width <= elapsed; ++bin) {
    const link::ActivitySeries::Bin& b = activity.all()[bin];
    s.samples.push_back({static_cast<double>(bin) * width, static_cast<double>(b.line_bytes) * 8 / s.rate_bps / width,
                         b.queue_peak_bytes});
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
