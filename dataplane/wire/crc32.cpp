// SPDX-License-Identifier: Apache-2.0
#include "dataplane/wire/crc32.hpp"

#include <bit>
#include <cstring>

#include "dataplane/wire/crc32_fold.hpp"

namespace farlink::wire {

std::uint32_t crc32_update_by_table(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  static_assert(std::endian::native == std::endian::little, "the eight-byte step reads little-endian words");
  const auto& t = crc32_tables;
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size();
  for (; left >= 8; left -= 8, at += 8) {
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    std::memcpy(&low, at, 4);
    std::memcpy(&high, at + 4, 4);
    low ^= state;
    state = t[7][low & 0xffU] ^ t[6][(low >> 8) & 0xffU] ^ t[5][(low >> 16) & 0xffU] ^ t[4][low >> 24] ^
            t[3][high & 0xffU] ^ t[2][(high >> 8) & 0xffU] ^ t[1][(high >> 16) & 0xffU] ^ t[0][high >> 24];
  }
  for (; left > 0; --left, ++at) state = crc32_byte(state, *at);
  return state;
}

std::uint32_t crc32_update(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  if (bytes.size() >= least_to_fold && can_fold_crc32()) return crc32_update_by_folding(state, bytes);
  return crc32_update_by_table(state, bytes);
}

std::uint32_t crc32(std::span<const std::byte> bytes) noexcept { return ~crc32_update(crc32_start, bytes); }

}  // namespace farlink::wire
