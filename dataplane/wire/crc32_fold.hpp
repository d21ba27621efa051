// SPDX-License-Identifier: Apache-2.0
// CRC-32 by folding with carry-less multiplication: 64 bytes a step where the CPU has it (x86-64 PCLMULQDQ), some ten
// times as fast as the tables. V. Gopal et al., "Fast CRC Computation for Generic Polynomials Using PCLMULQDQ
// Instruction", Intel, 2009.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace farlink::wire {

inline constexpr std::size_t least_to_fold = 64;

// Whether this CPU can; the answer costs one look into memory.
bool can_fold_crc32() noexcept;

// As crc32_update_by_table, for at least least_to_fold bytes and a CPU that can.
std::uint32_t crc32_update_by_folding(std::uint32_t state, std::span<const std::byte> bytes) noexcept;

}  // namespace farlink::wire
