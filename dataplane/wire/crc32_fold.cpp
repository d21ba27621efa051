// SPDX-License-Identifier: Apache-2.0
#include "dataplane/wire/crc32_fold.hpp"

#include <cassert>
#include <cstring>

#include "dataplane/wire/crc32.hpp"

namespace farlink::wire {

#if defined(__x86_64__)

namespace {

// What the compiler's own header would call __m128i: bytes of the message in memory order, the first is the low one.
using Block = long long __attribute__((vector_size(16)));

// x^n modulo the CRC's polynomial, reflected as the CRC is, and one up: the product of two reflected numbers is one
// short.
constexpr long long fold_constant(unsigned n) {
  std::uint64_t power = 0x8000'0000;  // x^0
  for (unsigned i = 0; i < n; ++i) power = (power >> 1) ^ ((power & 1U) != 0 ? 0xedb8'8320U : 0U);
  power <<= 1;
  return static_cast<long long>(power);
}

// Carries a block over `bits` bits: its first eight bytes are 64 bits further from the end than its last.
constexpr Block fold_over(unsigned bits) { return Block{fold_constant(bits + 32), fold_constant(bits - 32)}; }
static_assert(fold_constant(4 * 128 + 32) == 0x1'5444'2bd4);  // as in the paper
static_assert(fold_constant(128 - 32) == 0x0'ccaa'009e);

Block load(const std::byte* at) noexcept {
  Block block;
  std::memcpy(&block, at, sizeof block);
  return block;
}

__attribute__((target("pclmul"))) Block fold(Block block, Block constants, Block next) noexcept {
  return __builtin_ia32_pclmulqdq128(block, constants, 0x00) ^ __builtin_ia32_pclmulqdq128(block, constants, 0x11) ^
         next;
}

}  // namespace

bool can_fold_crc32() noexcept { return __builtin_cpu_supports("pclmul") != 0; }

__attribute__((target("pclmul"))) std::uint32_t crc32_update_by_folding(std::uint32_t state,
                                                                        std::span<const std::byte> bytes) noexcept {
  assert(bytes.size() >= least_to_fold);
  constexpr Block over_four = fold_over(4 * 128), over_one = fold_over(128);
  const std::byte* at = bytes.data();
  std::size_t left = bytes.size() - 64;
  Block a = load(at) ^ Block { static_cast<long long>(state), 0 };
  Block b = load(at + 16), c = load(at + 32), d = load(at + 48);
  for (at += 64; left >= 64; left -= 64, at += 64) {
    a = fold(a, over_four, load(at));
    b = fold(b, over_four, load(at + 16));
    c = fold(c, over_four, load(at + 32));
    d = fold(d, over_four, load(at + 48));
  }
  a = fold(fold(fold(a, over_one, b), over_one, c), over_one, d);
  for (; left >= 16; left -= 16, at += 16) a = fold(a, over_one, load(at));
  // What is left has the same remainder as the message so far.
  std::byte remainder[sizeof a];
  std::memcpy(remainder, &a, sizeof a);
  return crc32_update_by_table(crc32_update_by_table(0, remainder), {at, left});
}

#else

bool can_fold_crc32() noexcept { return false; }

std::uint32_t crc32_update_by_folding(std::uint32_t state, std::span<const std::byte> bytes) noexcept {
  return crc32_update_by_table(state, bytes);
}

#endif

}  // namespace farlink::wire
