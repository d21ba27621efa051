// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/network.hpp"

#include <algorithm>
#include <chrono>
#include <stdexcept>

#include "control/fabric_packets/dataplane_config.hpp"

namespace farlink::fabric_packets {

namespace {

std::uint32_t site_number(const scenario::Scenario& scenario, const std::string& name) {
  for (std::uint32_t i = 0; i < scenario.sites.size(); ++i)
    if (scenario.sites[i].name == name) return i;
  throw std::invalid_argument("link leads to unknown site '" + name + "'");
}

fabric::Dropped sum(const link::DropCounters& a, const link::DropCounters& b) {
  fabric::Dropped dropped;
  dropped.queue = a.queue + b.queue;
  dropped.headroom = a.headroom + b.headroom;
  dropped.random = a.random + b.random;
  dropped.burst = a.burst + b.burst;
  dropped.bit_error = a.bit_error + b.bit_error;
  dropped.listed = a.listed + b.listed;
  dropped.cut = a.cut + b.cut;
  return dropped;
}

}  // namespace

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
  const std::string& near_name = scenario_.sites[near_site].name;
  const std::string& far_name = scenario_.sites[far_site].name;
  for (std::uint32_t i = 0; i < scenario_.links.size(); ++i) {
    const scenario::Link& link = scenario_.links[i];
    const bool is_ours =
        (link.west == near_name && link.east == far_name) || (link.west == far_name && link.east == near_name);
    if (!is_ours) continue;
    std::vector<std::uint32_t> near;
    for (std::uint32_t n = 0; n < count; ++n) {
      const virtual_time::Connection connection = engine_.connect(i, near_site, near_nic, far_nic, entropy_++);
      near.push_back(connection.near_qp);
      far.push_back(connection.far_qp);
    }
    return near;
  }
  throw std::runtime_error("no link between sites '" + near_name + "' and '" + far_name +
                           "', but the workload sends messages between them; add one under links:");
}

std::uint64_t Network::data_frames() const {
  std::uint64_t frames = 0;
  for (std::uint32_t s = 0; s < scenario_.sites.size(); ++s) {
    const virtual_time::Site& site = engine_.site(s);
    for (std::uint32_t n = 0; n < site.nic_count(); ++n) {
      for (std::uint32_t q = 0; q < site.nic(n).qp_count(); ++q) {
        const std::uint32_t qp = rnic::first_qp_number + q;
        frames += site.nic(n).responder(qp).counters().delivered + site.nic(n).requester(qp).counters().read_responses;
      }
    }
  }
  return frames;
}

fabric::Statistics Network::statistics() const {
  fabric::Statistics statistics;
  for (std::uint32_t i = 0; i < scenario_.links.size(); ++i)
    for (std::uint32_t direction = 0; direction < 2; ++direction)
      statistics.links.push_back(link_statistics(i, direction));
  for (std::uint32_t s = 0; s < scenario_.sites.size(); ++s) {
    const virtual_time::Site& site = engine_.site(s);
    for (std::uint32_t n = 0; n < site.nic_count(); ++n) {
      for (std::uint32_t q = 0; q < site.nic(n).qp_count(); ++q) {
        const rnic::RequesterCounters& counters = site.nic(n).requester(rnic::first_qp_number + q).counters();
        statistics.retransmitted += counters.retransmitted;
        statistics.timeouts += counters.timeouts;
      }
    }
  }
  statistics.data_frames = data_frames();
  statistics.virtual_seconds = engine_.last_event().seconds();
  return statistics;
}

fabric::LinkStatistics Network::link_statistics(std::uint32_t number, std::uint32_t direction_number) const {
  const scenario::Link& link = scenario_.links[number];
  const link::Direction& direction = engine_.direction(number, direction_number);
  const link::NearCounters& near = direction.near().counters();
  const link::FarCounters& far = direction.far().counters();
  const scenario::DirectionSettings& settings = direction_number == 0 ? link.forward : link.reverse;
  const double rate = static_cast<double>(settings.rate.bits_per_second());
  const double elapsed = engine_.last_event().seconds();

  fabric::LinkStatistics s;
  s.name = link.name;
  s.direction = direction_number == 0 ? link.west + "->" + link.east : link.east + "->" + link.west;
  s.frames_in = near.frames_in;
  s.frames_duplicated = far.frames_duplicated;
  s.frames_out = far.frames_out;
  s.frames_held = direction.frames_held() - direction.near().untold_drops();
  s.dropped = sum(near.dropped, far.dropped);
  s.ecn_marked = near.ecn_marked;
  s.wire_bytes = near.line_bytes;
  s.utilisation = elapsed > 0 ? static_cast<double>(near.line_bytes) * 8 / rate / elapsed : 0;
  s.queue_peak_bytes = near.queue_peak_bytes;
  s.buffer_bytes = link.lossless.buffer.count();
  s.rate_bps = rate;
  s.one_way_delay_seconds = (settings.delay + settings.equipment_delay).seconds();
  s.paused_seconds = near.paused.seconds();
  const link::ActivitySeries& activity = direction.near().activity();
  const double width = activity.bin_width().seconds();
  for (std::size_t bin = 0; bin < activity.all().size() && static_cast<double>(bin) * width <= elapsed; ++bin) {
    const link::ActivitySeries::Bin& b = activity.all()[bin];
    s.samples.push_back(
        {static_cast<double>(bin) * width, static_cast<double>(b.line_bytes) * 8 / rate / width, b.queue_peak_bytes});
  }
  return s;
}

std::function<bool()> throttled(const Network& network, const std::function<bool(double, std::uint64_t)>& report) {
  using Clock = std::chrono::steady_clock;
  return [&network, report, next = Clock::now()]() mutable {
    if (!report || Clock::now() < next) return true;
    next = Clock::now() + std::chrono::milliseconds(100);
    return report(network.engine().last_event().seconds(), network.data_frames());
  };
}

}  // namespace farlink::fabric_packets
