// SPDX-License-Identifier: Apache-2.0
// Frames that lie or end too early: the verdict says why, and nothing outside the frame is read (ASan watches).
#include <catch2/catch.hpp>
#include <string_view>
#include <vector>

#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/checksum.hpp"
#include "dataplane/wire/ecn.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/parse.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink::wire;
using namespace farlink::testing;

namespace {

// Puts `value` at `at` of a fresh IPv4 WRITE only frame of 16 bytes, mends the IPv4 checksum, and parses.
Verdict verdict_with(std::size_t at, std::uint8_t value, bool mend_checksum = true) {
  const auto payload = counting_payload(16);
  auto frame = built(sample_packet(Opcode::write_only, IpVersion::v4, false, payload));
  frame[at] = std::byte{value};
  if (mend_checksum) {
    store_big(frame, 24, 2, 0);
    store_big(frame, 24, 2, ~std::uint32_t{ones_complement_sum(std::span{frame}.subspan(14, 20))});
  }
  return parse(frame).verdict;
}

Verdict verdict_v6_with(std::size_t at, std::uint8_t value) {
  const auto payload = counting_payload(16);
  auto frame = built(sample_packet(Opcode::write_only, IpVersion::v6, false, payload));
  frame[at] = std::byte{value};
  return parse(frame).verdict;
}

}  // namespace

TEST_CASE("each lie has its verdict") {
  CHECK(verdict_with(42, 0x0a) == Verdict::ok);
  CHECK(verdict_with(12, 0x09) == Verdict::not_roce);         // EtherType
  CHECK(verdict_with(14, 0x65) == Verdict::bad_header);       // IP version
  CHECK(verdict_with(14, 0x44) == Verdict::bad_header);       // header of 16 bytes
  CHECK(verdict_with(14, 0x4f, false) == Verdict::not_roce);  // header of 60 bytes: UDP is read from the payload
  CHECK(verdict_with(23, 6) == Verdict::not_roce);            // TCP
  CHECK(verdict_with(20, 0x20) == Verdict::fragmented);       // more fragments
  CHECK(verdict_with(21, 0x01) == Verdict::fragmented);       // offset
  CHECK(verdict_with(20, 0xc0) == Verdict::bad_header);       // reserved flag
  CHECK(verdict_with(37, 0xb8) == Verdict::not_roce);         // UDP port
  CHECK(verdict_with(24, 0x00, false) == Verdict::bad_checksum);
  CHECK(verdict_with(17, 75) == Verdict::bad_length);  // IP length
  CHECK(verdict_with(17, 0) == Verdict::bad_length);
  CHECK(verdict_with(16, 0xff) == Verdict::bad_length);
  CHECK(verdict_with(39, 0x34) == Verdict::bad_length);  // UDP length
  CHECK(verdict_with(43, 0x41) == Verdict::bad_header);  // transport version
  CHECK(verdict_with(42, 0x24) == Verdict::unknown_opcode);
  CHECK(verdict_with(42, 0x15) == Verdict::unknown_opcode);
  CHECK(verdict_with(42, 0xff) == Verdict::unknown_opcode);
  CHECK(verdict_with(42, 0x0c) == Verdict::bad_length);  // READ request with a payload
  CHECK(verdict_with(42, 0x11) == Verdict::bad_length);  // ACK with a payload
  CHECK(verdict_with(42, 0x1d) == Verdict::bad_length);  // ATOMIC WRITE of 16 bytes
  CHECK(verdict_with(42, 0x13) == Verdict::bad_length);  // 28 bytes of AtomicETH, and 4 too many
  CHECK(verdict_v6_with(14, 0x46) == Verdict::bad_header);
  CHECK(verdict_v6_with(20, 0) == Verdict::not_roce);  // hop-by-hop options
  CHECK(verdict_v6_with(19, 0x39) == Verdict::bad_length);
}

TEST_CASE("lengths that agree with each other but not with the frame are a truncation") {
  const auto payload = counting_payload(16);
  auto frame = built(sample_packet(Opcode::write_only, IpVersion::v6, false, payload));
  store_big(frame, 18, 2, 0x3c);
  store_big(frame, 58, 2, 0x3c);
  CHECK(parse(frame).verdict == Verdict::truncated);
}

TEST_CASE("a payload above the largest path MTU is refused") {
  const auto payload = counting_payload(4096);
  auto frame = built(sample_packet(Opcode::send_middle, IpVersion::v6, false, payload));
  frame.resize(frame.size() + 4);
  store_big(frame, 18, 2, load16(frame, 18) + 4U);
  store_big(frame, 58, 2, load16(frame, 58) + 4U);
  CHECK(parse(frame).verdict == Verdict::bad_length);
}

TEST_CASE("every prefix of every frame is refused, without reading behind it") {
  const auto payload = counting_payload(21);
  for (const Opcode opcode : all_opcodes) {
    for (const IpVersion version : {IpVersion::v4, IpVersion::v6}) {
      for (const bool vlan : {false, true}) {
        const auto frame = built(sample_packet(opcode, version, vlan, payload));
        for (std::size_t size = 0; size < frame.size(); ++size) {
          std::vector<std::byte> prefix(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(size));
          REQUIRE(parse(prefix).verdict == Verdict::truncated);
          REQUIRE_FALSE(has_valid_icrc(prefix));
          set_ce(prefix);
        }
      }
    }
  }
}

TEST_CASE("MAC padding behind the ICRC is no part of the packet") {
  auto frame = built(sample_packet(Opcode::send_only, IpVersion::v4, false, {}));
  REQUIRE(frame.size() == 58);
  frame.resize(min_frame_bytes, std::byte{0xaa});
  const Parsed parsed = parse(frame);
  CHECK(parsed.verdict == Verdict::ok);
  CHECK(parsed.frame_bytes == 58);
  CHECK(parsed.packet.payload.empty());
  CHECK(has_valid_icrc(frame));
}

TEST_CASE("verdicts have names") {
  CHECK(name(Verdict::bad_checksum) == "bad-checksum");
  CHECK(name(Verdict::unknown_opcode) == "unknown-opcode");
}
