// SPDX-License-Identifier: Apache-2.0
// What a live run counted, and what speaks against it.
#include <cmath>
#include <cstdio>

#include "control/fabric_live/live_network.hpp"
#include "control/fabric_packets/faults.hpp"

namespace farlink::fabric_live {
namespace {

using units::Duration;
using units::Instant;

double nanoseconds(units::Duration duration) { return std::round(duration.seconds() * 1e9); }

// "52 requests reached their RNIC later than max-lag, the latest by 1.3 ms"
std::string late_text(std::uint64_t count, const char* what, units::Duration latest) {
  char text[160];
  std::snprintf(text, sizeof text, "%llu %s later than max-lag, the latest by %.3f ms",
                static_cast<unsigned long long>(count), what, latest.seconds() * 1e3);
  return text;
}

}  // namespace

std::vector<std::string> LiveNetwork::reasons_for_doubt() const {
  std::vector<std::string> reasons = last_.why_invalid;
  for (std::uint32_t i = 0; i < sites; ++i) {
    const dpdk::Endpoint& endpoint = *sites_[i].endpoint;
    const dpdk::EndpointCounters& c = endpoint.counters();
    const std::string name = scenario_.sites[i].name + ": ";
    if (c.late > 0) reasons.push_back(name + late_text(c.late, "frames left their RNIC", endpoint.lag().largest()));
    if (c.late_posts > 0) {
      reasons.push_back(name +
                        late_text(c.late_posts, "requests reached an idle RNIC", endpoint.control_lag().largest()));
    }
    if (c.unsent > 0) {
      reasons.push_back(name + std::to_string(c.unsent) + " frames found no mbuf of " + std::to_string(last_.mbufs) +
                        "; a smaller lossless.buffer or transport.window needs fewer");
    }
    if (c.foreign > 0) reasons.push_back(name + std::to_string(c.foreign) + " received frames were not its own");
  }
  if (events_.largest_lag() > scenario_.dpdk.max_lag) {
    char text[96];
    std::snprintf(text, sizeof text, "an event came later than max-lag, by %.3f ms",
                  events_.largest_lag().seconds() * 1e3);
    reasons.emplace_back(text);
  }
  const std::string outlasted =
      events_.is_armed() ? fabric_packets::why_outlasted(scenario_, events_.epoch(), ended_) : std::string{};
  if (!outlasted.empty()) reasons.push_back(outlasted);
  return reasons;
}

// What happened, and how much of what the line could carry meanwhile was used.
void LiveNetwork::add_events(fabric::Statistics& statistics) const {
  statistics.events = events_.happened();
  if (!events_.is_armed()) return;
  const Duration epoch = events_.epoch().since_start();
  for (std::uint32_t direction = 0; direction < 2; ++direction) {
    fabric::LinkStatistics& s = statistics.links[direction];
    if (events_.changes(direction).empty()) continue;
    const double bits =
        fabric_packets::capacity_bits(s.rate_bps, events_.changes(direction), Instant::start() - epoch, ended_ - epoch);
    s.utilisation = bits > 0 ? static_cast<double>(s.wire_bytes) * 8 / bits : 0;
  }
}

fabric::Statistics LiveNetwork::statistics() const {
  fabric::Statistics statistics;
  fabric::LiveStatistics live;
  link::LagHistogram lag, control_lag, excess_delay;
  for (std::uint32_t direction = 0; direction < 2; ++direction) {
    const dpdk::DirectionSnapshot& d = last_.directions[direction];
    statistics.links.push_back(
        fabric_packets::link_statistics(scenario_.links.front(), direction, d.near, d.far, d.held, ended_.seconds()));
    statistics.links.back().far_buffer_bytes = d.config.far_edge.buffer.count();
    lag.add(d.lag);
  }
  add_events(statistics);
  for (const Site& site : sites_) {
    lag.add(site.endpoint->lag());
    control_lag.add(site.endpoint->control_lag());
    excess_delay.add(site.endpoint->excess_delay());
  }
  live.lag_median_ns = nanoseconds(lag.quantile(0.5));
  live.lag_p99_ns = nanoseconds(lag.quantile(0.99));
  live.lag_max_ns = nanoseconds(lag.largest());
  live.control_lag_p99_ns = nanoseconds(control_lag.quantile(0.99));
  live.excess_delay_median_ns = nanoseconds(excess_delay.quantile(0.5));
  for (const dpdk::WorkerSnapshot& worker : last_.workers) {
    live.stolen_seconds += worker.stolen.seconds();
    live.longest_gap_seconds = std::max(live.longest_gap_seconds, worker.longest_gap.seconds());
  }
  live.control_stolen_seconds = control_stolen_.seconds();
  statistics.live = live;
  fabric_packets::add_transport(statistics, *this);
  statistics.virtual_seconds = statistics.wall_seconds = ended_.seconds();
  statistics.threads = static_cast<std::uint32_t>(last_.workers.size()) + 1;
  for (const std::string& reason : reasons_for_doubt()) add_reason(statistics, reason);
  return statistics;
}

void add_reason(fabric::Statistics& statistics, const std::string& reason) {
  statistics.why_invalid += (statistics.why_invalid.empty() ? "" : "; ") + reason;
  statistics.is_valid = false;
}

}  // namespace farlink::fabric_live
