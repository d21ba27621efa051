// SPDX-License-Identifier: Apache-2.0
// Two sites with some RNICs each and one link; messages posted at given times, and when each of them was sent and
// received.
#pragma once

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/link/random.hpp"
#include "dataplane/virtual_time/engine.hpp"

namespace farlink::virtual_time::test {

struct Setup {
  std::uint32_t nics = 1;  // per site; NIC i of one site talks to NIC i of the other
  rnic::Config nic;
  link::DirectionConfig forward;
  link::DirectionConfig reverse;
};

// The reverse direction like the forward one.
inline Setup both_ways(Setup setup) {
  setup.reverse = setup.forward;
  setup.reverse.direction = 1;
  return setup;
}

inline Setup plain(units::BitRate rate, Duration delay) {
  Setup setup;
  setup.nic.rate = rate;
  setup.forward.near_edge.rate = rate;
  setup.forward.near_edge.buffer = setup.forward.far_edge.buffer = units::Bytes::gibi(1);
  setup.forward.far_edge.port_rate = rate;
  setup.forward.fibre.delay = delay;
  return both_ways(setup);
}

// Three RNICs on each side that never give up, with small packets and windows.
inline Setup three_pairs(Duration delay) {
  Setup setup = plain(units::BitRate::gigabits(100), delay);
  setup.nics = 3;
  setup.nic.ack_timeout = 8;
  setup.nic.retry.reset();
  setup.nic.window = 300;
  setup.nic.mtu = 1024;
  return setup;
}

// Three pairs whose forward direction has two waves, jitter, copies and back-pressure.
inline Setup two_rough_waves(std::uint64_t seed, Duration delay) {
  Setup setup = three_pairs(delay);
  link::DirectionConfig& f = setup.forward;
  f.seed = seed;
  f.near_edge.waves = 2;
  f.near_edge.rate = units::BitRate::bits_per_second(66'666'666'667);
  f.near_edge.has_backpressure = true;
  f.near_edge.xoff = units::Bytes{20'000};
  f.near_edge.xon = units::Bytes{9'000};
  f.fibre.jitter = Duration::microseconds(2);
  f.impairments.duplicate = units::Probability::of(1e-3);
  f.far_edge.buffer = units::Bytes{60'000};
  return setup;
}

// The same both ways, with losses, corruption, marks and narrow exit ports.
inline Setup rough(std::uint64_t seed, Duration delay) {
  Setup setup = two_rough_waves(seed, delay);
  link::DirectionConfig& f = setup.forward;
  f.near_edge.ecn = link::EcnMarking{units::Bytes{2'000}, units::Bytes{15'000}, units::Probability::of(0.2)};
  f.impairments.loss = units::Probability::of(1e-3);
  f.impairments.corrupt = units::Probability::of(1e-3);
  f.far_edge.port_rate = units::BitRate::gigabits(60);
  return both_ways(setup);
}

struct Event {
  std::uint32_t nic = 0, qp = 0;
  rnic::Completion::Kind kind = rnic::Completion::Kind::sent;
  std::uint64_t id = 0;
  std::int64_t at = 0;  // ps
  bool operator==(const Event&) const = default;
};

class Handler final : public SiteHandler {
 public:
  explicit Handler(Site& site) : site_{site} {}
  void post_at(Instant when, std::uint32_t nic, std::uint32_t qp, std::uint32_t bytes) {
    messages_.push_back({nic, qp, bytes});
    site_.wake(when, messages_.size() - 1);
    ++sends_left_;
  }
  void on_wake(std::uint64_t number, Instant now) override {
    const Message& m = messages_[number];
    rnic::Request request;
    request.operation = rnic::Operation::write_with_immediate;
    request.bytes = m.bytes;
    request.id = number;
    site_.post(m.nic, m.qp, request, now);
  }
  void on_completion(std::uint32_t nic, const rnic::Completion& c, Instant now) override {
    events.push_back({nic, c.qp, c.kind, c.id, now.since_start().picoseconds()});
    if (c.kind == rnic::Completion::Kind::sent) --sends_left_;
  }
  bool is_finished() const override { return !waits_for_ever && sends_left_ == 0; }

  std::vector<Event> events;
  bool waits_for_ever = false;

 private:
  struct Message {
    std::uint32_t nic, qp, bytes;
  };
  Site& site_;
  std::vector<Message> messages_;
  std::size_t sends_left_ = 0;
};

struct TwoSites {
  explicit TwoSites(const Setup& setup) {
    for (int i = 0; i < 2; ++i) {
      Site& site = engine.site(engine.add_site());
      for (std::uint32_t nic = 0; nic < setup.nics; ++nic) site.add_nic(setup.nic);
      handlers[i] = std::make_unique<Handler>(site);
      site.set_handler(*handlers[i]);
    }
    link::DirectionConfig forward = setup.forward, reverse = setup.reverse;
    forward.far_edge.ports = reverse.far_edge.ports = setup.nics;
    engine.add_link(0, 1, forward, reverse);
    for (std::uint32_t nic = 0; nic < setup.nics; ++nic) pairs.push_back(engine.connect(0, 0, nic, nic, nic));
  }
  Engine::End run() {
    return engine.run([] { return true; });
  }

  Engine engine;
  std::unique_ptr<Handler> handlers[2];
  std::vector<Connection> pairs;
};

inline constexpr std::uint32_t some = 60;

// So many messages of up to 200 kB between three pairs, both ways, within 300 us.
inline void post_some(TwoSites& sites, std::uint64_t seed) {
  std::uint64_t random = seed;
  for (std::uint32_t i = 0; i < some; ++i) {
    random = link::mix(random + 0x9e3779b97f4a7c15ULL);
    const auto nic = static_cast<std::uint32_t>(random % 3);
    const bool from_east = (random >> 8) % 2 == 0;
    const Connection& pair = sites.pairs[nic];
    const Instant when = Instant::at(Duration::nanoseconds(static_cast<std::int64_t>((random >> 16) % 300'000)));
    sites.handlers[from_east ? 1 : 0]->post_at(when, nic, from_east ? pair.far_qp : pair.near_qp,
                                               static_cast<std::uint32_t>((random >> 40) % 200'000));
  }
}

}  // namespace farlink::virtual_time::test
