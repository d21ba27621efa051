// SPDX-License-Identifier: Apache-2.0
// A dataplane without ports: real link directions, a clock that the test turns, and a memory of what it was told.
#pragma once

#include <map>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "control/live/link_state.hpp"
#include "control/scenario/parse.hpp"
#include "dataplane/link/direction.hpp"

namespace farlink::live::test {

using units::BitRate;
using units::Bytes;
using units::Duration;
using units::Instant;
using units::Probability;

// One link of 1 Gb/s and 1 ms, no equipment, one port at each end.
inline scenario::Scenario lab(const std::string& more = {}, const std::vector<std::string>& sets = {}) {
  return scenario::parse(
      "farlink: 1\nname: lab\nsites: {west: {}, east: {}}\n"
      "links: {west-east: {between: [west, east], delay: 1ms, equipment-delay: 0, rate: 1gbit, lossless: {pfc: off}}}\n"
      "ports: {west: [net_ring0], east: [net_ring1]}\n" +
          more,
      "t.yaml", sets);
}

class FakeDataplane final : public Dataplane {
 public:
  explicit FakeDataplane(const scenario::Scenario& scenario) {
    const LinkState links{scenario};
    for (const link::DirectionConfig& config : links.configs())
      directions.push_back(std::make_unique<link::Direction>(config));
  }

  void publish(const std::vector<Change>& changes) override {
    published.push_back(changes);
    for (const Change& change : changes)
      directions.at(2 * change.link + change.direction)->reconfigure(change.config, now);
  }

  dpdk::Snapshot snapshot() const override {
    dpdk::Snapshot s;
    s.now = now;
    s.why_invalid = why_invalid;
    dpdk::PortSnapshot port;
    port.name = "west-0";
    port.site = "west";
    port.device = "net_ring0";
    port.driver = "net_ring";
    port.hands_over_pause = hands_over_pause;
    s.ports.push_back(port);
    for (std::uint32_t i = 0; i < directions.size(); ++i) {
      const link::Direction& direction = *directions[i];
      dpdk::DirectionSnapshot d;
      d.link = i / 2;
      d.direction = i % 2;
      d.from = i % 2 == 0 ? "west" : "east";
      d.to = i % 2 == 0 ? "east" : "west";
      d.near = direction.near().counters();
      d.far = direction.far().counters();
      d.held = direction.frames_held();
      d.near_queue_bytes = direction.near().queued_bytes();
      d.config = direction.config();
      d.lag = lags[i];
      s.is_conserved = s.is_conserved && direction.is_conserved();
      s.directions.push_back(d);
    }
    return s;
  }

  std::vector<std::shared_ptr<link::CaptureRing>> start_capture(const CaptureRequest& request) override {
    if (!rings[request.link].empty()) throw std::runtime_error("a capture is running");
    requests.push_back(request);
    for (int i = 0; i < (request.direction ? 1 : 2); ++i)
      rings[request.link].push_back(std::make_shared<link::CaptureRing>(request.slots, request.snap_bytes));
    return rings[request.link];
  }
  void stop_capture(std::uint32_t link) override {
    rings[link].clear();
    ++stopped;
  }

  // `count` frames of `line_bytes`, back to back; everything that left until `until` is taken out, and the clock is
  // set.
  void send(std::size_t direction, std::uint64_t count, std::uint32_t line_bytes, Instant until) {
    link::Direction& d = *directions.at(direction);
    for (std::uint64_t i = 0; i < count; ++i) {
      link::Descriptor frame;
      frame.token = i;
      frame.line_bytes = line_bytes;
      d.enqueue(frame, now);
    }
    run_until(until);
  }
  void run_until(Instant until) {
    now = until;
    std::vector<link::Output> outputs(64);
    for (std::uint32_t i = 0; i < directions.size(); ++i) {
      for (std::size_t n = outputs.size(); n == outputs.size();) {
        n = directions[i]->advance(now, outputs);
        for (std::size_t k = 0; k < n; ++k) {
          if (outputs[k].kind == link::Output::Kind::exit) lags[i].record(Duration::nanoseconds(100));
        }
      }
    }
  }

  Instant now;
  bool hands_over_pause = true;
  std::vector<std::string> why_invalid;
  std::vector<std::unique_ptr<link::Direction>> directions;
  link::LagHistogram lags[2];
  std::vector<std::vector<Change>> published;
  std::vector<CaptureRequest> requests;
  std::map<std::uint32_t, std::vector<std::shared_ptr<link::CaptureRing>>> rings;
  int stopped = 0;
};

constexpr Instant at_us(std::int64_t n) { return Instant::at(Duration::microseconds(n)); }
constexpr Instant at_ms(std::int64_t n) { return Instant::at(Duration::milliseconds(n)); }

}  // namespace farlink::live::test
