// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/queue_pair_network.hpp"

#include <algorithm>
#include <stdexcept>

#include "dataplane/units/text.hpp"
#include "dataplane/wire/syndrome.hpp"

namespace farlink::fabric_packets {

namespace {

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

// Calls visit(nic, queue pair) for every queue pair there is.
template <typename Visit>
void for_each_queue_pair(const QueuePairNetwork& network, Visit visit) {
  for (std::uint32_t s = 0; s < network.scenario().sites.size(); ++s)
    for (std::uint32_t n = 0; n < network.nic_count(s); ++n)
      for (std::uint32_t q = 0; q < network.nic(s, n).qp_count(); ++q)
        visit(network.nic(s, n), rnic::first_qp_number + q);
}

}  // namespace

std::string why_failed(const scenario::Transport& transport) {
  const units::Duration timeout = wire::local_ack_timeout(static_cast<std::uint8_t>(transport.ack_timeout));
  const std::uint32_t timeouts = transport.retry.value_or(0) + 1;
  return "nothing acknowledged " +
         (transport.adaptive_timer ? "for " + units::to_text(timeout * std::int64_t{timeouts})
                                   : "after " + std::to_string(timeouts) + " timeouts of " + units::to_text(timeout)) +
         "; see transport.retry, transport.ack-timeout and transport.on-error";
}

std::uint32_t site_number(const scenario::Scenario& scenario, const std::string& name) {
  for (std::uint32_t i = 0; i < scenario.sites.size(); ++i)
    if (scenario.sites[i].name == name) return i;
  throw std::invalid_argument("link leads to unknown site '" + name + "'");
}

std::uint32_t link_between(const scenario::Scenario& scenario, std::uint32_t one, std::uint32_t other) {
  const std::string& near = scenario.sites[one].name;
  const std::string& far = scenario.sites[other].name;
  for (std::uint32_t i = 0; i < scenario.links.size(); ++i) {
    const scenario::Link& link = scenario.links[i];
    if ((link.west == near && link.east == far) || (link.west == far && link.east == near)) return i;
  }
  throw std::runtime_error("no link between sites '" + near + "' and '" + far +
                           "', but the workload sends messages between them; add one under links:");
}

std::uint64_t data_frames(const QueuePairNetwork& network) {
  std::uint64_t frames = 0;
  for_each_queue_pair(network, [&](const rnic::Nic& nic, std::uint32_t qp) {
    frames += nic.responder(qp).counters().delivered + nic.requester(qp).counters().read_responses;
  });
  return frames;
}

void add_transport(fabric::Statistics& statistics, const QueuePairNetwork& network) {
  for_each_queue_pair(network, [&](const rnic::Nic& nic, std::uint32_t qp) {
    statistics.retransmitted += nic.requester(qp).counters().retransmitted;
    statistics.timeouts += nic.requester(qp).counters().timeouts;
    statistics.parity += nic.requester(qp).counters().parity;
    statistics.rebuilt += nic.responder(qp).counters().rebuilt;
    statistics.rate_cuts += nic.rate_cuts(qp);
  });
  for (std::uint32_t s = 0; s < network.scenario().sites.size(); ++s) {
    for (std::uint32_t n = 0; n < network.nic_count(s); ++n) {
      statistics.cnps_sent += network.nic(s, n).cnps_sent();
      statistics.cnps_received += network.nic(s, n).cnps_received();
    }
  }
  statistics.data_frames = data_frames(network);
}

fabric::LinkStatistics link_statistics(const scenario::Link& link, std::uint32_t direction,
                                       const link::NearCounters& near, const link::FarCounters& far,
                                       std::uint64_t frames_held, double elapsed_seconds) {
  const scenario::DirectionSettings& settings = direction == 0 ? link.forward : link.reverse;
  const double rate = static_cast<double>(settings.rate.bits_per_second());
  fabric::LinkStatistics s;
  s.name = link.name;
  s.direction = direction == 0 ? link.west + "->" + link.east : link.east + "->" + link.west;
  s.frames_in = near.frames_in;
  s.frames_duplicated = far.frames_duplicated;
  s.frames_generated = near.frames_generated + near.background_in;
  s.frames_out = far.frames_out + near.cnps_out;
  s.frames_absorbed = far.frames_absorbed + far.background_out;
  s.frames_held = frames_held;
  s.dropped = sum(near.dropped, far.dropped);
  s.ecn_marked = near.ecn_marked;
  s.near_cnps = near.cnps_out;
  s.wire_bytes = near.line_bytes;
  // A frame counts when it starts: a line that is busy to the very end would be a frame ahead.
  s.utilisation =
      elapsed_seconds > 0 ? std::min(1.0, static_cast<double>(near.line_bytes) * 8 / rate / elapsed_seconds) : 0;
  s.queue_peak_bytes = near.queue_peak_bytes;
  s.buffer_bytes = link.lossless.buffer.count();
  s.rate_bps = rate;
  s.one_way_delay_seconds = (settings.delay + settings.equipment_delay).seconds();
  s.paused_seconds = near.paused.seconds();
  s.far_queue_peak_bytes = far.queue_peak_bytes;
  s.far_buffer_bytes = link.lossless.far_buffer.count();
  s.far_paused_seconds = far.paused.seconds();
  s.far_pauses = far.xoff_sent;
  s.pause_frames = far.signals_sent;
  s.pauses_expired = near.pauses_expired;
  s.watchdog_dropped = near.watchdog_dropped;
  s.frames_background = near.background_in;
  s.background_dropped = near.background_dropped.total();
  return s;
}

}  // namespace farlink::fabric_packets
