// SPDX-License-Identifier: Apache-2.0
// The live dataplane: sites with access ports, links between them, served by one or more lcores. One direction of a
// link is one lcore's, never split; all directions that leave a site are the same lcore's, and so are the site's ports,
// unless there are more lcores than sites: the further ones move the ports' frames.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "dataplane/dpdk/buffers.hpp"
#include "dataplane/dpdk/forwarder_config.hpp"
#include "dataplane/dpdk/port.hpp"
#include "dataplane/dpdk/snapshot.hpp"
#include "dataplane/dpdk/worker.hpp"

namespace farlink::dpdk {

class Forwarder {
 public:
  // Attaches the ports and builds the links. `lcores`: Eal::lcores(). Throws DeviceError: port missing or busy, memory
  // short, lossless mode on a port that keeps pause frames to itself.
  Forwarder(const ForwarderConfig& config, const std::vector<unsigned>& lcores);
  ~Forwarder();
  Forwarder(const Forwarder&) = delete;
  Forwarder& operator=(const Forwarder&) = delete;

  // Serves the endpoint by the lcore of this site, with the same look at the clock; before start().
  void attach(std::uint32_t site, Endpoint& endpoint) { sites_[site].worker->add_endpoint(endpoint); }

  void start();
  // Stops receiving, lets what is inside leave (for at most `patience`), and ends the lcores.
  void stop(units::Duration patience);

  // Everything once, at a time of the caller's; not between start() and stop().
  void step(units::Instant now);

  // Adopts new values of one or more directions between two bursts; returns when the last of them was in force.
  // Thread-safe.
  units::Instant publish(const std::vector<link::DirectionConfig>& configs);
  void start_capture(std::uint32_t link, std::uint32_t direction, std::shared_ptr<link::CaptureRing> ring,
                     link::CapturePoint point);
  void stop_capture(std::uint32_t link);

  // Runs the task in the lcore of this site, between two bursts, or here when it is not running. Thread-safe.
  void call(std::uint32_t site, const Worker::Task& task) { sites_[site].worker->call(task); }

  // Looks at the ports' links; to be called a few times a second by one thread.
  void watch();
  Snapshot snapshot() const;

  units::Instant now() const noexcept { return clock_.sample(); }
  const TscClock& clock() const noexcept { return clock_; }
  const ForwarderConfig& config() const noexcept { return config_; }
  const Buffers& buffers() const noexcept { return *buffers_; }
  Port& port(std::uint32_t site, std::uint32_t number) noexcept { return *sites_[site].ports[number]; }

 private:
  struct Site {
    std::vector<std::unique_ptr<Port>> ports;
    std::vector<bool> was_up;
    std::vector<std::uint32_t> changes;
    Worker* worker = nullptr;
  };
  struct Way {  // one direction
    Worker* worker = nullptr;
    Carrier* carrier = nullptr;
    std::uint32_t index = 0;  // of the carrier in its worker
    std::uint32_t from = 0, to = 0;
  };

  void attach_ports();
  void build_workers(std::size_t lcores);
  void build_ways();
  void build_intakes();
  void check_pause() const;
  bool learns() const;
  PauseHandler pause_handler(std::uint32_t site);
  Way& way(std::uint32_t link, std::uint32_t direction) { return ways_[2 * link + direction]; }
  PortSnapshot port_snapshot(std::uint32_t site, std::uint32_t number) const;
  struct Tally {
    std::uint64_t waiting = 0;  // frames in outlets
    std::uint64_t lost_pauses = 0;
    std::uint64_t unsent_pauses = 0;  // made, and not taken by the port or its link was down
  };
  void add_way(Snapshot& snapshot, std::size_t number, Tally& tally) const;
  void add_pauses(Snapshot& snapshot, const Outlet& outlet, Tally& tally) const;
  void add_relays(Snapshot& snapshot, Tally& tally) const;
  bool is_conserved(const Snapshot& snapshot, const Tally& tally) const;

  ForwarderConfig config_;
  std::vector<unsigned> lcores_;
  TscClock clock_;
  std::unique_ptr<Buffers> buffers_;
  mutable std::mutex watch_mutex_;  // over what watch() notes of the ports
  std::vector<Site> sites_;
  MacTable table_;
  std::unique_ptr<Relays> relays_;
  std::vector<std::unique_ptr<Worker>> workers_;  // of the links, then of the relays
  std::vector<Way> ways_;
  bool is_started_ = false;
};

}  // namespace farlink::dpdk
