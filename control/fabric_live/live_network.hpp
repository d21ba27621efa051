// SPDX-License-Identifier: Apache-2.0
// Two sites and their link in real time: a forwarder with an endpoint behind one in-process port at each side, and the
// loop of the control thread that hands completions and timers to the sites' handlers in the order of their times, and
// the scenario's events to the link.
// Times that handlers see count from the start of run(). Owner: the control thread.
#pragma once

#include <array>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "control/fabric/statistics.hpp"
#include "control/fabric_live/live_events.hpp"
#include "control/fabric_packets/queue_pair_network.hpp"
#include "dataplane/dpdk/forwarder.hpp"
#include "dataplane/dpdk/ring_port.hpp"
#include "dataplane/virtual_time/site.hpp"
#include "dataplane/virtual_time/wake_queue.hpp"

namespace farlink::fabric_live {

class LiveNetwork final : public fabric_packets::QueuePairNetwork {
 public:
  static constexpr std::size_t sites = 2;

  // name: of ports and pool, unique in the process. Throws dpdk::DeviceError, std::invalid_argument.
  LiveNetwork(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& nics_per_site, const dpdk::Eal& eal,
              const std::string& name);
  ~LiveNetwork() override;
  LiveNetwork(const LiveNetwork&) = delete;
  LiveNetwork& operator=(const LiveNetwork&) = delete;

  const scenario::Scenario& scenario() const noexcept override { return scenario_; }
  std::vector<std::uint32_t> connect(std::uint32_t near_site, std::uint32_t near_nic, std::uint32_t far_site,
                                     std::uint32_t far_nic, std::uint32_t count,
                                     std::vector<std::uint32_t>& far) override;
  void post(std::uint32_t site, std::uint32_t nic, std::uint32_t qp, const rnic::Request& request,
            units::Instant now) override;
  void wake(std::uint32_t site, units::Instant when, std::uint64_t cookie) override {
    sites_[site].wakes.push(when, cookie);
  }
  std::uint32_t nic_count(std::uint32_t site) const override { return sites_[site].endpoint->nic_count(); }
  // Not while run() runs.
  const rnic::Nic& nic(std::uint32_t site, std::uint32_t number) const override {
    return sites_[site].endpoint->nic(number);
  }

  enum class End : std::uint8_t { finished, stuck, stopped };
  // Starts the lcores, calls `start`, and serves the handlers until all are finished, nothing is under way any more
  // (stuck), or keep_going, which is asked all the time, says no. Once.
  End run(const std::array<virtual_time::SiteHandler*, sites>& handlers, const std::function<void()>& start,
          const std::function<bool()>& keep_going);

  units::Instant now() const noexcept { return since_epoch(forwarder_->now()); }
  // The start of run() on the RNICs' clock.
  units::Instant epoch() const noexcept { return epoch_; }
  // Frames that the site's RNICs have sent; at any time.
  std::uint64_t frames_sent(std::uint32_t site) const noexcept { return sites_[site].endpoint->sent_so_far(); }
  // Frames that the link has dropped in direction 0 or 1; at any time, at the cost of a look into the lcore.
  std::uint64_t frames_dropped(std::uint32_t direction) const;

  // After run(): links, transport, how well time was kept, and whether the figures can be trusted.
  fabric::Statistics statistics() const;

 private:
  struct Site {
    std::unique_ptr<dpdk::RingPort> port;
    std::unique_ptr<dpdk::Endpoint> endpoint;
    std::vector<std::uint32_t> queue_pairs;      // per RNIC
    std::deque<endpoint::Posted> unposted;       // found the ring full
    std::optional<endpoint::Completed> arrived;  // taken from the ring, not yet handed over
    virtual_time::WakeQueue wakes;
    virtual_time::SiteHandler* handler = nullptr;
  };

  dpdk::ForwarderConfig forwarder_config(const std::vector<std::uint32_t>& nics_per_site, const dpdk::Eal& eal,
                                         const std::string& name) const;
  void add_endpoints(const dpdk::ForwarderConfig& config, const std::vector<std::uint32_t>& nics_per_site);
  static dpdk::ArrivalPath path_of(const link::DirectionConfig& config);
  units::Instant publish(const std::vector<link::DirectionConfig>& configs);
  void arm();
  units::Instant since_epoch(units::Instant at) const noexcept { return units::Instant::at(at - epoch_); }
  bool serve_next();
  void send_unposted();
  bool is_finished() const;
  bool is_stuck() const;
  void stop();
  void add_events(fabric::Statistics& statistics) const;
  std::vector<std::string> reasons_for_doubt() const;

  scenario::Scenario scenario_;
  std::array<Site, sites> sites_;
  std::unique_ptr<dpdk::Forwarder> forwarder_;
  LiveEvents events_;
  std::uint32_t entropy_ = 0;
  std::uint64_t outstanding_ = 0;   // requests without a completion
  units::Duration control_stolen_;  // pauses of this thread beyond max-lag
  bool is_running_ = false;
  bool yields_ = false;  // this thread has no CPU of its own
  units::Instant epoch_;
  units::Instant ended_;  // since the start of run()
  dpdk::Snapshot last_;   // at the end of run()
};

// Makes the statistics invalid for this reason too: a queue pair may have failed because the emulator stood still.
void add_reason(fabric::Statistics& statistics, const std::string& reason);

}  // namespace farlink::fabric_live
