// SPDX-License-Identifier: Apache-2.0
// What classify() and the edits must hold for any bytes, judged by the wire library's careful parser: for the fuzzer
// and for the property test. The parser knows one 802.1Q tag at most, so it is shown the frame without its tags.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "dataplane/link/classify.hpp"
#include "dataplane/link/edit.hpp"
#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/checksum.hpp"
#include "dataplane/wire/ecn.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/parse.hpp"
#include "dataplane/wire/pause.hpp"

namespace farlink::testing {

using FrameBytes = std::vector<std::byte>;

struct Untagged {
  FrameBytes bytes;
  std::size_t tags = 0;
  bool has_more_tags = false;
};

inline Untagged without_tags(std::span<const std::byte> frame) {
  Untagged result{.bytes = {frame.begin(), frame.end()}};
  const auto is_tag = [&result] {
    if (result.bytes.size() < 18) return false;
    const std::uint16_t ethertype = wire::load16(result.bytes, 12);
    return ethertype == 0x8100 || ethertype == 0x88a8;
  };
  for (; result.tags < 2 && is_tag(); ++result.tags)
    result.bytes.erase(result.bytes.begin() + 12, result.bytes.begin() + 16);
  result.has_more_tags = is_tag();
  return result;
}

// With the right IPv4 header checksum, which classify() does not look at.
inline void mend_checksum(FrameBytes& frame) {
  const wire::RoceLayout layout = wire::locate_roce(frame);
  if (layout.verdict != wire::Verdict::ok || layout.version != wire::IpVersion::v4) return;
  wire::store_big(frame, layout.ip + 10, 2, 0);
  const std::uint32_t sum = wire::ones_complement_sum(std::span{frame}.subspan(layout.ip, layout.udp - layout.ip));
  wire::store_big(frame, layout.ip + 10, 2, ~sum);
}

inline bool is_roce(const link::FrameClass& what) {
  return what.kind == link::FrameKind::roce || what.kind == link::FrameKind::cnp;
}

// What is wrong about a frame's RoCE fields; empty when nothing is.
inline std::string roce_disagreement(std::span<const std::byte> frame) {
  Untagged bare = without_tags(frame);
  link::Descriptor d;
  const link::FrameClass what = link::classify(frame, static_cast<std::uint32_t>(frame.size()), d);
  if (bare.has_more_tags) return is_roce(what) ? "RoCE behind three tags" : "";
  mend_checksum(bare.bytes);
  const wire::Parsed parsed = wire::parse(bare.bytes);
  const bool is_unknown = parsed.verdict == wire::Verdict::unknown_opcode;
  if (is_roce(what) && !parsed && !is_unknown) return "taken for RoCE, parser: " + std::string{name(parsed.verdict)};
  if (!parsed) return "";
  if (!is_roce(what)) return "the parser's RoCE is not recognised";
  const wire::Bth& bth = parsed.packet.bth;
  if ((what.kind == link::FrameKind::cnp) != wire::is_cnp(bth.opcode)) return "CNP";
  if (d.destination_qp != bth.destination_qp) return "destination QP";
  if (d.psn != bth.psn) return "PSN";
  if (d.opcode != static_cast<std::uint8_t>(bth.opcode)) return "opcode";
  if (d.payload_bytes != parsed.packet.payload.size()) return "payload bytes";
  if ((d.flags == link::flag_ack_request) != bth.ack_request) return "AckReq";
  if (static_cast<std::uint8_t>(d.ecn) != static_cast<std::uint8_t>(parsed.packet.ecn)) return "ECN";
  if (bare.tags == 0 && d.priority != parsed.packet.dscp >> 3) return "priority";
  return "";
}

inline bool are_equal(const link::Descriptor& a, const link::Descriptor& b) {
  return a.line_bytes == b.line_bytes && a.priority == b.priority && a.ecn == b.ecn && a.flow == b.flow &&
         a.destination_qp == b.destination_qp && a.psn == b.psn && a.opcode == b.opcode &&
         a.payload_bytes == b.payload_bytes && a.flags == b.flags;
}

// What changes when only the first `head` bytes can be seen: beyond classify_bytes nothing, before that RoCE may be
// missed but never mistaken.
inline std::string head_disagreement(std::span<const std::byte> frame, std::size_t head) {
  const auto size = static_cast<std::uint32_t>(frame.size());
  link::Descriptor whole, cut;
  const link::FrameClass all = link::classify(frame, size, whole);
  // A copy of its own, so that a sanitizer sees what is read behind it.
  const FrameBytes first(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(std::min(head, frame.size())));
  const link::FrameClass some = link::classify(first, size, cut);
  if (head >= link::classify_bytes && (all.kind != some.kind || !are_equal(whole, cut))) return "the head was enough";
  if (is_roce(some) && (all.kind != some.kind || !are_equal(whole, cut))) return "RoCE of a head differs";
  if (cut.line_bytes != whole.line_bytes) return "line bytes of a head";
  return "";
}

inline std::string edit_disagreement(std::span<const std::byte> frame) {
  link::Descriptor d;
  const link::FrameClass what = link::classify(frame, static_cast<std::uint32_t>(frame.size()), d);
  const Untagged bare = without_tags(frame);
  FrameBytes marked(frame.begin(), frame.end()), judge = bare.bytes;
  const bool is_marked = link::apply_ce(marked, what.ip_offset);
  if (!bare.has_more_tags && what.ip_offset != 0) {
    if (is_marked != (wire::set_ce(judge) == wire::CeMark::marked)) return "CE or not";
    if (without_tags(marked).bytes != judge) return "CE mark";
  }
  FrameBytes corrupt(frame.begin(), frame.end());
  const bool is_damaged = link::apply_corrupt(corrupt);
  if (is_damaged != (frame.size() > 14)) return "damaged or not";
  const auto [was, is] = std::mismatch(frame.begin(), frame.end(), corrupt.begin());
  if (!is_damaged) return was == frame.end() ? "" : "damaged though it said no";
  if (was == frame.end() || was - frame.begin() < 14) return "damage in the Ethernet header";
  if (!std::equal(was + 1, frame.end(), is + 1)) return "more than one byte damaged";
  const bool had_icrc = !bare.has_more_tags && is_roce(what) && wire::has_valid_icrc(bare.bytes);
  if (had_icrc && wire::has_valid_icrc(without_tags(corrupt).bytes)) return "the ICRC does not notice the damage";
  return "";
}

inline std::string disagreement(std::span<const std::byte> frame) {
  std::string what = roce_disagreement(frame);
  const auto control = wire::parse_mac_control(frame);
  link::Descriptor d;
  const link::FrameClass is = link::classify(frame, static_cast<std::uint32_t>(frame.size()), d);
  if (what.empty() && control.index() != 0 && is.kind != link::FrameKind::mac_control) what = "MAC control";
  for (const std::size_t head : {0U, 13U, 14U, 33U, 34U, 53U, 54U, 64U, 101U, 102U, 128U}) {
    if (what.empty()) what = head_disagreement(frame, head);
  }
  return what.empty() ? edit_disagreement(frame) : what;
}

}  // namespace farlink::testing
