// SPDX-License-Identifier: Apache-2.0
// The rings that a net_af_packet device shares with the kernel, one slot per frame. DPDK's own slots of 2048 bytes cut
// a longer frame on its way in and drop it on its way out, both without a word: so slots are made as long as an mbuf,
// and what does not fit into them is known.
#pragma once

#include <cstdint>
#include <string>

namespace farlink::dpdk {

class PacketRing {
 public:
  // device: as in the scenario; its own framesz, blocksz and framecnt stand where they are given.
  PacketRing(const std::string& device, std::uint32_t mbuf_bytes, std::uint32_t frames);

  // The device with what was not given.
  const std::string& device() const noexcept { return device_; }
  // Frames up to this length, without FCS, pass whole.
  std::uint32_t largest_frame() const noexcept { return largest_frame_; }

  // Bytes by which an mbuf must be longer than the longest frame, since a slot holds the kernel's header as well.
  static constexpr std::uint32_t room_beside_frame = 66;

 private:
  std::string device_;
  std::uint32_t largest_frame_;
};

}  // namespace farlink::dpdk
