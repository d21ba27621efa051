// SPDX-License-Identifier: Apache-2.0
// One Ethernet port: a DPDK device with one receive and one transmit queue. Bursts are DPDK's own calls; the rest is
// finding, configuring and watching the device. Owner of receive(): one lcore; of transmit(): one lcore, or several
// that hold transmit_lock().
#pragma once

#include <cstdint>
#include <memory>
#include <rte_ethdev.h>
#include <rte_spinlock.h>
#include <span>
#include <string>
#include <utility>

#include "dataplane/dpdk/buffers.hpp"
#include "dataplane/dpdk/device_claim.hpp"
#include "dataplane/dpdk/packet_interface.hpp"
#include "dataplane/dpdk/send_schedule.hpp"
#include "dataplane/dpdk/tsc_clock.hpp"

namespace farlink::dpdk {

struct PortOptions {
  std::string device;                 // "net_vhost0,iface=west.sock,queues=1", "0000:3b:00.0"
  std::uint32_t frame_bytes = 9'216;  // largest frame without FCS that is wanted
  std::uint16_t descriptors = 1'024;  // per queue, as far as the device goes
};

class Port {
 public:
  // Attaches the device (or takes the port of that name that is there already), configures and starts it. Throws
  // DeviceError.
  Port(const PortOptions& options, const Buffers& buffers);
  ~Port();
  Port(const Port&) = delete;
  Port& operator=(const Port&) = delete;

  // Bytes that an mbuf must hold beside a frame, for such a device.
  static std::uint32_t room_beside_frame(const std::string& device);

  // Discards what came before, and counts losses from here on. Before the first receive().
  void begin() noexcept;

  std::uint16_t receive(std::span<rte_mbuf*> mbufs) noexcept {
    const std::uint16_t count = rte_eth_rx_burst(id_, 0, mbufs.data(), static_cast<std::uint16_t>(mbufs.size()));
    if (interface_ != nullptr) [[unlikely]]
      put_tags_back(mbufs.first(count));
    return count;
  }
  // Returns how many were taken; the others stay the caller's.
  std::uint16_t transmit(std::span<rte_mbuf*> mbufs) noexcept {
    // A packet socket would keep the frames and send them whenever the interface comes back.
    if (interface_ != nullptr && !interface_->is_ready_to_send()) [[unlikely]]
      return 0;
    return rte_eth_tx_burst(id_, 0, mbufs.data(), static_cast<std::uint16_t>(mbufs.size()));
  }
  rte_spinlock_t& transmit_lock() noexcept { return transmit_lock_; }

  std::uint16_t id() const noexcept { return id_; }
  const std::string& device() const noexcept { return device_; }
  const std::string& driver() const noexcept { return driver_; }
  const rte_ether_addr& mac() const noexcept { return mac_; }
  // Longest frame without FCS that the port can carry; of one with an 802.1Q tag it may be more.
  std::uint32_t largest_frame() const noexcept { return largest_frame_; }
  std::uint32_t largest_tagged_frame() const noexcept { return largest_tagged_frame_; }
  // Whether PFC and pause frames reach software: the driver is known for it, or was told to and said yes.
  bool hands_over_pause() const noexcept { return hands_over_pause_; }
  // Compares its clock with ours, where it has that and offers to hold frames. Before the first transmit().
  void begin_schedule(const TscClock& clock);
  // The schedule that a test gives in place of a NIC's.
  void set_schedule(std::unique_ptr<SendSchedule> schedule) noexcept { schedule_ = std::move(schedule); }
  SendSchedule* schedule() noexcept { return schedule_.get(); }
  const SendSchedule* schedule() const noexcept { return schedule_.get(); }
  // Frames that reached the NIC when their time had passed, as far as it tells.
  std::uint64_t missed_schedule() const noexcept;
  // Compares the two clocks again; a few times a second, by one thread.
  void watch_schedule(const TscClock& clock) noexcept;
  bool is_up() const noexcept;
  // Since begin(), or the port's own start.
  rte_eth_stats statistics() const noexcept;

 private:
  void attach(std::uint32_t mbuf_bytes);
  void detach() noexcept;
  void configure(const PortOptions& options, const Buffers& buffers);
  void note_largest_frame(std::uint32_t buffer_bytes);
  bool probe_pause() noexcept;
  bool read_device_clock(const TscClock& clock, DeviceReading& reading) const noexcept;
  static void put_tags_back(std::span<rte_mbuf*> mbufs) noexcept;
  rte_eth_stats total_statistics() const noexcept;
  [[noreturn]] void fail(const std::string& what, int error) const;

  std::string device_, name_, driver_;
  DeviceClaim claim_;
  std::unique_ptr<PacketInterface> interface_;  // of net_af_packet and net_af_xdp
  rte_eth_stats before_{};                      // begin()
  std::uint16_t id_ = RTE_MAX_ETHPORTS;
  bool is_attached_here_ = false;
  bool is_software_ = false;
  bool hands_over_pause_ = false;
  bool can_schedule_ = false;
  int schedule_field_ = -1;
  std::uint64_t schedule_flag_ = 0;
  std::unique_ptr<SendSchedule> schedule_;  // null: frames leave when they are handed over
  std::uint32_t largest_frame_ = 0, largest_tagged_frame_ = 0;
  rte_ether_addr mac_{};
  rte_spinlock_t transmit_lock_ = RTE_SPINLOCK_INITIALIZER;
};

}  // namespace farlink::dpdk
