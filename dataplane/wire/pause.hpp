// SPDX-License-Identifier: Apache-2.0
// MAC control frames that stop a sender: priority flow control (IEEE 802.1Qbb) and the older pause of a whole link
// (IEEE 802.3 annex 31B). 60 bytes without FCS, never tagged, to 01-80-C2-00-00-01.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <variant>

#include "dataplane/units/rate.hpp"
#include "dataplane/wire/packet.hpp"

namespace farlink::wire {

inline constexpr MacAddress mac_control_address{0x01, 0x80, 0xc2, 0x00, 0x00, 0x01};
inline constexpr std::uint16_t ethertype_mac_control = 0x8808;
inline constexpr std::size_t pause_frame_bytes = 60;  // without FCS
inline constexpr std::uint16_t max_pause_quanta = 0xffff;

// Quanta of a priority whose enable bit is clear mean nothing; quanta 0 with the bit set is XON.
struct PfcFrame {
  MacAddress source{};
  std::uint8_t priorities = 0;  // bit i enables priority i
  std::array<std::uint16_t, 8> quanta{};

  bool operator==(const PfcFrame&) const = default;
};

struct PauseFrame {
  MacAddress source{};
  std::uint16_t quanta = 0;

  bool operator==(const PauseFrame&) const = default;
};

// One quantum is 512 bit times at the rate of the port that receives the frame.
constexpr units::Duration pause_time(std::uint16_t quanta, units::BitRate rate) noexcept {
  return units::serialization_time(units::Bytes{64} * quanta, rate);
}

// Write the frame without FCS and return pause_frame_bytes; or 0 when `out` is smaller.
std::size_t build(const PfcFrame& frame, std::span<std::byte> out) noexcept;
std::size_t build(const PauseFrame& frame, std::span<std::byte> out) noexcept;

// monostate: not a MAC control frame of these kinds, or truncated. Padding and reserved enable bits are not judged.
std::variant<std::monostate, PfcFrame, PauseFrame> parse_mac_control(std::span<const std::byte> frame) noexcept;

}  // namespace farlink::wire
