// SPDX-License-Identifier: Apache-2.0
// What the forwarder tells about itself, and whether its figures can be trusted.
#include <algorithm>
#include <cmath>
#include <cstdio>

#include "dataplane/dpdk/forwarder.hpp"

namespace farlink::dpdk {
namespace {

std::string text_of(units::Duration duration) {
  char text[32];
  const double us = duration.seconds() * 1e6;
  std::snprintf(text, sizeof text, us < 1'000 ? "%.1f us" : "%.1f ms", us < 1'000 ? us : us / 1'000);
  return text;
}

std::string count_text(std::uint64_t count, const char* what) { return std::to_string(count) + " " + what; }

void judge_ports(Snapshot& snapshot) {
  for (const PortSnapshot& port : snapshot.ports) {
    const PortCounters& c = port.counters;
    const auto say = [&](std::uint64_t count, const char* what) {
      if (count > 0) snapshot.why_invalid.push_back("port " + port.name + ": " + count_text(count, what));
    };
    say(c.missed, "frames missed: the port had them before they could be taken");
    say(c.no_mbuf, "frames lost for want of mbufs");
    say(c.refused, "frames that the port did not take in time");
    say(c.behind, "frames reached the NIC after their time");
    say(c.unsent, "frames that the port took and could not send");
  }
}

void judge_directions(Snapshot& snapshot, units::Duration max_lag) {
  for (const DirectionSnapshot& d : snapshot.directions) {
    const std::string name = d.from + "->" + d.to + ": ";
    if (d.late > 0) {
      snapshot.why_invalid.push_back(name + count_text(d.late, "frames left later than max-lag, ") + text_of(max_lag) +
                                     "; the latest by " + text_of(d.lag.largest()));
    }
    if (d.no_frame > 0)
      snapshot.why_invalid.push_back(name + count_text(d.no_frame, "frames or copies found no buffer"));
    if (d.lag.early() > 0) snapshot.why_invalid.push_back(name + count_text(d.lag.early(), "frames left early"));
  }
}

void judge_workers(Snapshot& snapshot) {
  for (const WorkerSnapshot& w : snapshot.workers) {
    if (w.gaps == 0) continue;
    snapshot.why_invalid.push_back("lcore " + std::to_string(w.lcore) + " stood still " +
                                   count_text(w.gaps, "times, ") + text_of(w.stolen) + " together, " +
                                   text_of(w.longest_gap) + " the longest");
  }
}

PortCounters& counters_of(Snapshot& snapshot, const Port& port) {
  return std::find_if(snapshot.ports.begin(), snapshot.ports.end(),
                      [&](const PortSnapshot& p) { return p.device == port.device(); })
      ->counters;
}

void add_received(Snapshot& snapshot, const Intake& intake) {
  const IntakeCounters& c = intake.counters();
  PortCounters& port = counters_of(snapshot, intake.port());
  port.received = c.received;
  port.received_bytes = c.received_bytes;
  port.runts = c.runts;
  port.too_long = c.too_long;
  port.unroutable = c.unroutable;
  port.local = c.local;
  port.filtered = c.filtered;
  port.flooded = c.flooded;
  port.pause_received = c.pause_received;
}

OutletCounters add_sent(Snapshot& snapshot, const Outlet& outlet) {
  const OutletCounters& c = outlet.counters();
  PortCounters& port = counters_of(snapshot, outlet.port());
  port.sent += c.sent;
  port.sent_bytes += c.sent_bytes;
  port.refused += c.refused;
  port.down += c.down;
  return c;
}

}  // namespace

PortSnapshot Forwarder::port_snapshot(std::uint32_t site, std::uint32_t number) const {
  const Site& place = sites_[site];
  const Port& port = *place.ports[number];
  PortSnapshot snapshot;
  snapshot.site = config_.sites[site].name;
  snapshot.name = snapshot.site + "-" + std::to_string(number);
  snapshot.device = port.device();
  snapshot.driver = port.driver();
  snapshot.is_up = port.is_up();
  {
    const std::lock_guard lock{watch_mutex_};
    snapshot.link_changes = place.changes[number];
  }
  snapshot.largest_frame = port.largest_frame();
  snapshot.hands_over_pause = port.hands_over_pause();
  snapshot.is_scheduled = port.schedule() != nullptr;
  const rte_eth_stats stats = port.statistics();
  snapshot.counters.missed = stats.imissed;
  snapshot.counters.no_mbuf = stats.rx_nombuf;
  snapshot.counters.errors = stats.ierrors;
  snapshot.counters.unsent = stats.oerrors;
  snapshot.counters.behind = port.missed_schedule();
  return snapshot;
}

// Those that wait have not come into being yet.
void Forwarder::add_pauses(Snapshot& snapshot, const Outlet& outlet, Tally& tally) const {
  const OutletCounters sent = add_sent(snapshot, outlet);
  counters_of(snapshot, outlet.port()).pause_sent += sent.sent;
  tally.unsent_pauses += sent.refused + sent.down;
}

void Forwarder::add_way(Snapshot& snapshot, std::size_t number, Tally& tally) const {
  const Way& way = ways_[number];
  DirectionSnapshot& direction = snapshot.directions[number];
  direction = way.carrier->snapshot();
  direction.from = config_.sites[way.from].name;
  direction.to = config_.sites[way.to].name;
  for (std::size_t exit = 0; exit < sites_[way.to].ports.size(); ++exit) add_sent(snapshot, way.carrier->exit(exit));
  const PauseSender& sender = way.carrier->pause_sender();
  for (const auto& outlet : sender.outlets()) add_pauses(snapshot, *outlet, tally);
  tally.lost_pauses += sender.unsent() + way.carrier->lost_signals();
}

Snapshot Forwarder::snapshot() const {
  Snapshot snapshot;
  snapshot.now = clock_.sample();
  snapshot.clock_drift_ppm = clock_.drift_ppm();
  snapshot.mbufs = buffers_->count();
  snapshot.mbufs_free = buffers_->free();
  for (std::uint32_t site = 0; site < sites_.size(); ++site)
    for (std::uint32_t number = 0; number < sites_[site].ports.size(); ++number)
      snapshot.ports.push_back(port_snapshot(site, number));
  snapshot.directions.resize(ways_.size());
  Tally tally;
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    Worker& worker = *workers_[w];
    worker.call([&](units::Instant) {
      for (const auto& intake : worker.intakes()) add_received(snapshot, *intake);
      for (const auto& outlet : worker.local_outlets()) {
        add_sent(snapshot, *outlet);
        tally.waiting += outlet->waiting();
      }
      for (std::size_t i = 0; i < ways_.size(); ++i)
        if (ways_[i].worker == &worker) add_way(snapshot, i, tally);
      WorkerSnapshot of_worker = worker.snapshot();
      of_worker.lcore = lcores_[w];
      snapshot.workers.push_back(of_worker);
    });
    tally.lost_pauses += worker.lost_pauses();
    for (const Way& way : ways_) {
      if (way.worker != &worker) continue;
      std::string& does = snapshot.workers.back().does;
      does += (does.empty() ? "" : ", ") + config_.sites[way.from].name + "->" + config_.sites[way.to].name;
    }
  }
  add_relays(snapshot, tally);
  judge_ports(snapshot);
  judge_directions(snapshot, config_.max_lag);
  judge_workers(snapshot);
  if (tally.lost_pauses > 0)
    snapshot.why_invalid.push_back(count_text(tally.lost_pauses, "pause frames could not be passed on"));
  constexpr double tolerated_drift_ppm = 100;
  // Over the first second reading the two clocks is not exact enough to judge by.
  if (snapshot.now.seconds() > 1 && std::abs(snapshot.clock_drift_ppm) > tolerated_drift_ppm)
    snapshot.why_invalid.push_back("the time stamp counter runs off by " + std::to_string(snapshot.clock_drift_ppm) +
                                   " ppm");
  snapshot.is_conserved = is_conserved(snapshot, tally);
  if (!snapshot.is_conserved)
    snapshot.why_invalid.emplace_back("frames are unaccounted for: this is a defect of farlink");
  return snapshot;
}

// Of what was handed to a further lcore, that lcore knows when it left.
void Forwarder::add_relays(Snapshot& snapshot, Tally& tally) const {
  const std::size_t of_links = workers_.size() - relays_->lcores();
  for (std::size_t lcore = 0; lcore < relays_->lcores(); ++lcore) {
    workers_[of_links + lcore]->call([&](units::Instant) {
      for (const TransmitRelay* relay : relays_->transmits_of(lcore)) {
        const auto is_for_pauses = [relay](const Way& way) { return way.carrier->pauses_through(*relay); };
        if (std::any_of(ways_.begin(), ways_.end(), is_for_pauses)) {
          add_pauses(snapshot, relay->outlet(), tally);
          continue;
        }
        const OutletCounters sent = add_sent(snapshot, relay->outlet());
        for (std::size_t i = 0; i < ways_.size(); ++i) {
          if (!ways_[i].carrier->sends_through(*relay)) continue;
          snapshot.directions[i].lag.add(relay->lag());
          snapshot.directions[i].late += sent.late;
        }
      }
    });
    std::string& does = snapshot.workers[of_links + lcore].does;
    for (const ReceiveRelay* relay : relays_->receives_of(lcore)) {
      does += (does.empty() ? "receives " : ", receives ") + relay->port().device();
    }
    for (const TransmitRelay* relay : relays_->transmits_of(lcore)) {
      const std::string sends = "sends " + relay->outlet().port().device();
      if (does.find(sends) == std::string::npos) does += (does.empty() ? "" : ", ") + sends;
    }
  }
}

// Everything that came in or was made is somewhere. Exact when nothing moves between the looks at two lcores: before
// start, after stop, and with one lcore always.
bool Forwarder::is_conserved(const Snapshot& snapshot, const Tally& tally) const {
  std::uint64_t in = tally.unsent_pauses, out = tally.waiting;
  for (const PortSnapshot& port : snapshot.ports) {
    const PortCounters& c = port.counters;
    // What a flood copies is a frame of its own from there on; pause frames are made here.
    in += c.received + c.flooded + c.pause_sent;
    out += c.sent + c.refused + c.down + c.runts + c.too_long + c.unroutable + c.filtered + c.pause_received;
  }
  for (const DirectionSnapshot& d : snapshot.directions) {
    in += d.far.frames_duplicated + d.generated + d.near.frames_generated;
    out += d.near.dropped.total() + d.far.dropped.total() + d.far.frames_absorbed + d.held + d.no_frame;
  }
  return in == out || (workers_.size() > 1 && is_started_);
}

}  // namespace farlink::dpdk
