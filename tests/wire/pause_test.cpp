// SPDX-License-Identifier: Apache-2.0
// Oracle O1 for MAC control frames (PFC and pause, with their FCS) and O12's pause times.
#include "dataplane/wire/pause.hpp"

#include <array>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "dataplane/wire/crc32.hpp"
#include "tests/support/hex.hpp"
#include "tests/support/print_units.hpp"

using namespace farlink::wire;
using farlink::testing::from_hex;
using farlink::testing::to_hex;
using farlink::units::BitRate;
using farlink::units::Duration;

namespace {

constexpr MacAddress source{2, 0, 0, 0, 0, 1};

// The FCS of `frame` in the order of the line.
std::string fcs(const std::vector<std::byte>& frame) {
  const std::uint32_t crc = crc32(frame);
  std::array<std::byte, 4> bytes{};
  for (std::size_t i = 0; i < 4; ++i) bytes[i] = static_cast<std::byte>(crc >> (8 * i) & 0xffU);
  return to_hex(bytes);
}

}  // namespace

TEST_CASE("O1: PFC XOFF of priority 3") {
  PfcFrame pfc{.source = source, .priorities = 1U << 3};
  pfc.quanta[3] = max_pause_quanta;
  std::vector<std::byte> frame(pause_frame_bytes);
  REQUIRE(build(pfc, frame) == 60);
  CHECK(to_hex(frame) ==
        "0180c200000102000000000188080101000800000000"
        "0000ffff0000000000000000" +
            std::string(52, '0'));
  CHECK(fcs(frame) == "b0b229c3");
  const auto parsed = parse_mac_control(frame);
  REQUIRE(std::holds_alternative<PfcFrame>(parsed));
  CHECK(std::get<PfcFrame>(parsed) == pfc);
}

TEST_CASE("O1: pause of the whole link") {
  const PauseFrame pause{.source = source, .quanta = 0xffff};
  std::vector<std::byte> frame(pause_frame_bytes);
  REQUIRE(build(pause, frame) == 60);
  CHECK(to_hex(frame) == "0180c200000102000000000188080001ffff" + std::string(84, '0'));
  CHECK(fcs(frame) == "dd7cb2ff");
  const auto parsed = parse_mac_control(frame);
  REQUIRE(std::holds_alternative<PauseFrame>(parsed));
  CHECK(std::get<PauseFrame>(parsed) == pause);
}

TEST_CASE("O12: the longest pause by rate, a quantum being 512 bit times") {
  CHECK(pause_time(1, BitRate::gigabits(100)) == Duration::picoseconds(5'120));
  CHECK(pause_time(max_pause_quanta, BitRate::gigabits(10)) == Duration::nanoseconds(3'355'392));
  CHECK(pause_time(max_pause_quanta, BitRate::gigabits(100)) == Duration::picoseconds(335'539'200));
  CHECK(pause_time(max_pause_quanta, BitRate::gigabits(400)) == Duration::picoseconds(83'884'800));
  CHECK(pause_time(max_pause_quanta, BitRate::gigabits(800)) == Duration::picoseconds(41'942'400));
  CHECK(pause_time(0, BitRate::gigabits(100)) == Duration::zero());
}

TEST_CASE("every PFC frame reads back; what is cut short or addressed elsewhere is not one") {
  PfcFrame pfc{.source = source, .priorities = 0xa5, .quanta = {1, 2, 3, 4, 0x1234, 6, 0, 0xffff}};
  std::vector<std::byte> frame(pause_frame_bytes);
  REQUIRE(build(pfc, frame) == pause_frame_bytes);
  CHECK(std::get<PfcFrame>(parse_mac_control(frame)) == pfc);
  for (std::size_t size = 0; size < 34; ++size) {
    CAPTURE(size);
    CHECK(std::holds_alternative<std::monostate>(parse_mac_control(std::span{frame}.first(size))));
  }
  CHECK(std::holds_alternative<PfcFrame>(parse_mac_control(std::span{frame}.first(34))));
  for (const std::size_t at : {0U, 5U, 12U, 13U, 14U, 15U}) {
    auto other = frame;
    other[at] ^= std::byte{0x40};
    CAPTURE(at);
    CHECK(std::holds_alternative<std::monostate>(parse_mac_control(other)));
  }
  CHECK(build(pfc, std::span{frame}.first(59)) == 0);
  CHECK(build(PauseFrame{}, std::span{frame}.first(59)) == 0);
}
