// SPDX-License-Identifier: Apache-2.0
// A RoCEv2 packet as a value: addresses, marking, BTH, extension headers and a view of the payload. build.hpp makes a
// frame of it, parse.hpp makes it of a frame. Default values are those of an ordinary data packet.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "dataplane/wire/headers.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::wire {

using MacAddress = std::array<std::uint8_t, 6>;
using Ipv4Address = std::array<std::uint8_t, 4>;
using Ipv6Address = std::array<std::uint8_t, 16>;

inline constexpr std::uint16_t roce_udp_port = 4791;

// IP ECN codepoints (RFC 3168).
enum class Ecn : std::uint8_t { not_ect = 0, ect1 = 1, ect0 = 2, ce = 3 };

// IEEE 802.1Q tag.
struct VlanTag {
  std::uint8_t priority = 0;  // 0-7
  bool drop_eligible = false;
  std::uint16_t id = 0;  // 0-4095

  bool operator==(const VlanTag&) const = default;
};

struct Ipv4 {
  Ipv4Address source{};
  Ipv4Address destination{};
  std::uint16_t identification = 0;
  bool dont_fragment = true;
  std::span<const std::byte> options;  // 0 to 40 bytes, a multiple of 4
};

struct Ipv6 {
  Ipv6Address source{};
  Ipv6Address destination{};
  std::uint32_t flow_label = 0;  // 20 bits
};

struct RocePacket {
  MacAddress destination_mac{};
  MacAddress source_mac{};
  std::optional<VlanTag> vlan;
  std::variant<Ipv4, Ipv6> ip;
  std::uint8_t dscp = 26;  // 6 bits
  Ecn ecn = Ecn::ect0;
  std::uint8_t hop_limit = 64;  // IPv4: time to live
  std::uint16_t udp_source_port = 0xc000;
  std::uint16_t udp_checksum = 0;  // RoCEv2 sends 0 and ignores what it receives
  Bth bth;
  // Of these only what bth.opcode calls for is written and read.
  Feth feth;
  Reth reth;
  Aeth aeth;
  AtomicEth atomic;
  AtomicAckEth atomic_ack;
  Immediate immediate;
  Ieth invalidate;
  std::span<const std::byte> payload;  // not owned

  constexpr IpVersion ip_version() const noexcept { return ip.index() == 0 ? IpVersion::v4 : IpVersion::v6; }
};

// The frame that `packet` becomes, without FCS and MAC padding.
constexpr std::size_t frame_bytes(const RocePacket& packet) noexcept {
  const Ipv4* v4 = std::get_if<Ipv4>(&packet.ip);
  return frame_bytes(packet.bth.opcode, static_cast<std::uint32_t>(packet.payload.size()), packet.ip_version(),
                     packet.vlan.has_value()) +
         (v4 != nullptr ? v4->options.size() : 0U);
}

}  // namespace farlink::wire
