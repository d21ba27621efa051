// SPDX-License-Identifier: Apache-2.0
// What RNICs of one kind have in common: their config and what follows from it. Shared and constant, so that it stays
// in the cache when hundreds of RNICs take turns.
#pragma once

#include <array>
#include <cstdint>

#include "dataplane/rnic/config.hpp"
#include "dataplane/rnic/frame.hpp"

namespace farlink::rnic {

class Profile {
 public:
  explicit Profile(const Config& config) : config_{config} {
    for (std::size_t code = 0; code < bytes_without_payload_.size(); ++code) {
      bytes_without_payload_[code] =
          static_cast<std::uint16_t>(wire::frame_bytes(static_cast<wire::Opcode>(code), 0, config.ip, config.has_vlan));
      if (is_parity(static_cast<wire::Opcode>(code))) bytes_without_payload_[code] += parity_header_bytes;
    }
    Frame middle;
    middle.opcode = wire::Opcode::write_middle;
    middle.payload_bytes = static_cast<std::uint16_t>(config.mtu);
    middle_line_bytes_ = line_bytes(middle);
  }

  const Config& config() const noexcept { return config_; }
  bool has_congestion() const noexcept { return config_.congestion.index() != 0 || config_.cnp_interval.has_value(); }
  // Bytes that a frame of such a RNIC takes on the line.
  std::uint32_t line_bytes(const Frame& frame) const noexcept {
    const auto code = static_cast<std::uint8_t>(frame.opcode);
    return wire::line_bytes(bytes_without_payload_[code] + frame.payload_bytes + wire::pad_bytes(frame.payload_bytes));
  }

  // Of a packet in the middle of a WRITE.
  std::uint32_t middle_line_bytes() const noexcept { return middle_line_bytes_; }

 private:
  Config config_;
  std::uint32_t middle_line_bytes_ = 0;
  std::array<std::uint16_t, 256> bytes_without_payload_{};  // of a frame, by opcode
};

}  // namespace farlink::rnic
