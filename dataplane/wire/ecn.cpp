// SPDX-License-Identifier: Apache-2.0
#include "dataplane/wire/ecn.hpp"

#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/checksum.hpp"
#include "dataplane/wire/layout.hpp"
#include "dataplane/wire/packet.hpp"

namespace farlink::wire {

CeMark set_ce_at(std::span<std::byte> frame, std::size_t ip) noexcept {
  if (ip + ipv4_bytes > frame.size()) return CeMark::not_ip;
  // The word that starts the header: version, header length, TOS in IPv4; version, traffic class, flow label in IPv6.
  const std::uint16_t before = load16(frame, ip);
  const bool is_v4 = before >> 12 == static_cast<unsigned>(IpVersion::v4);
  if (!is_v4 && (before >> 12 != static_cast<unsigned>(IpVersion::v6) || ip + ipv6_bytes > frame.size())) {
    return CeMark::not_ip;
  }
  const unsigned shift = is_v4 ? 0U : 4U;
  const auto ecn = static_cast<Ecn>((before >> shift) & 0x3U);
  if (ecn == Ecn::not_ect) return CeMark::not_ect;
  if (ecn == Ecn::ce) return CeMark::already_marked;
  const auto after = static_cast<std::uint16_t>(before | 0x3U << shift);
  store_big(frame, ip, 2, after);
  if (is_v4) store_big(frame, ip + 10, 2, updated_checksum(load16(frame, ip + 10), before, after));
  return CeMark::marked;
}

CeMark set_ce(std::span<std::byte> frame) noexcept {
  const IpLocation ip = locate_ip(frame);
  if (ip.verdict != Verdict::ok || load8(frame, ip.offset) >> 4 != static_cast<unsigned>(ip.version)) {
    return CeMark::not_ip;
  }
  return set_ce_at(frame, ip.offset);
}

}  // namespace farlink::wire
