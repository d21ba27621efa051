// SPDX-License-Identifier: Apache-2.0
// Filter expressions on frames of our own, and what is said about those that cannot be understood.
#include "control/capture/filter.hpp"

#include <catch2/catch.hpp>

#include "control/capture/error.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink;
using namespace farlink::testing;
using Catch::Matchers::Contains;

namespace {

bool matches(const std::string& expression, std::span<const std::byte> frame, std::size_t kept = 9'216) {
  const link::CapturedFrame captured{.original_bytes = static_cast<std::uint32_t>(frame.size()),
                                     .bytes = frame.first(std::min(kept, frame.size()))};
  return capture::Filter{expression}.matches(captured);
}

}  // namespace

TEST_CASE("what tcpdump would let through") {
  const auto payload = counting_payload(1'024);
  const auto v4 = built(sample_packet(wire::Opcode::write_only, wire::IpVersion::v4, false, payload));
  const auto v6 = built(sample_packet(wire::Opcode::write_only, wire::IpVersion::v6, false, payload));
  const auto tagged = built(sample_packet(wire::Opcode::write_only, wire::IpVersion::v4, true, payload));
  for (const std::string everything : {"", "  "}) {
    CHECK(matches(everything, v4));
    CHECK(matches(everything, v4, 0));
  }
  CHECK(matches("udp port 4791", v4));
  CHECK(matches("udp port 4791", v6));
  CHECK_FALSE(matches("udp port 4791", tagged));
  CHECK(matches("vlan 291 and udp port 4791", tagged));
  CHECK_FALSE(matches("udp port 4790", v4));
  CHECK(matches("src host 10.1.2.3 and dst host 10.4.5.6", v4));
  CHECK_FALSE(matches("src host 10.4.5.6", v4));
  CHECK(matches("ether dst 02:00:00:00:02:02", v6));
  CHECK(matches("ip6", v6));
  CHECK_FALSE(matches("ip6", v4));
  CHECK(matches("udp[8] = 0x0a", v4));  // BTH opcode: WRITE only
  CHECK_FALSE(matches("udp[8] = 0x0b", v4));
}

TEST_CASE("the length is that on the link, the bytes are those kept") {
  const auto payload = counting_payload(1'024);
  const auto frame = built(sample_packet(wire::Opcode::write_only, wire::IpVersion::v4, false, payload));
  REQUIRE(frame.size() == 14 + 20 + 8 + 12 + 16 + 1'024 + 4);
  CHECK(matches("greater 1098", frame, 64));
  CHECK_FALSE(matches("greater 1099", frame, 64));
  CHECK(matches("udp port 4791", frame, 38));
  CHECK_FALSE(matches("udp port 4791", frame, 37));
  CHECK_FALSE(matches("udp port 4791", frame, 0));
}

TEST_CASE("an expression that makes no sense is refused with libpcap's words") {
  CHECK_THROWS_WITH(capture::Filter{"udp prt 4791"},
                    Contains("udp prt 4791") && Contains("syntax error") && Contains("pcap-filter"));
  CHECK_THROWS_AS(capture::Filter{"host 10.0.0.300"}, capture::CaptureError);
  CHECK_THROWS_WITH(capture::Filter{"tcp and udp port"}, Contains("syntax error"));
}
