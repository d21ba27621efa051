// SPDX-License-Identifier: Apache-2.0
// Sites with in-process access ports around one forwarder, stepped at the test's own times. Every lab ends with the
// checks that hold always: conservation, and every mbuf back in its pool.
#pragma once

#include <catch2/catch.hpp>
#include <functional>
#include <utility>

#include "tests/dpdk/support.hpp"

namespace farlink::dpdk::test {

using FrameBytes = std::vector<std::byte>;

struct LabOptions {
  std::vector<unsigned> ports = {1, 1};                                   // per site
  std::vector<std::pair<std::uint32_t, std::uint32_t>> links = {{0, 1}};  // west, east
  std::function<void(ForwarderConfig&)> change = [](ForwarderConfig&) {};
  std::vector<unsigned> lcores = {1};
};

class Lab {
 public:
  explicit Lab(const LabOptions& options = {}) {
    environment();
    static int labs = 0;
    const std::string prefix = "l" + std::to_string(labs++);
    std::vector<std::vector<std::string>> devices;
    for (std::size_t site = 0; site < options.ports.size(); ++site) {
      ports_.emplace_back();
      devices.emplace_back();
      for (unsigned port = 0; port < options.ports[site]; ++port) {
        const std::string name = prefix + "s" + std::to_string(site) + "p" + std::to_string(port);
        ports_[site].push_back(std::make_unique<RingPort>(name, 1'024));
        devices[site].push_back(ports_[site].back()->device());
      }
    }
    ForwarderConfig config = plain_config(devices);
    config.name = prefix;
    config.links.clear();
    for (const auto& [west, east] : options.links) {
      LinkConfig link;
      link.name = config.sites[west].name + "-" + config.sites[east].name;
      link.west = west;
      link.east = east;
      link.directions = {plain_direction(0), plain_direction(1)};
      for (link::DirectionConfig& direction : link.directions)
        direction.link = static_cast<std::uint32_t>(config.links.size());
      config.links.push_back(link);
    }
    options.change(config);
    forwarder_ = std::make_unique<Forwarder>(config, options.lcores);
  }

  ~Lab() {
    for (auto& site : ports_)
      for (auto& port : site) take_all(*port);
    const Snapshot last = forwarder_->snapshot();
    CHECK(last.is_conserved);
    std::uint64_t held = 0;
    for (const DirectionSnapshot& direction : last.directions) held += direction.held;
    CHECK(last.mbufs_free + held == last.mbufs);
    forwarder_.reset();
  }
  Lab(const Lab&) = delete;
  Lab& operator=(const Lab&) = delete;

  // Puts the frame in front of the port, to be received by the next step.
  void send(std::uint32_t site, std::uint32_t port, const FrameBytes& bytes) {
    give(site, port, to_mbuf(bytes, forwarder_->buffers()));
  }
  void give(std::uint32_t site, std::uint32_t port, rte_mbuf* mbuf) {
    REQUIRE(ports_[site][port]->give({&mbuf, 1}) == 1);
  }

  std::vector<FrameBytes> take(std::uint32_t site, std::uint32_t port) { return take_all(*ports_[site][port]); }

  // Two looks: the second may be what acts on the frames that the first took in.
  void step_at(Duration since_start) {
    now_ = Instant::at(since_start);
    for (int look = 0; look < 2; ++look) forwarder_->step(now_);
  }
  // Every microsecond for so long.
  void run_for(Duration duration) {
    const Instant end = now_ + duration;
    while (now_ < end) {
      now_ = now_ + Duration::microseconds(1);
      forwarder_->step(now_);
    }
  }
  void settle() { run_for(Duration::microseconds(50)); }

  Instant now() const { return now_; }
  RingPort& port(std::uint32_t site, std::uint32_t number) { return *ports_[site][number]; }
  Forwarder& forwarder() { return *forwarder_; }
  PortCounters counters(std::uint32_t site, std::uint32_t port) {
    const std::string name = forwarder_->config().sites[site].name + "-" + std::to_string(port);
    for (const PortSnapshot& one : forwarder_->snapshot().ports)
      if (one.name == name) return one.counters;
    throw std::out_of_range(name);
  }
  DirectionSnapshot direction(std::uint32_t link, std::uint32_t direction) {
    return forwarder_->snapshot().directions.at(2 * link + direction);
  }

 private:
  std::vector<std::vector<std::unique_ptr<RingPort>>> ports_;
  std::unique_ptr<Forwarder> forwarder_;
  Instant now_;
};

// An Ethernet frame without FCS between hosts that are told by a number (0: broadcast), of `bytes` in all, whose data
// counts from `mark` on.
inline FrameBytes ethernet(std::uint8_t to, std::uint8_t from, std::uint16_t ethertype = 0x88b5,
                           std::size_t bytes = 100, unsigned mark = 0) {
  FrameBytes frame(bytes);
  for (std::size_t i = 14; i < bytes; ++i) frame[i] = static_cast<std::byte>((i + mark) & 0xffU);
  const auto put = [&](std::size_t at, std::uint8_t host) {
    frame[at] = std::byte{2};
    frame[at + 5] = static_cast<std::byte>(host);
  };
  put(0, to);
  put(6, from);
  if (to == 0) std::fill_n(frame.begin(), 6, std::byte{0xff});
  frame[12] = static_cast<std::byte>(ethertype >> 8);
  frame[13] = static_cast<std::byte>(ethertype & 0xffU);
  return frame;
}

}  // namespace farlink::dpdk::test
