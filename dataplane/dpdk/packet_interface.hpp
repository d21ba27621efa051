// SPDX-License-Identifier: Apache-2.0
// The kernel's interface behind a net_af_packet or net_af_xdp port, for what those drivers do not tell: its MTU,
// whether it runs, and how many frames the packet socket lost because they were not fetched in time.
#pragma once

#include <atomic>
#include <cstdint>
#include <net/if.h>
#include <vector>

namespace farlink::dpdk {

class PacketInterface {
 public:
  // index: the interface's; its packet sockets are those that this process has opened already.
  explicit PacketInterface(unsigned index);
  ~PacketInterface();
  PacketInterface(const PacketInterface&) = delete;
  PacketInterface& operator=(const PacketInterface&) = delete;

  // Bytes behind the Ethernet header; 0 when the interface is gone.
  std::uint32_t mtu() const noexcept;
  // Up and with a carrier. Any thread.
  bool is_running() const noexcept;
  // As is_running(), and forgets that it ever was not: a packet socket would answer the first frame after that with an
  // error, and keep it until the next is sent.
  bool is_ready_to_send() noexcept;
  // Frames that found the packet sockets' rings full, since they were opened. Any thread.
  std::uint64_t lost() noexcept;

 private:
  char name_[IF_NAMESIZE] = {};
  int control_;
  std::vector<int> sockets_;
  std::atomic<std::uint64_t> lost_{0};
};

}  // namespace farlink::dpdk
