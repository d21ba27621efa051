// SPDX-License-Identifier: Apache-2.0
// The syndrome byte of an AETH (ACK with credits, RNR NAK with timer, NAK with reason) and the two time codes of RC:
// the RNR timer and the local ACK timeout. InfiniBand Architecture Specification, volume 1, sections 9.7.5.2
// and 9.9.2.1.3.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/units/time.hpp"

namespace farlink::wire {

enum class AckKind : std::uint8_t { ack, rnr_nak, reserved, nak };

enum class NakCode : std::uint8_t {
  psn_sequence_error = 0,
  invalid_request = 1,
  remote_access_error = 2,
  remote_operational_error = 3,
  invalid_rd_request = 4,
};

inline constexpr std::uint8_t credit_unlimited =
    0x1f;  // "no credit limit": the responder does no end-to-end flow control

// `credits` and `timer` are 5-bit codes; higher bits are cut off.
constexpr std::uint8_t ack_syndrome(std::uint8_t credits = credit_unlimited) noexcept {
  return static_cast<std::uint8_t>(credits & 0x1fU);
}
constexpr std::uint8_t rnr_nak_syndrome(std::uint8_t timer) noexcept {
  return static_cast<std::uint8_t>(0x20U | (timer & 0x1fU));
}
constexpr std::uint8_t nak_syndrome(NakCode code) noexcept {
  return static_cast<std::uint8_t>(0x60U | static_cast<std::uint8_t>(code));
}

// Bit 7 is reserved and ignored; bits 6:5 are the kind, bits 4:0 its value (credit code, timer code, NAK code).
constexpr AckKind ack_kind(std::uint8_t syndrome) noexcept { return static_cast<AckKind>((syndrome >> 5) & 0x3U); }
constexpr std::uint8_t syndrome_value(std::uint8_t syndrome) noexcept {
  return static_cast<std::uint8_t>(syndrome & 0x1fU);
}

// Receive credits that a 5-bit credit code grants: 0, 1, 2, 3, then two steps to each power of two. Code 31 is
// unlimited and not a number: ask for credit_unlimited first.
constexpr std::uint32_t credit_count(std::uint8_t code) noexcept {
  const std::uint32_t n = code & 0x1fU;
  if (n < 2) return n;
  const std::uint32_t power = 1U << (n / 2U);
  return n % 2U == 0 ? power : power + power / 2U;
}

// RNR timer codes 0-31 in units of 10 us.
inline constexpr std::array<std::uint32_t, 32> rnr_timer_table = {
    65536, 1,   2,   3,   4,    6,    8,    12,   16,   24,   32,   48,    64,    96,    128,   192,
    256,   384, 512, 768, 1024, 1536, 2048, 3072, 4096, 6144, 8192, 12288, 16384, 24576, 32768, 49152};

// How long a requester waits after an RNR NAK with this 5-bit timer code: 0.01 ms (code 1) to 655.36 ms (code 0).
constexpr units::Duration rnr_timer(std::uint8_t code) noexcept {
  return units::Duration::microseconds(10) * std::int64_t{rnr_timer_table[code & 0x1fU]};
}

// Local ACK timeout 4.096 us x 2^code for a 5-bit code; code 0 means that the requester never times out.
constexpr units::Duration local_ack_timeout(std::uint8_t code) noexcept {
  if ((code & 0x1fU) == 0) return units::Duration::max();
  return units::Duration::nanoseconds(4'096) * (std::int64_t{1} << (code & 0x1fU));
}

}  // namespace farlink::wire
