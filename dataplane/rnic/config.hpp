// SPDX-License-Identifier: Apache-2.0
// What a software RNIC is set to: one value per NIC, passive.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/units/rate.hpp"
#include "dataplane/units/time.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::rnic {

using units::BitRate;
using units::Duration;
using units::Instant;

enum class NakMode : std::uint8_t {
  once,       // one NAK per gap until the expected PSN arrives, as real responders
  every_gap,  // another NAK when a retransmission is seen to be missing
};

struct Config {
  // Changes what is sent.
  BitRate rate = BitRate::gigabits(400);
  std::uint32_t mtu = 4096;       // payload bytes of a full packet
  std::uint64_t window = 65'536;  // packets outstanding per queue pair, 1 to 2^23 - 1
  std::uint32_t ack_every = 16;  // AckReq on every nth PSN, on the last packet of a message, and when the window closes
  NakMode nak = NakMode::once;
  std::uint8_t ack_timeout = 18;  // 4.096 us x 2^n; 0: never
  std::optional<std::uint32_t> retry =
      7;                         // consecutive timeouts before the queue pair fails is one more; unset: endless
  std::uint32_t max_reads = 16;  // READ requests outstanding per queue pair
  std::uint8_t priority = 3;     // of every frame
  wire::IpVersion ip = wire::IpVersion::v4;
  bool has_vlan = false;
  bool operator==(const Config&) const = default;
};

}  // namespace farlink::rnic
