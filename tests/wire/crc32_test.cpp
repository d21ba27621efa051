// SPDX-License-Identifier: Apache-2.0
#include "dataplane/wire/crc32.hpp"

#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

#include "dataplane/wire/crc32_fold.hpp"

using namespace farlink;

namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

std::uint32_t bit_by_bit(std::uint32_t state, std::span<const std::byte> bytes) {
  for (const std::byte byte : bytes) {
    state ^= std::to_integer<std::uint32_t>(byte);
    for (int bit = 0; bit < 8; ++bit) state = (state >> 1) ^ ((state & 1U) != 0 ? 0xedb8'8320U : 0U);
  }
  return state;
}

std::vector<std::byte> noise(std::size_t size) {
  std::vector<std::byte> bytes(size);
  std::uint32_t value = 1;
  for (std::byte& byte : bytes) byte = static_cast<std::byte>((value = value * 1'664'525U + 1'013'904'223U) >> 24);
  return bytes;
}

}  // namespace

TEST_CASE("the check value of CRC-32 is 0xcbf43926") { CHECK(wire::crc32(bytes_of("123456789")) == 0xcbf4'3926); }

TEST_CASE("tables and folding say what the definition says, at every length and alignment") {
  const std::vector<std::byte> bytes = noise(4'200);
  int wrong = 0, folded = 0;
  for (std::size_t offset = 0; offset < 20; ++offset) {
    for (std::size_t length = 0; length < 300; ++length) {
      const std::span<const std::byte> part{bytes.data() + offset, length};
      const std::uint32_t state = 0x9e37'79b9U * static_cast<std::uint32_t>(length + 1);
      const std::uint32_t expected = bit_by_bit(state, part);
      wrong += wire::crc32_update_by_table(state, part) == expected ? 0 : 1;
      wrong += wire::crc32_update(state, part) == expected ? 0 : 1;
      if (length < wire::least_to_fold || !wire::can_fold_crc32()) continue;
      wrong += wire::crc32_update_by_folding(state, part) == expected ? 0 : 1;
      ++folded;
    }
  }
  CHECK(wrong == 0);
  CHECK(folded == (wire::can_fold_crc32() ? 20 * (300 - 64) : 0));
  CHECK(wire::crc32_update(wire::crc32_start, bytes) == bit_by_bit(wire::crc32_start, bytes));
}
