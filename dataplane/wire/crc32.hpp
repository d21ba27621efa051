// SPDX-License-Identifier: Apache-2.0
// CRC-32 of Ethernet FCS and RoCE ICRC: reflected polynomial 0xEDB88320, eight bytes a step through eight tables.
// States here are the shift register before the final complement; crc32() starts with all ones and complements.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace farlink::wire {

inline constexpr std::uint32_t crc32_start = 0xffff'ffff;

// Table k holds the effect of a byte that k further bytes follow.
inline constexpr std::array<std::array<std::uint32_t, 256>, 8> crc32_tables = [] {
  std::array<std::array<std::uint32_t, 256>, 8> tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t state = byte;
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1U) != 0 ? 0xedb8'8320U : 0U);
    tables[0][byte] = state;
  }
  for (std::size_t k = 1; k < 8; ++k) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const std::uint32_t before = tables[k - 1][byte];
      tables[k][byte] = (before >> 8) ^ tables[0][before & 0xffU];
    }
  }
  return tables;
}();

constexpr std::uint32_t crc32_byte(std::uint32_t state, std::byte byte) noexcept {
  return (state >> 8) ^ crc32_tables[0][(state ^ std::to_integer<std::uint32_t>(byte)) & 0xffU];
}

// The state after `bytes`, the fastest way this CPU has; by the tables, on any CPU.
std::uint32_t crc32_update(std::uint32_t state, std::span<const std::byte> bytes) noexcept;
std::uint32_t crc32_update_by_table(std::uint32_t state, std::span<const std::byte> bytes) noexcept;

// The CRC of `bytes`; as an Ethernet FCS it is stored least-significant byte first.
std::uint32_t crc32(std::span<const std::byte> bytes) noexcept;

}  // namespace farlink::wire
