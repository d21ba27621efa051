// SPDX-License-Identifier: Apache-2.0
// What the far edge of a direction tells the near edge, over the fibre of the other direction: a pause of one priority
// (IEEE 802.1Qbb), or a grant of rate matching. On the line it is a MAC control frame.
#pragma once

#include <cstdint>

#include "dataplane/link/descriptor.hpp"
#include "dataplane/wire/pause.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::link {

struct PauseSignal {
  static constexpr std::uint64_t no_limit = ~std::uint64_t{0};

  Purpose purpose = Purpose::pause;
  std::uint8_t priority = 0;
  std::uint64_t amount = 0;  // pause: quanta of 512 bit times, 0 resumes; grant: bytes for a slot, or no_limit
  bool operator==(const PauseSignal&) const = default;
};

inline constexpr std::uint32_t pause_line_bytes = wire::line_bytes(wire::pause_frame_bytes);

constexpr void fill(Descriptor& d, const PauseSignal& signal) noexcept {
  d = {};
  d.purpose = signal.purpose;
  d.token = signal.amount;
  d.priority = signal.priority;
  d.line_bytes = pause_line_bytes;
  d.ecn = Ecn::not_ect;
}

constexpr PauseSignal to_signal(const Descriptor& d) noexcept { return {d.purpose, d.priority, d.token}; }

}  // namespace farlink::link
