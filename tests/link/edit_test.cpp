// SPDX-License-Identifier: Apache-2.0
// The edits on bytes: CE behind any tags, and damage that a receiver notices.
#include "dataplane/link/edit.hpp"

#include <catch2/catch.hpp>

#include "dataplane/link/classify.hpp"
#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/parse.hpp"
#include "tests/support/hex.hpp"
#include "tests/wire/sample_packets.hpp"

namespace farlink::link {
namespace {

using testing::built;
using testing::counting_payload;
using testing::from_hex;
using testing::sample_packet;
using testing::to_hex;

TEST_CASE("CE behind two tags changes the TOS byte and the checksum alone") {
  const auto payload = counting_payload(64);
  const auto packet = sample_packet(wire::Opcode::write_only, wire::IpVersion::v4, true, payload);
  auto frame = built(packet);
  const auto tag = from_hex("88a8a001");
  frame.insert(frame.begin() + 12, tag.begin(), tag.end());
  const auto before = frame;
  REQUIRE(apply_ce(frame, 22));
  auto marked = packet;
  marked.ecn = wire::Ecn::ce;
  auto expected = built(marked);
  expected.insert(expected.begin() + 12, tag.begin(), tag.end());
  CHECK(to_hex(frame) == to_hex(expected));
  CHECK_FALSE(apply_ce(frame, 22));  // already
  CHECK(frame == expected);
  CHECK(before[23] == std::byte{0x6a});  // DSCP 26, ECT(0)
  CHECK(frame[23] == std::byte{0x6b});
}

TEST_CASE("CE is refused without a whole IP header") {
  const auto payload = counting_payload(64);
  for (const wire::IpVersion version : {wire::IpVersion::v4, wire::IpVersion::v6}) {
    auto frame = built(sample_packet(wire::Opcode::write_only, version, false, payload));
    const auto before = frame;
    CHECK_FALSE(apply_ce(frame, 0));
    CHECK_FALSE(apply_ce(std::span{frame}.first(version == wire::IpVersion::v4 ? 33 : 53), 14));
    CHECK_FALSE(apply_ce(frame, 15));
    CHECK_FALSE(apply_ce(frame, 0xffff));
    CHECK(frame == before);
    CHECK(apply_ce(std::span{frame}.first(version == wire::IpVersion::v4 ? 34 : 54), 14));
  }
}

// The only place where `after` differs; -1 when there is none or more than one.
std::ptrdiff_t changed_at(std::span<const std::byte> before, std::span<const std::byte> after) {
  std::ptrdiff_t at = -1;
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] == after[i]) continue;
    if (at >= 0) return -1;
    at = static_cast<std::ptrdiff_t>(i);
  }
  return at;
}

TEST_CASE("a damaged RoCE frame is parsed as before, but its ICRC is wrong") {
  const auto payload = counting_payload(64);
  for (const wire::Opcode opcode : testing::all_opcodes) {
    auto frame = built(sample_packet(opcode, wire::IpVersion::v4, false, payload));
    const std::size_t end = frame.size();
    frame.resize(end + 6);  // MAC padding, where damage would pass unnoticed
    const auto before = frame;
    REQUIRE(wire::has_valid_icrc(frame));
    REQUIRE(apply_corrupt(frame));
    CHECK(changed_at(before, frame) == static_cast<std::ptrdiff_t>(end - 5));
    CHECK_FALSE(wire::has_valid_icrc(frame));
    CHECK(wire::parse(frame).verdict == wire::Verdict::ok);
  }
}

TEST_CASE("other frames are damaged where it counts") {
  struct Row {
    const char* what;
    std::string frame;
    std::ptrdiff_t at;
  };
  const std::string macs = "020000000202020000000101";
  // 20 bytes of IPv4 header, 8 of UDP to port 9, 4 of payload, and MAC padding up to 60.
  const std::string udp = macs + "08004500002000004000401100000a0000010a000002" + "0001000900000000" + "01020304";
  const std::vector<Row> rows{
      {"UDP datagram, padded", udp + std::string(28, '0'), 45},
      {"the first piece of a datagram", udp.substr(0, 2 * 44), 43},
      {"IPv4 without payload: in the header", macs + "08004500001400004000401100000a0000010a000002" + "0000", 33},
      {"an EtherType of its own, minimum size", macs + "88b5" + std::string(92, '1'), 14},
      {"an EtherType of its own, longer", macs + "88b5" + std::string(94, '1'), 60},
      {"Ethernet header alone", macs + "88b5", -1},
      {"runt", macs, -1},
  };
  for (const Row& row : rows) {
    INFO(row.what);
    auto frame = from_hex(row.frame);
    const auto before = frame;
    CHECK(apply_corrupt(frame) == (row.at >= 0));
    CHECK(changed_at(before, frame) == row.at);
  }
}

}  // namespace
}  // namespace farlink::link
