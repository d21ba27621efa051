// SPDX-License-Identifier: Apache-2.0
#include "dataplane/wire/pause.hpp"

#include <algorithm>

#include "dataplane/wire/byte_order.hpp"

namespace farlink::wire {

namespace {

constexpr std::uint16_t opcode_pause = 0x0001;
constexpr std::uint16_t opcode_pfc = 0x0101;
constexpr std::size_t parameters = 16;  // behind Ethernet header and opcode
constexpr std::size_t pfc_parameter_bytes = 18;
constexpr std::size_t pause_parameter_bytes = 2;

FieldWriter begin_frame(const MacAddress& source, std::uint16_t opcode, std::span<std::byte> out) noexcept {
  FieldWriter writer{out};
  writer.put_bytes(mac_control_address.data(), mac_control_address.size());
  writer.put_bytes(source.data(), source.size());
  writer.put16(ethertype_mac_control);
  writer.put16(opcode);
  return writer;
}

}  // namespace

std::size_t build(const PfcFrame& frame, std::span<std::byte> out) noexcept {
  if (out.size() < pause_frame_bytes) return 0;
  FieldWriter writer = begin_frame(frame.source, opcode_pfc, out);
  writer.put16(frame.priorities);
  for (const std::uint16_t quanta : frame.quanta) writer.put16(quanta);
  writer.put_zeros(pause_frame_bytes - writer.written());
  return pause_frame_bytes;
}

std::size_t build(const PauseFrame& frame, std::span<std::byte> out) noexcept {
  if (out.size() < pause_frame_bytes) return 0;
  FieldWriter writer = begin_frame(frame.source, opcode_pause, out);
  writer.put16(frame.quanta);
  writer.put_zeros(pause_frame_bytes - writer.written());
  return pause_frame_bytes;
}

std::variant<std::monostate, PfcFrame, PauseFrame> parse_mac_control(std::span<const std::byte> frame) noexcept {
  if (frame.size() < parameters || load16(frame, 12) != ethertype_mac_control) return {};
  MacAddress destination{};
  MacAddress source{};
  for (std::size_t i = 0; i < source.size(); ++i) {
    destination[i] = load8(frame, i);
    source[i] = load8(frame, 6 + i);
  }
  if (destination != mac_control_address) return {};
  const std::uint16_t opcode = load16(frame, 14);
  if (opcode == opcode_pause && frame.size() >= parameters + pause_parameter_bytes) {
    return PauseFrame{.source = source, .quanta = load16(frame, parameters)};
  }
  if (opcode == opcode_pfc && frame.size() >= parameters + pfc_parameter_bytes) {
    PfcFrame pfc{.source = source, .priorities = load8(frame, parameters + 1)};
    for (std::size_t i = 0; i < pfc.quanta.size(); ++i) pfc.quanta[i] = load16(frame, parameters + 2 + 2 * i);
    return pfc;
  }
  return {};
}

}  // namespace farlink::wire
