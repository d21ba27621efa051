// SPDX-License-Identifier: Apache-2.0
// One lcore of the dataplane: the access ports of its sites and the directions that leave them. The loop samples the
// clock once, and everything below uses that time. Others reach it through call(), which runs between two bursts.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <rte_ring.h>
#include <string>
#include <vector>

#include "dataplane/dpdk/carrier.hpp"
#include "dataplane/dpdk/endpoint.hpp"
#include "dataplane/dpdk/forwarder_config.hpp"
#include "dataplane/dpdk/intake.hpp"
#include "dataplane/dpdk/tsc_clock.hpp"

namespace farlink::dpdk {

class Worker {
 public:
  using Task = std::function<void(units::Instant now)>;

  Worker(const std::string& name, Idle idle, units::Duration max_lag);
  ~Worker();
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  // Before the start.
  Carrier& add_carrier(const CarrierOptions& options);
  Outlet& add_local_outlet(Port& port, bool is_shared, Relays& relays);
  Intake& add_intake(IntakeOptions options);

  // Moves the frames of ports for the lcores of the links; `lcore` counts within the relays.
  void add_relays(const Relays& relays, std::size_t lcore);
  // Steps the endpoint in every iteration, between what leaves the links and what enters them, until drain().
  void add_endpoint(Endpoint& endpoint) { endpoints_.push_back(&endpoint); }

  // One iteration at `now`. clock: nullptr takes `now` for the time of release as well. Returns the frames that moved.
  std::uint32_t step(units::Instant now, const TscClock* clock);

  // Runs until stop(); the body of an lcore.
  void run(const TscClock& clock);
  void stop() noexcept { is_stopping_.store(true, std::memory_order_relaxed); }

  // From a task: takes nothing more from the ports, so that what is inside runs out. A further lcore first, then those
  // that take what it has received.
  void drain(units::Instant now);
  bool is_running() const noexcept { return is_running_.load(std::memory_order_acquire); }

  // Runs the task in this worker's thread, between two bursts, and returns when it is done; in the caller's thread when
  // the worker is not running. Thread-safe.
  void call(const Task& task);

  // From any lcore: PFC for the carrier of that number.
  void post_pause(std::uint32_t carrier, std::uint16_t exit, std::uint8_t priority, std::uint16_t quanta) noexcept;

  const std::vector<std::unique_ptr<Carrier>>& carriers() const noexcept { return carriers_; }
  const std::vector<std::unique_ptr<Intake>>& intakes() const noexcept { return intakes_; }
  const std::vector<std::unique_ptr<Outlet>>& local_outlets() const noexcept { return local_outlets_; }
  WorkerSnapshot snapshot() const;
  std::uint64_t lost_pauses() const noexcept { return lost_pauses_.load(std::memory_order_relaxed); }

 private:
  std::uint32_t release_due(units::Instant now, const TscClock* clock);
  void take_pauses(units::Instant now);
  void run_task(units::Instant now);
  void note_gap(units::Duration gap) noexcept;

  Idle idle_;
  units::Duration max_lag_;
  std::vector<std::unique_ptr<Intake>> intakes_;
  std::vector<std::unique_ptr<Carrier>> carriers_;
  std::vector<std::unique_ptr<Outlet>> local_outlets_;
  std::vector<Endpoint*> endpoints_;
  std::vector<ReceiveRelay*> receives_;
  std::vector<TransmitRelay*> transmits_;
  rte_ring* pauses_;
  std::atomic<std::uint64_t> lost_pauses_{0};

  std::mutex call_mutex_;
  alignas(64) std::atomic<const Task*> task_{nullptr};
  std::atomic<bool> is_stopping_{false};
  std::atomic<bool> is_running_{false};
  bool is_draining_ = false;
  units::Instant last_now_;
  std::uint64_t iterations_ = 0, busy_iterations_ = 0, gaps_ = 0;
  units::Duration longest_gap_, stolen_;
};

}  // namespace farlink::dpdk
