// SPDX-License-Identifier: Apache-2.0
// The bytes of a frame to the packet in it. Safe on any input: nothing outside the frame is read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/wire/packet.hpp"
#include "dataplane/wire/verdict.hpp"

namespace farlink::wire {

struct Parsed {
  Verdict verdict = Verdict::truncated;
  RocePacket packet;            // payload and IPv4 options point into the frame; valid when the verdict is ok
  std::size_t frame_bytes = 0;  // where the ICRC ends; what follows is MAC padding
  std::uint32_t icrc = 0;       // as it stands in the frame, not checked: has_valid_icrc() does that

  constexpr explicit operator bool() const noexcept { return verdict == Verdict::ok; }
};

// `frame` starts at the destination MAC and ends before the FCS. Reserved fields, the pad bytes, the UDP checksum and a
// CNP's reserved bytes are not judged, as receivers do not.
Parsed parse(std::span<const std::byte> frame) noexcept;

}  // namespace farlink::wire
