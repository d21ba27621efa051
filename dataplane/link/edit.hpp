// SPDX-License-Identifier: Apache-2.0
// The edits that a frame carries out of the link, applied to its bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace farlink::link {

// edit_ce: ECT becomes CE in the IP header at `ip_offset` (FrameClass::ip_offset), IPv4 checksum included; the ICRC
// does not cover either. False, with nothing changed, when there is no IP header (offset 0, or not inside `frame`) or
// it is Not-ECT or CE already. Touches the IP header alone.
bool apply_ce(std::span<std::byte> frame, std::uint16_t ip_offset) noexcept;

// edit_corrupt: damages one byte that a receiver's check covers: of RoCEv2 the last one that the ICRC does, of other IP
// the last of the datagram, else the last of the frame (of a frame of minimum size, whose end may be padding, the first
// one behind the EtherType). `frame` without FCS; of a frame in several pieces give the first. Addresses, tags and
// EtherType stay right. False when there is nothing behind them.
bool apply_corrupt(std::span<std::byte> frame) noexcept;

}  // namespace farlink::link
