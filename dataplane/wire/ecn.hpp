// SPDX-License-Identifier: Apache-2.0
// Congestion-experienced marking of a frame in place, as a switch does it (RFC 3168): ECT becomes CE, the IPv4 checksum
// is updated incrementally, the ICRC does not cover either. Not-ECT is left alone; a switch would drop instead.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace farlink::wire {

enum class CeMark : std::uint8_t { marked, already_marked, not_ect, not_ip };

// Works on any IPv4 or IPv6 frame, with or without one 802.1Q tag.
CeMark set_ce(std::span<std::byte> frame) noexcept;

// The same for a frame whose IP header is known to start at `ip`, whatever stands before it.
CeMark set_ce_at(std::span<std::byte> frame, std::size_t ip) noexcept;

}  // namespace farlink::wire
