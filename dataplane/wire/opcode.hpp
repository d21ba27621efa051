// SPDX-License-Identifier: Apache-2.0
// BTH opcodes of the reliable connection (RC) service and the CNP, and what each of them implies: the extension headers
// it carries, its place in a message, its direction. One table of traits, so that every predicate says the same.
// InfiniBand Architecture Specification, volume 1, section 9.2 (opcodes) and annex A17 (RoCEv2, CNP).
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace farlink::wire {

enum class Opcode : std::uint8_t {
  send_first = 0x00,
  send_middle = 0x01,
  send_last = 0x02,
  send_last_with_immediate = 0x03,
  send_only = 0x04,
  send_only_with_immediate = 0x05,
  write_first = 0x06,
  write_middle = 0x07,
  write_last = 0x08,
  write_last_with_immediate = 0x09,
  write_only = 0x0a,
  write_only_with_immediate = 0x0b,
  read_request = 0x0c,
  read_response_first = 0x0d,
  read_response_middle = 0x0e,
  read_response_last = 0x0f,
  read_response_only = 0x10,
  acknowledge = 0x11,
  atomic_acknowledge = 0x12,
  compare_swap = 0x13,
  fetch_add = 0x14,
  send_last_with_invalidate = 0x16,
  send_only_with_invalidate = 0x17,
  flush = 0x1c,
  atomic_write = 0x1d,
  cnp = 0x81,
};

// Bits of an opcode's traits. Zero traits mean an opcode that is none of ours.
enum OpcodeTrait : std::uint32_t {
  trait_known = 1U << 0,
  trait_first = 1U << 1,
  trait_middle = 1U << 2,
  trait_last = 1U << 3,
  trait_only = 1U << 4,
  trait_request = 1U << 5,   // requester to responder
  trait_response = 1U << 6,  // responder to requester
  trait_payload = 1U << 7,
  trait_send = 1U << 8,
  trait_write = 1U << 9,
  trait_read_response = 1U << 10,
  trait_atomic = 1U << 11,
  trait_reth = 1U << 12,
  trait_aeth = 1U << 13,
  trait_atomic_eth = 1U << 14,
  trait_atomic_ack_eth = 1U << 15,
  trait_immediate = 1U << 16,
  trait_ieth = 1U << 17,
  trait_feth = 1U << 18,
};

// Traits of the 32 opcodes of the RC service, by opcode.
inline constexpr std::array<std::uint32_t, 32> rc_traits = [] {
  constexpr std::uint32_t send = trait_known | trait_request | trait_payload | trait_send;
  constexpr std::uint32_t write = trait_known | trait_request | trait_payload | trait_write;
  constexpr std::uint32_t read = trait_known | trait_response | trait_payload | trait_read_response;
  constexpr std::uint32_t request = trait_known | trait_request | trait_only;
  constexpr std::uint32_t response = trait_known | trait_response | trait_only | trait_aeth;
  std::array<std::uint32_t, 32> table{};
  const auto set = [&table](Opcode opcode, std::uint32_t traits) { table[static_cast<std::size_t>(opcode)] = traits; };
  set(Opcode::send_first, send | trait_first);
  set(Opcode::send_middle, send | trait_middle);
  set(Opcode::send_last, send | trait_last);
  set(Opcode::send_last_with_immediate, send | trait_last | trait_immediate);
  set(Opcode::send_only, send | trait_only);
  set(Opcode::send_only_with_immediate, send | trait_only | trait_immediate);
  set(Opcode::send_last_with_invalidate, send | trait_last | trait_ieth);
  set(Opcode::send_only_with_invalidate, send | trait_only | trait_ieth);
  set(Opcode::write_first, write | trait_first | trait_reth);
  set(Opcode::write_middle, write | trait_middle);
  set(Opcode::write_last, write | trait_last);
  set(Opcode::write_last_with_immediate, write | trait_last | trait_immediate);
  set(Opcode::write_only, write | trait_only | trait_reth);
  set(Opcode::write_only_with_immediate, write | trait_only | trait_reth | trait_immediate);
  set(Opcode::read_request, request | trait_reth);
  set(Opcode::read_response_first, read | trait_first | trait_aeth);
  set(Opcode::read_response_middle, read | trait_middle);
  set(Opcode::read_response_last, read | trait_last | trait_aeth);
  set(Opcode::read_response_only, read | trait_only | trait_aeth);
  set(Opcode::acknowledge, response);
  set(Opcode::atomic_acknowledge, response | trait_atomic_ack_eth);
  set(Opcode::compare_swap, request | trait_atomic | trait_atomic_eth);
  set(Opcode::fetch_add, request | trait_atomic | trait_atomic_eth);
  set(Opcode::flush, request | trait_feth | trait_reth);
  set(Opcode::atomic_write, request | trait_atomic | trait_reth | trait_payload);
  return table;
}();

constexpr std::uint32_t traits(Opcode opcode) noexcept {
  const auto code = static_cast<std::size_t>(opcode);
  if (code < rc_traits.size()) return rc_traits[code];
  return opcode == Opcode::cnp ? trait_known : 0U;
}
constexpr bool has_trait(Opcode opcode, std::uint32_t any_of) noexcept { return (traits(opcode) & any_of) != 0; }

// One of the enumerators above; a byte from the line may be anything.
constexpr bool is_known(Opcode opcode) noexcept { return has_trait(opcode, trait_known); }
constexpr bool is_cnp(Opcode opcode) noexcept { return opcode == Opcode::cnp; }

// Place in the message. READ requests, acknowledges and atomics are messages of one packet: is_only.
constexpr bool is_first(Opcode opcode) noexcept { return has_trait(opcode, trait_first); }
constexpr bool is_middle(Opcode opcode) noexcept { return has_trait(opcode, trait_middle); }
constexpr bool is_only(Opcode opcode) noexcept { return has_trait(opcode, trait_only); }
constexpr bool is_last(Opcode opcode) noexcept { return has_trait(opcode, trait_last | trait_only); }  // last or only
constexpr bool starts_message(Opcode opcode) noexcept { return has_trait(opcode, trait_first | trait_only); }

// Direction and kind.
constexpr bool is_request(Opcode opcode) noexcept { return has_trait(opcode, trait_request); }
constexpr bool is_response(Opcode opcode) noexcept {
  return has_trait(opcode, trait_response);
}  // read responses, ACKs
constexpr bool is_send(Opcode opcode) noexcept { return has_trait(opcode, trait_send); }
constexpr bool is_write(Opcode opcode) noexcept { return has_trait(opcode, trait_write); }
constexpr bool is_read_response(Opcode opcode) noexcept { return has_trait(opcode, trait_read_response); }
constexpr bool is_atomic(Opcode opcode) noexcept { return has_trait(opcode, trait_atomic); }  // requests alone

// What follows the BTH, in this order: FETH, RETH or AtomicETH or AETH, AtomicAckETH, immediate data or IETH, payload.
constexpr bool has_reth(Opcode opcode) noexcept { return has_trait(opcode, trait_reth); }
constexpr bool has_aeth(Opcode opcode) noexcept { return has_trait(opcode, trait_aeth); }
constexpr bool has_atomic_eth(Opcode opcode) noexcept { return has_trait(opcode, trait_atomic_eth); }
constexpr bool has_atomic_ack_eth(Opcode opcode) noexcept { return has_trait(opcode, trait_atomic_ack_eth); }
constexpr bool has_immediate(Opcode opcode) noexcept { return has_trait(opcode, trait_immediate); }
constexpr bool has_ieth(Opcode opcode) noexcept { return has_trait(opcode, trait_ieth); }
constexpr bool has_feth(Opcode opcode) noexcept { return has_trait(opcode, trait_feth); }
constexpr bool has_payload(Opcode opcode) noexcept { return has_trait(opcode, trait_payload); }

}  // namespace farlink::wire
