// SPDX-License-Identifier: Apache-2.0
// What a software RNIC is set to: one value per NIC, passive.
#pragma once

#include <cstdint>
#include <optional>

#include "dataplane/rnic/congestion/control.hpp"
#include "dataplane/rnic/erasure_code.hpp"
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

enum class Recovery : std::uint8_t {
  go_back_n,         // a gap discards all that follows
  selective_repeat,  // what follows a gap is kept, and the gap alone is sent again
};

struct Config {
  // Changes what is sent.
  BitRate rate = BitRate::gigabits(400);
  std::uint32_t mtu = 4096;       // payload bytes of a full packet
  std::uint64_t window = 65'536;  // packets outstanding per queue pair, 1 to 2^23 - 1
  std::uint32_t ack_every = 16;  // AckReq on every nth PSN, on the last packet of a message, and when the window closes
  Recovery recovery = Recovery::go_back_n;
  NakMode nak = NakMode::once;    // of go-back-N
  std::uint8_t ack_timeout = 18;  // 4.096 us x 2^n; 0: never
  // Set: the timer is 4.096 us x 2^n and more, as acknowledgements come, up to ack_timeout, which is not 0 then.
  std::optional<std::uint8_t> adaptive_timer;
  // Of selective repeat, and of a window of at least one block and ack_every packets.
  std::optional<ErasureCode> erasure_code;
  bool slow_restart = false;  // of go-back-N: after going back the window grows from one packet
  std::optional<std::uint32_t> retry =
      7;                         // consecutive timeouts before the queue pair fails is one more; unset: endless
  std::uint32_t max_reads = 16;  // READ requests outstanding per queue pair
  CongestionConfig congestion;
  // A CNP for marked packets, at most one per queue pair in this time; unset: none.
  std::optional<Duration> cnp_interval;
  std::uint8_t priority = 3;  // of every frame but CNPs
  std::uint8_t cnp_priority = 6;
  bool tells_placements = false;  // selective repeat: Nic::placements() is filled, for adapters with payloads
  wire::IpVersion ip = wire::IpVersion::v4;
  bool has_vlan = false;
  bool operator==(const Config&) const = default;
};

}  // namespace farlink::rnic
