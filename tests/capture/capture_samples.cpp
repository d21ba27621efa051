// SPDX-License-Identifier: Apache-2.0
// Writes a capture of three interfaces and prints one line about each frame for tshark_agrees.py to compare with:
// interface name, stamp in nanoseconds since 1970, original length, bytes kept.
#include <array>
#include <exception>
#include <iostream>
#include <vector>

#include "control/capture/drain.hpp"
#include "dataplane/wire/pause.hpp"
#include "tests/support/hex.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink;
using namespace farlink::testing;
using units::Duration;
using units::Instant;

namespace {

constexpr std::uint32_t snap_bytes = 2'000;

std::vector<std::vector<std::byte>> sample_frames() {
  std::vector<std::vector<std::byte>> frames;
  for (const std::size_t size : {0U, 1U, 2U, 3U, 64U, 1'024U, 4'096U}) {
    const auto payload = counting_payload(size);
    for (const wire::Opcode opcode : all_opcodes) {
      if (opcode == wire::Opcode::atomic_write && size < 8) continue;
      const auto version = frames.size() % 2 == 0 ? wire::IpVersion::v4 : wire::IpVersion::v6;
      frames.push_back(built(sample_packet(opcode, version, frames.size() % 3 == 0, payload)));
    }
  }
  frames.emplace_back(wire::pause_frame_bytes);
  wire::build(wire::PauseFrame{.source = {2, 0, 0, 0, 0, 1}, .quanta = 7}, frames.back());
  frames.emplace_back(9'216, std::byte{0xa5});  // an EtherType nobody knows
  frames.emplace_back(14, std::byte{0x02});     // Ethernet header alone
  return frames;
}

void write_samples(const std::string& path) {
  const std::array<const char*, 3> names{"west->east line", "east->west line", "west->east exit"};
  const std::vector<capture::Interface> interfaces{
      {0, 0, link::CapturePoint::line, names[0], "first way"},
      {0, 1, link::CapturePoint::line, names[1], "second way"},
      {0, 0, link::CapturePoint::exit, names[2], "sent"},
  };
  const std::uint64_t start = 1'700'000'000'123'456'789;
  capture::PcapngWriter writer{{.path = path,
                                .interfaces = interfaces,
                                .start = capture::WallTime{std::chrono::nanoseconds{start}},
                                .snap_bytes = snap_bytes,
                                .application = "farlink"}};
  link::CaptureRing ring{8, snap_bytes};
  const capture::Filter everything{""};
  std::uint64_t number = 0;
  for (const auto& frame : sample_frames()) {
    // 876,543,211 ns make the seconds carry; picoseconds are cut.
    const std::uint64_t ns = number * 876'543'211;
    const std::size_t place = number % 3;
    ring.push({.stamp = Instant::start() + Duration::picoseconds(static_cast<std::int64_t>(ns * 1'000 + 999)),
               .original_bytes = static_cast<std::uint32_t>(frame.size()),
               .link = 0,
               .direction = interfaces[place].direction,
               .point = interfaces[place].point,
               .bytes = frame});
    capture::drain(ring, everything, writer, 8);
    std::cout << names[place] << '\t' << start + ns << '\t' << frame.size() << '\t'
              << to_hex(std::span{frame}.first(std::min<std::size_t>(frame.size(), snap_bytes))) << '\n';
    ++number;
  }
  writer.close(std::array<std::uint64_t, 3>{3, 0, 5'000'000'000});
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: capture_samples FILE.pcapng\n";
    return 2;
  }
  try {
    write_samples(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
  return 0;
}
