// SPDX-License-Identifier: Apache-2.0
// The bytes of a capture file, block by block; tshark_agrees.py has the last word on larger ones.
#include "control/capture/pcapng_writer.hpp"

#include <bit>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "control/capture/drain.hpp"
#include "tests/support/hex.hpp"

namespace farlink::capture {
namespace {

using testing::from_hex;
using testing::to_hex;
using units::Duration;
using units::Instant;

std::vector<std::byte> read(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  std::vector<std::byte> bytes;
  for (char c = 0; in.get(c);) bytes.push_back(static_cast<std::byte>(c));
  return bytes;
}

struct NamedFile {
  std::string path = (std::filesystem::temp_directory_path() /
                      ("farlink-pcapng-" + std::to_string(std::hash<const void*>{}(this)) + ".pcapng"))
                         .string();
  ~NamedFile() { std::filesystem::remove(path); }
};

const std::vector<Interface> one_interface{{2, 1, link::CapturePoint::line, "abc", ""}};

TEST_CASE("every byte of a file with one frame") {
  static_assert(std::endian::native == std::endian::little, "the expected bytes are those of a little-endian machine");
  const NamedFile file;
  PcapngWriter writer{{.path = file.path,
                       .interfaces = one_interface,
                       .start = WallTime{std::chrono::nanoseconds{0x1'0000'0000}},
                       .snap_bytes = 64,
                       .application = "x"}};
  const auto bytes = from_hex("0102030405");
  writer.write({.stamp = Instant::start() + Duration::picoseconds(7'999),
                .original_bytes = 60,
                .link = 2,
                .direction = 1,
                .point = link::CapturePoint::line,
                .bytes = bytes});
  CHECK(writer.frames() == 1);
  writer.close(std::array<std::uint64_t, 1>{9});
  const std::string expected =
      // section header: length 40, magic, version 1.0, length unknown, application "x"
      "0a0d0d0a"
      "28000000"
      "4d3c2b1a"
      "0100"
      "0000"
      "ffffffffffffffff"
      "0400"
      "0100"
      "78000000"
      "00000000"
      "28000000"
      // interface: length 48, Ethernet, snap length 64, name "abc", nanoseconds, no FCS
      "01000000"
      "30000000"
      "0100"
      "0000"
      "40000000"
      "0200"
      "0300"
      "61626300"
      "0900"
      "0100"
      "09000000"
      "0d00"
      "0100"
      "00000000"
      "00000000"
      "30000000"
      // packet: length 40, interface 0, stamp 2^32 + 7 ns, 5 bytes of 60
      "06000000"
      "28000000"
      "00000000"
      "01000000"
      "07000000"
      "05000000"
      "3c000000"
      "0102030405000000"
      "28000000"
      // statistics: length 52, interface 0, stamp, 9 dropped, 1 delivered
      "05000000"
      "34000000"
      "00000000"
      "01000000"
      "07000000"
      "0500"
      "0800"
      "0900000000000000"
      "0800"
      "0800"
      "0100000000000000"
      "00000000"
      "34000000";
  CHECK(to_hex(read(file.path)) == expected);
}

TEST_CASE("frames go to the interface of their place; others are refused") {
  const NamedFile file;
  const std::vector<Interface> interfaces{{0, 0, link::CapturePoint::access, "a", ""},
                                          {0, 0, link::CapturePoint::exit, "b", ""},
                                          {0, 1, link::CapturePoint::access, "c", ""}};
  PcapngWriter writer{{.path = file.path, .interfaces = interfaces, .start = {}, .application = ""}};
  link::CapturedFrame frame;
  for (const Interface& interface : interfaces) {
    frame.direction = interface.direction;
    frame.point = interface.point;
    writer.write(frame);
  }
  frame.point = link::CapturePoint::line;
  CHECK_THROWS_AS(writer.write(frame), std::invalid_argument);
  frame.link = 1;
  CHECK_THROWS_AS(writer.write(frame), std::invalid_argument);
  CHECK(writer.frames() == 3);
  CHECK_THROWS_AS(writer.close(std::array<std::uint64_t, 2>{}), std::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(file.path));
  writer.close(std::array<std::uint64_t, 3>{});
  CHECK(std::filesystem::exists(file.path));
}

TEST_CASE("a capture of no place is refused before anything is written") {
  const NamedFile file;
  CHECK_THROWS_AS((PcapngWriter{{.path = file.path, .interfaces = {}, .start = {}, .application = ""}}),
                  std::invalid_argument);
  CHECK_FALSE(std::filesystem::exists(file.path));
}

TEST_CASE("draining a ring writes what the filter lets through and empties it in bounded steps") {
  const NamedFile file;
  PcapngWriter writer{{.path = file.path, .interfaces = one_interface, .start = {}, .application = ""}};
  link::CaptureRing ring{8, 64};
  for (std::uint32_t i = 0; i < 8; ++i) {
    ring.push({.original_bytes = i < 3 ? 60 + i : 1'000 + i,
               .link = 2,
               .direction = 1,
               .point = link::CapturePoint::line,
               .bytes = {}});
  }
  const Filter large{"greater 1000"};
  CHECK(drain(ring, large, writer, 5) == 5);
  CHECK(writer.frames() == 2);
  CHECK(drain(ring, large, writer, 5) == 3);
  CHECK(writer.frames() == 5);
  CHECK(drain(ring, large, writer, 5) == 0);
}

}  // namespace
}  // namespace farlink::capture
