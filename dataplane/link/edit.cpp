// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/edit.hpp"

#include <algorithm>

#include "dataplane/link/classify.hpp"
#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/ecn.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::link {

namespace {

// Where the IP datagram at `ip` ends; at the end of the frame if it says it goes further.
std::size_t datagram_end(std::span<const std::byte> frame, std::size_t ip) noexcept {
  const bool is_v4 = wire::load8(frame, ip) >> 4 == 4;
  const std::size_t end =
      is_v4 ? ip + wire::load16(frame, ip + 2) : ip + wire::ipv6_bytes + wire::load16(frame, ip + 4);
  return std::min(end, frame.size());
}

// The byte to damage, or frame.size() when there is none.
std::size_t byte_to_damage(std::span<const std::byte> frame) noexcept {
  Descriptor d;
  const auto size = static_cast<std::uint32_t>(frame.size());
  const FrameClass what = classify(frame, size, d);
  if (frame.size() <= wire::ethernet_bytes) return frame.size();
  if (what.ip_offset == 0) return size <= wire::min_frame_bytes ? std::size_t{wire::ethernet_bytes} : frame.size() - 1;
  const std::size_t end = datagram_end(frame, what.ip_offset);
  if (what.kind == FrameKind::roce || what.kind == FrameKind::cnp) return end - wire::icrc_bytes - 1;
  const bool is_v4 = wire::load8(frame, what.ip_offset) >> 4 == 4;
  const std::size_t payload = what.ip_offset + (is_v4 ? wire::ipv4_bytes : wire::ipv6_bytes);
  // A datagram without payload is damaged in its last address byte, which the IPv4 checksum covers.
  return std::max(end, payload) - 1;
}

}  // namespace

bool apply_ce(std::span<std::byte> frame, std::uint16_t ip_offset) noexcept {
  return ip_offset != 0 && wire::set_ce_at(frame, ip_offset) == wire::CeMark::marked;
}

bool apply_corrupt(std::span<std::byte> frame) noexcept {
  const std::size_t at = byte_to_damage(frame);
  if (at >= frame.size()) return false;
  frame[at] ^= std::byte{0x55};  // never turns a 16-bit word of zeros into ones, which checksums cannot tell apart
  return true;
}

}  // namespace farlink::link
