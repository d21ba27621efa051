// SPDX-License-Identifier: Apache-2.0
// Between RNIC and line when there are bytes: a frame of the RNIC to a RoCEv2 packet with addresses, payload and ICRC,
// and back. Frame::local_address is a pointer here: the payload is copied from the sender's memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <variant>

#include "dataplane/rnic/frame.hpp"
#include "dataplane/wire/packet.hpp"
#include "dataplane/wire/verdict.hpp"

namespace farlink::rnic {

struct EndpointAddress {
  wire::MacAddress mac{};
  std::variant<wire::Ipv4Address, wire::Ipv6Address> ip;
};

// What the headers outside the BTH say: one value per queue pair and direction. Both ends speak the same IP version;
// when they do not, to_bytes writes nothing.
struct WirePath {
  EndpointAddress source;
  EndpointAddress destination;
  std::optional<wire::VlanTag> vlan;
  std::uint8_t dscp = 26;  // of data and acknowledgements alike
  wire::Ecn ecn = wire::Ecn::ect0;
  std::uint8_t hop_limit = 64;
  std::uint16_t udp_source_port = 0xc000;  // flow entropy
};

// Writes the frame without FCS and MAC padding; returns its bytes, or 0, with `out` untouched, when `out` is too small
// or there is no such frame. frame.payload_bytes bytes at frame.local_address must be readable.
std::size_t to_bytes(const Frame& frame, const WirePath& path, std::span<std::byte> out);

struct ReceivedFrame {
  wire::Verdict verdict = wire::Verdict::truncated;
  Frame frame;                         // valid when the verdict is ok; is_corrupt when the ICRC does not fit
  std::span<const std::byte> payload;  // inside the bytes

  constexpr explicit operator bool() const noexcept { return verdict == wire::Verdict::ok; }
};

// `bytes` starts at the destination MAC and ends before the FCS. Safe on any input.
ReceivedFrame from_bytes(std::span<const std::byte> bytes) noexcept;

}  // namespace farlink::rnic
