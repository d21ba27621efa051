// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/worker.hpp"

#include <algorithm>
#include <ctime>
#include <rte_errno.h>
#include <rte_pause.h>
#include <sched.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>
#include <utility>

#include "dataplane/dpdk/error.hpp"

namespace farlink::dpdk {
namespace {

// A pause as one pointer-sized message of a ring; the top bit is set, so that it is never null.
std::uintptr_t pack(std::uint32_t carrier, std::uint16_t exit, std::uint8_t priority, std::uint16_t quanta) noexcept {
  return (std::uintptr_t{1} << 63) | (std::uintptr_t{carrier & 0x7fffU} << 48) | (std::uintptr_t{exit} << 32) |
         (std::uintptr_t{priority} << 16) | quanta;
}

}  // namespace

Worker::Worker(const std::string& name, Idle idle, units::Duration max_lag)
    : idle_{idle}, max_lag_{max_lag}, pauses_{rte_ring_create(name.c_str(), 1'024, SOCKET_ID_ANY, RING_F_SC_DEQ)} {
  if (pauses_ == nullptr)
    throw DeviceError("memory for a message ring is not there: " + std::string(rte_strerror(rte_errno)));
}

Worker::~Worker() { rte_ring_free(pauses_); }

Carrier& Worker::add_carrier(const CarrierOptions& options) {
  return *carriers_.emplace_back(std::make_unique<Carrier>(options));
}

Outlet& Worker::add_local_outlet(Port& port, bool is_shared, Relays& relays) {
  TransmitRelay* relay = relays.add_transmit(port, units::Duration::max(), false);
  return *local_outlets_.emplace_back(
      std::make_unique<Outlet>(port, is_shared, units::Duration::max(), nullptr, relay));
}

void Worker::add_relays(const Relays& relays, std::size_t lcore) {
  receives_ = relays.receives_of(lcore);
  transmits_ = relays.transmits_of(lcore);
}

Intake& Worker::add_intake(IntakeOptions options) {
  return *intakes_.emplace_back(std::make_unique<Intake>(std::move(options)));
}

std::uint32_t Worker::step(units::Instant now, const TscClock* clock) {
  if (task_.load(std::memory_order_acquire) != nullptr) [[unlikely]]
    run_task(now);
  if (!rte_ring_empty(pauses_)) [[unlikely]]
    take_pauses(now);
  // What is due goes first: what comes in now cannot leave before a serialization has passed.
  std::uint32_t moved = release_due(now, clock);
  if (!is_draining_) {
    for (Endpoint* endpoint : endpoints_) moved += endpoint->step(now, clock);
    for (auto& intake : intakes_) {
      const std::uint32_t taken = intake->poll(now, clock);
      moved += taken;
      // Taking a burst is longer than anything else here: what fell due meanwhile does not wait for the next port too.
      if (taken > 0 && clock != nullptr && intake != intakes_.back())
        moved += release_due(now = clock->sample(), clock);
    }
  }
  for (auto& outlet : local_outlets_) outlet->flush(now, clock);
  for (TransmitRelay* relay : transmits_) moved += relay->step(now, clock);
  if (!is_draining_)
    for (ReceiveRelay* relay : receives_) moved += relay->step();
  last_now_ = now;
  return moved;
}

std::uint32_t Worker::release_due(units::Instant now, const TscClock* clock) {
  std::uint32_t moved = 0;
  for (auto& carrier : carriers_) {
    moved += carrier->advance(now);
    carrier->flush(now, clock);
  }
  return moved;
}

// A spinning lcore that has to share its CPU after all gets the larger part of it. Where that is not allowed, its gaps
// will tell.
void Worker::run(const TscClock& clock) {
  if (idle_ == Idle::spin) static_cast<void>(setpriority(PRIO_PROCESS, static_cast<id_t>(gettid()), -20));
  constexpr std::uint32_t patience = 64;  // empty looks before the CPU is offered to others
  is_running_.store(true, std::memory_order_release);
  std::uint32_t empty = 0;
  units::Instant last = clock.sample();
  while (!is_stopping_.load(std::memory_order_relaxed)) {
    const units::Instant now = clock.sample();
    note_gap(now - last);
    last = now;
    ++iterations_;
    if (step(now, &clock) > 0) {
      ++busy_iterations_;
      empty = 0;
    } else if (++empty > patience && idle_ == Idle::yield) {
      sched_yield();
    }
  }
  is_running_.store(false, std::memory_order_release);  // a task that comes from here on is run by its caller
}

void Worker::drain(units::Instant now) {
  for (auto& intake : intakes_)
    while (intake->is_relayed() && intake->poll(now, nullptr) > 0) continue;
  is_draining_ = true;
}

void Worker::note_gap(units::Duration gap) noexcept {
  if (gap <= longest_gap_) [[likely]] {
    if (gap <= max_lag_) return;
  } else {
    longest_gap_ = gap;
  }
  if (gap <= max_lag_) return;
  ++gaps_;
  stolen_ += gap;
}

void Worker::call(const Task& task) {
  const std::lock_guard lock{call_mutex_};
  if (!is_running_.load(std::memory_order_acquire)) return task(last_now_);
  task_.store(&task, std::memory_order_release);
  while (task_.load(std::memory_order_acquire) != nullptr) {
    if (!is_running_.load(std::memory_order_acquire) && task_.exchange(nullptr) != nullptr) return task(last_now_);
    std::this_thread::yield();
  }
}

void Worker::run_task(units::Instant now) {
  const Task* task = task_.load(std::memory_order_acquire);
  (*task)(now);
  task_.store(nullptr, std::memory_order_release);
}

void Worker::post_pause(std::uint32_t carrier, std::uint16_t exit, std::uint8_t priority,
                        std::uint16_t quanta) noexcept {
  void* message = reinterpret_cast<void*>(pack(carrier, exit, priority, quanta));
  if (rte_ring_enqueue(pauses_, message) != 0) lost_pauses_.fetch_add(1, std::memory_order_relaxed);
}

void Worker::take_pauses(units::Instant now) {
  void* message = nullptr;
  while (rte_ring_dequeue(pauses_, &message) == 0) {
    const auto word = reinterpret_cast<std::uintptr_t>(message);
    carriers_[(word >> 48) & 0x7fffU]->pause(static_cast<std::uint16_t>(word >> 32),
                                             static_cast<std::uint8_t>(word >> 16), static_cast<std::uint16_t>(word),
                                             now);
  }
}

WorkerSnapshot Worker::snapshot() const {
  WorkerSnapshot snapshot;
  timespec time{};
  if (is_running() && clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time) == 0)
    snapshot.cpu_time = units::Duration::seconds(time.tv_sec) + units::Duration::nanoseconds(time.tv_nsec);
  snapshot.iterations = iterations_;
  snapshot.busy_iterations = busy_iterations_;
  snapshot.longest_gap = longest_gap_;
  snapshot.stolen = stolen_;
  snapshot.gaps = gaps_;
  return snapshot;
}

}  // namespace farlink::dpdk
