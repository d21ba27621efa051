// SPDX-License-Identifier: Apache-2.0
// The invariant CRC of RoCEv2: CRC-32 over eight bytes of ones (for the missing LRH) and the packet from the IP header
// on, with the fields that routers may change read as ones: IPv4 TOS, TTL and checksum; IPv6 traffic class, flow label
// and hop limit; the UDP checksum; FECN, BECN and the reserved bits beside them. Stored least-significant byte first.
// InfiniBand Architecture Specification, annex A17 (RoCEv2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "dataplane/wire/layout.hpp"

namespace farlink::wire {

// The ICRC that `frame` ought to have; nothing when it is no RoCEv2 frame. The opcode and IPv4 checksum do not matter.
std::optional<std::uint32_t> icrc(std::span<const std::byte> frame) noexcept;
// As above for a frame whose layout is known to be ok.
std::uint32_t icrc(std::span<const std::byte> frame, const RoceLayout& layout) noexcept;

// The ICRC that stands in the frame.
std::uint32_t stored_icrc(std::span<const std::byte> frame, const RoceLayout& layout) noexcept;

// False also for what is no RoCEv2 frame.
bool has_valid_icrc(std::span<const std::byte> frame) noexcept;

}  // namespace farlink::wire
