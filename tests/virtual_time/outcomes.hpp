// SPDX-License-Identifier: Apache-2.0
// All that a run of two sites leaves behind, for tests that hold ways to run it against each other, and kinds of links
// and RNICs to run them with.
#pragma once

#include <functional>
#include <string>
#include <tuple>
#include <vector>

#include "tests/virtual_time/two_sites.hpp"

namespace farlink::virtual_time::test {

// All that a run leaves behind.
struct Outcome {
  Engine::End end = Engine::End::finished;
  Instant last_event;
  std::vector<Event> events[2];
  std::vector<std::uint64_t> counts;
  std::uint64_t trains = 0;
};

inline void add(std::vector<std::uint64_t>& counts, const link::DropCounters& d) {
  for (const std::uint64_t count : {d.queue, d.headroom, d.random, d.burst, d.bit_error, d.listed, d.cut})
    counts.push_back(count);
}

inline std::vector<std::uint64_t> counts_of(const TwoSites& sites) {
  std::vector<std::uint64_t> counts;
  const auto ps = [](Duration d) { return static_cast<std::uint64_t>(d.picoseconds()); };
  for (std::uint32_t i = 0; i < 2; ++i) {
    const link::Direction& direction = sites.engine.direction(0, i);
    CHECK(direction.is_conserved());
    const link::NearCounters& n = direction.near().counters();
    const link::FarCounters& f = direction.far().counters();
    for (const std::uint64_t count : {n.frames_in,        n.ecn_marked,        n.line_bytes,
                                      n.queue_peak_bytes, n.xoff_sent,         n.time_went_back,
                                      ps(n.paused),       n.frames_generated,  n.cnps_out,
                                      n.pauses_expired,   n.watchdog_dropped,  n.background_in,
                                      f.frames_out,       f.frames_duplicated, f.queue_peak_bytes,
                                      f.frames_absorbed,  f.background_out,    f.xoff_sent,
                                      f.signals_sent,     ps(f.paused),        direction.frames_held()})
      counts.push_back(count);
    add(counts, n.dropped);
    add(counts, f.dropped);
    for (const link::ActivitySeries::Bin& bin : direction.near().activity().all()) {
      counts.push_back(bin.line_bytes);
      counts.push_back(bin.queue_peak_bytes);
    }
    const Site& site = sites.engine.site(i);
    for (std::uint32_t number = 0; number < site.nic_count(); ++number) {
      const rnic::Nic& nic = site.nic(number);
      counts.insert(counts.end(), {nic.corrupt(), nic.cnps_sent(), nic.cnps_received(), site.lost_frames(number)});
      for (std::uint32_t qp = rnic::first_qp_number; qp < rnic::first_qp_number + nic.qp_count(); ++qp) {
        const rnic::RequesterCounters& r = nic.requester(qp).counters();
        const rnic::ResponderCounters& s = nic.responder(qp).counters();
        counts.insert(counts.end(), {r.sent, r.retransmitted, r.timeouts, r.naks, r.parity, s.delivered,
                                     s.delivered_bytes, s.duplicates, s.out_of_sequence, s.naks, s.rebuilt,
                                     nic.requester(qp).acknowledged_packets(), nic.rate_cuts(qp)});
      }
    }
  }
  return counts;
}

// Runs them.
inline Outcome outcome_of(TwoSites& sites) {
  Outcome outcome;
  outcome.end = sites.run();
  outcome.last_event = sites.engine.last_event();
  for (std::uint32_t i = 0; i < 2; ++i) outcome.events[i] = sites.handlers[i]->events;
  outcome.counts = counts_of(sites);
  outcome.trains = sites.engine.site(0).trains() + sites.engine.site(1).trains();
  return outcome;
}

inline Outcome outcome_of(const Setup& setup, std::uint64_t seed, bool has_trains, std::uint32_t threads,
                          Duration window) {
  TwoSites sites{setup};
  post_some(sites, seed);
  sites.engine.set_trains(has_trains);
  sites.engine.set_threads(threads);
  sites.engine.set_longest_window(window);
  return outcome_of(sites);
}

inline void check_same(const Outcome& one, const Outcome& other) {
  CHECK(one.end == other.end);
  CHECK(one.last_event == other.last_event);
  for (std::uint32_t i = 0; i < 2; ++i) CHECK(one.events[i] == other.events[i]);
  CHECK(one.counts == other.counts);
}

// With room for trains.
inline Setup wide(std::uint64_t seed, Duration delay) {
  Setup setup = rough(seed, delay);
  for (link::DirectionConfig* d : {&setup.forward, &setup.reverse}) {
    d->near_edge.xoff = units::Bytes{300'000};
    d->near_edge.xon = units::Bytes{100'000};
    d->far_edge.buffer = units::Bytes{400'000};
  }
  return setup;
}

struct Kind {
  std::string name;
  std::function<void(Setup&)> change;
};

inline const std::vector<Kind>& kinds() {
  static const std::vector<Kind> all{
      {"as it is", [](Setup&) {}},
      {"selective repeat", [](Setup& s) { s.nic.recovery = rnic::Recovery::selective_repeat; }},
      {"erasure coding",
       [](Setup& s) {
         s.nic.recovery = rnic::Recovery::selective_repeat;
         s.nic.erasure_code = rnic::ErasureCode{.data = 32, .parity = 4};
       }},
      {"NAK for every gap, slow restart",
       [](Setup& s) {
         s.nic.nak = rnic::NakMode::every_gap;
         s.nic.slow_restart = true;
       }},
      {"adaptive timers",
       [](Setup& s) {
         s.nic.adaptive_timer = 2;
         s.nic.ack_timeout = 6;
       }},
      {"no losses, no back-pressure",
       [](Setup& s) {
         for (link::DirectionConfig* d : {&s.forward, &s.reverse}) {
           d->impairments = {};
           d->near_edge.has_backpressure = false;
           d->near_edge.ecn.reset();
           d->far_edge.buffer = units::Bytes::gibi(1);
         }
       }},
      {"back-pressure without timers and losses",
       [](Setup& s) {
         s.nic.ack_timeout = 0;
         for (link::DirectionConfig* d : {&s.forward, &s.reverse}) {
           d->impairments = {};
           d->far_edge.buffer = units::Bytes::gibi(1);
         }
       }},
      {"DCQCN",
       [](Setup& s) {
         s.nic.congestion = rnic::DcqcnConfig{};
         s.nic.cnp_interval = Duration::microseconds(10);
       }},
      // Regression: a CNP that is corrupted completes nothing, and still has a priority of its own at the exit port.
      {"DCQCN, CNPs damaged on their way to narrow exits",
       [](Setup& s) {
         s.nic.congestion = rnic::DcqcnConfig{};
         s.nic.cnp_interval = Duration::microseconds(2);
         for (link::DirectionConfig* d : {&s.forward, &s.reverse}) {
           d->impairments = {};
           d->impairments.corrupt = units::Probability::of(0.3);
           d->impairments.ce_mark = units::Probability::of(0.3);
           d->near_edge.has_backpressure = false;
           d->near_edge.ecn.reset();
           d->far_edge.port_rate = units::BitRate::gigabits(10);
           d->far_edge.buffer = units::Bytes::mebi(64);
         }
       }},
      {"CNPs of the near edge",
       [](Setup& s) {
         s.nic.congestion = rnic::DcqcnConfig{};
         s.forward.near_edge.ecn->notify_every = s.reverse.near_edge.ecn->notify_every = Duration::microseconds(10);
       }},
      {"Swift",
       [](Setup& s) {
         rnic::SwiftConfig swift;
         swift.base_delay = s.forward.fibre.delay * 2;
         s.nic.congestion = swift;
       }},
      {"a rate for each queue pair",
       [](Setup& s) { s.nic.congestion = rnic::RateLimit{units::BitRate::gigabits(20)}; }},
      {"PFC of the far edge",
       [](Setup& s) {
         for (link::DirectionConfig* d : {&s.forward, &s.reverse}) {
           link::FarThresholdConfig far;
           far.xoff = units::Bytes{30'000};
           far.xon = units::Bytes{10'000};
           far.headroom = units::Bytes{400'000};
           d->far_edge.buffer = units::Bytes{500'000};
           d->far_edge.control = far;
         }
       }},
      {"two dozen RNICs, most of them idle", [](Setup& s) { s.nics = 24; }},
      {"narrow exits and wide buffers",
       [](Setup& s) {
         for (link::DirectionConfig* d : {&s.forward, &s.reverse}) {
           d->far_edge.port_rate = units::BitRate::gigabits(20);
           d->far_edge.buffer = units::Bytes::mebi(64);
         }
       }},
  };
  return all;
}

}  // namespace farlink::virtual_time::test
