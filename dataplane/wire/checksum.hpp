// SPDX-License-Identifier: Apache-2.0
// The Internet checksum of an IPv4 header (RFC 1071) and its incremental update (RFC 1624, equation 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "dataplane/wire/byte_order.hpp"

namespace farlink::wire {

// One's complement sum of the 16-bit words of `header`, whose size is even. 0xffff over a header with its checksum:
// right.
constexpr std::uint16_t ones_complement_sum(std::span<const std::byte> header) noexcept {
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at + 1 < header.size(); at += 2) sum += load16(header, at);
  sum = (sum & 0xffffU) + (sum >> 16);
  return static_cast<std::uint16_t>((sum & 0xffffU) + (sum >> 16));
}

// The checksum after one 16-bit word of what it covers changed from `before` to `after`.
constexpr std::uint16_t updated_checksum(std::uint16_t checksum, std::uint16_t before, std::uint16_t after) noexcept {
  std::uint32_t sum = (~std::uint32_t{checksum} & 0xffffU) + (~std::uint32_t{before} & 0xffffU) + after;
  sum = (sum & 0xffffU) + (sum >> 16);
  sum = (sum & 0xffffU) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum & 0xffffU);
}

}  // namespace farlink::wire
