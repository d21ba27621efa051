// SPDX-License-Identifier: Apache-2.0
// What a look at a frame from the line can say. Hot path: counted, never thrown.
#pragma once

#include <cstdint>
#include <string_view>

namespace farlink::wire {

enum class Verdict : std::uint8_t {
  ok,
  truncated,       // the frame ends inside a header, or before the length that its IP header states
  not_roce,        // another EtherType, protocol or UDP port
  fragmented,      // an IP fragment; RoCEv2 is never fragmented
  bad_header,      // a version, header length or reserved flag that cannot be
  bad_checksum,    // IPv4 header checksum
  bad_length,      // IP, UDP, opcode and pad count disagree, or the payload is above the largest path MTU
  unknown_opcode,  // a BTH opcode that is neither RC nor CNP
};

constexpr std::string_view name(Verdict verdict) noexcept {
  switch (verdict) {
    case Verdict::ok:
      return "ok";
    case Verdict::truncated:
      return "truncated";
    case Verdict::not_roce:
      return "not-roce";
    case Verdict::fragmented:
      return "fragmented";
    case Verdict::bad_header:
      return "bad-header";
    case Verdict::bad_checksum:
      return "bad-checksum";
    case Verdict::bad_length:
      return "bad-length";
    case Verdict::unknown_opcode:
      return "unknown-opcode";
  }
  return "unknown";
}

}  // namespace farlink::wire
