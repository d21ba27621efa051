// SPDX-License-Identifier: Apache-2.0
// Packet sequence numbers: 24-bit serial arithmetic. A window of outstanding packets must stay below 2^23.
// InfiniBand Architecture Specification, volume 1, section 9.7.1.
#pragma once

#include <cstdint>

namespace farlink::wire {

inline constexpr std::uint32_t psn_mask = 0x00ff'ffff;
inline constexpr std::uint32_t psn_window = 1U << 23;  // more than this ahead cannot be told from behind

// a - b as a signed distance in [-2^23, 2^23); positive when a is newer. Bits above 24 are ignored.
constexpr std::int32_t psn_difference(std::uint32_t a, std::uint32_t b) noexcept {
  return static_cast<std::int32_t>((a - b) << 8) >> 8;
}

// `psn` moved by `count` packets, forwards or back, modulo 2^24.
constexpr std::uint32_t psn_add(std::uint32_t psn, std::int64_t count) noexcept {
  return static_cast<std::uint32_t>(psn + static_cast<std::uint64_t>(count)) & psn_mask;
}

constexpr bool psn_is_newer(std::uint32_t a, std::uint32_t b) noexcept { return psn_difference(a, b) > 0; }

}  // namespace farlink::wire
