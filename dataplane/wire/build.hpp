// SPDX-License-Identifier: Apache-2.0
// A packet to the bytes of its frame.
#pragma once

#include <cstddef>
#include <span>

#include "dataplane/wire/packet.hpp"

namespace farlink::wire {

// Writes the frame of `packet` without FCS and MAC padding: pad count, lengths, IPv4 checksum and ICRC are computed.
// Returns the bytes written, frame_bytes(packet); or 0, with `out` untouched, when `out` is too small or there is no
// such frame: unknown opcode, payload above max_payload_bytes, payload where the opcode has none, ATOMIC WRITE with a
// payload other than 8 bytes, IPv4 options above 40 bytes or no multiple of 4. Fields are cut to their width. The
// payload may already lie at its place in `out`.
std::size_t build(const RocePacket& packet, std::span<std::byte> out) noexcept;

}  // namespace farlink::wire
