// SPDX-License-Identifier: Apache-2.0
// What the link knows of a frame: parsed fields, its length on the line, an opaque token, and the edits to make when it
// leaves. The adapter owns the bytes; each token comes out of the link exactly once, as an exit or as a drop.
#pragma once

#include <cstdint>

namespace farlink::link {

enum class Cause : std::uint8_t { none, queue, headroom, random, burst, bit_error, listed, cut };

// Who owns a frame: an adapter, or the link itself, which puts pause frames and cross traffic on the line and takes
// them off again, and hands congestion notifications to the senders of its near site.
enum class Purpose : std::uint8_t { traffic, pause, grant, background, notification };

// Edits the adapter applies when the frame exits, as bits of Descriptor::edits.
enum Edit : std::uint8_t {
  edit_ce = 1,       // set CE
  edit_corrupt = 2,  // damage a byte that the ICRC covers
};

// IP ECN codepoints.
enum class Ecn : std::uint8_t { not_ect = 0, ect1 = 1, ect0 = 2, ce = 3 };

struct Descriptor {
  std::uint64_t token = 0;           // the adapter's
  std::uint64_t ordinal = 0;         // set by the link: count at the direction's ingress, the counter of its randomness
  std::uint32_t line_bytes = 0;      // frame, FCS, preamble and gap
  std::uint32_t destination_qp = 0;  // 24 bits
  std::uint32_t psn = 0;             // 24 bits
  std::uint32_t flow = 0;            // hash of the five-tuple, picks the wave
  std::uint16_t ingress_port = 0;    // access port at the near site
  std::uint16_t egress_port = 0;     // access port at the far site
  std::uint16_t payload_bytes = 0;
  std::uint8_t opcode = 0;
  std::uint8_t priority = 0;  // 0-7
  Ecn ecn = Ecn::ect0;
  std::uint8_t flags = 0;       // the adapter's (AckReq and the like)
  std::uint8_t edits = 0;       // set by the link
  std::uint8_t copies = 0;      // set by the link: further copies to send right behind
  Cause verdict = Cause::none;  // set by the link: why it will be lost behind the serializer
  Purpose purpose = Purpose::traffic;
  std::uint16_t note = 0;  // the adapter's
};

}  // namespace farlink::link
