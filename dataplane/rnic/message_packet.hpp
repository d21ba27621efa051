// SPDX-License-Identifier: Apache-2.0
// What a packet of a message says of its place in it: the sender writes it, a decoder writes it again.
#pragma once

#include <algorithm>
#include <cstdint>

#include "dataplane/rnic/request.hpp"
#include "dataplane/wire/opcode.hpp"

namespace farlink::rnic {

// Of a message of `bytes` in packets of `mtu`; one of no bytes is one packet.
constexpr std::uint32_t packets_of(std::uint32_t bytes, std::uint32_t mtu) noexcept {
  return std::max(1U, static_cast<std::uint32_t>((std::uint64_t{bytes} + mtu - 1) / mtu));
}

constexpr wire::Opcode opcode_of(Operation operation, bool is_first, bool is_last) noexcept {
  using wire::Opcode;
  const bool with_immediate = has_immediate(operation);
  if (is_send(operation)) {
    if (is_first && is_last) return with_immediate ? Opcode::send_only_with_immediate : Opcode::send_only;
    if (is_first) return Opcode::send_first;
    if (is_last) return with_immediate ? Opcode::send_last_with_immediate : Opcode::send_last;
    return Opcode::send_middle;
  }
  if (is_first && is_last) return with_immediate ? Opcode::write_only_with_immediate : Opcode::write_only;
  if (is_first) return Opcode::write_first;
  if (is_last) return with_immediate ? Opcode::write_last_with_immediate : Opcode::write_last;
  return Opcode::write_middle;
}

}  // namespace farlink::rnic
