// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/packet_ring.hpp"

#include <charconv>
#include <linux/if_packet.h>
#include <numeric>

#include "dataplane/dpdk/device_text.hpp"
#include "dataplane/dpdk/error.hpp"

namespace farlink::dpdk {
namespace {

// The kernel puts into a slot its own header, the sender's address, and the Ethernet header so that what follows it is
// aligned. DPDK asks for an mbuf that holds a slot but for the header, and takes slots to lie side by side over all
// blocks: they must fill a block, which is of whole pages.
constexpr std::uint32_t ethernet_header = 14;
constexpr std::uint32_t alignment = TPACKET_ALIGNMENT;
constexpr std::uint32_t aligned(std::uint32_t bytes) noexcept {
  return (bytes + alignment - 1) / alignment * alignment;
}
constexpr std::uint32_t slot_header = aligned(sizeof(tpacket2_hdr));
constexpr std::uint32_t before_frame = aligned(slot_header + sizeof(sockaddr_ll) + 16) - ethernet_header;
static_assert(before_frame == PacketRing::room_beside_frame);
constexpr std::uint32_t page = 4'096;

std::uint32_t number_of(const std::string& device, const char* key, const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= before_frame)
    throw DeviceError("port " + device + ": " + key + "=" + text + " is no length of a slot; give bytes, such as " +
                      key + "=9216, or leave it out");
  return number;
}

}  // namespace

PacketRing::PacketRing(const std::string& device, std::uint32_t mbuf_bytes, std::uint32_t frames) : device_{device} {
  constexpr std::uint32_t unit = 64;  // 64 slots at most then fill whole pages
  std::uint32_t slot = mbuf_bytes / unit * unit;
  if (const auto given = device_argument(device, "framesz"))
    slot = number_of(device, "framesz", *given);
  else
    device_ += ",framesz=" + std::to_string(slot);
  largest_frame_ = slot - before_frame;

  std::uint32_t block = std::lcm(slot, page);
  if (const auto given = device_argument(device, "blocksz"))
    block = number_of(device, "blocksz", *given);
  else
    device_ += ",blocksz=" + std::to_string(block);

  if (block % slot != 0)
    throw DeviceError("port " + device +
                      ": blocksz must be a multiple of framesz, or frames are lost without a word; " +
                      "leave both out, and they fit");
  const std::uint32_t per_block = block / slot;
  if (!device_argument(device, "framecnt"))
    device_ += ",framecnt=" + std::to_string((frames + per_block - 1) / per_block * per_block);
}

}  // namespace farlink::dpdk
