// SPDX-License-Identifier: Apache-2.0
// classify() and the wire library's parser say the same of every opcode, of real Soft-RoCE-like frames and of frames
// damaged at random; the fuzzer goes on from here.
#include <catch2/catch.hpp>
#include <random>

#include "tests/link/classify_agreement.hpp"
#include "tests/support/hex.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink;
using namespace farlink::testing;

namespace {

std::vector<FrameBytes> samples() {
  std::vector<FrameBytes> frames;
  const std::vector<std::byte> options(12, std::byte{1});
  for (const std::size_t size : {0U, 1U, 7U, 8U, 16U, 1023U, 4096U}) {
    const auto payload = counting_payload(size);
    for (const wire::Opcode opcode : all_opcodes) {
      if (opcode == wire::Opcode::atomic_write && size < 8) continue;
      for (const bool vlan : {false, true}) {
        frames.push_back(built(sample_packet(opcode, wire::IpVersion::v6, vlan, payload)));
        auto packet = sample_packet(opcode, wire::IpVersion::v4, vlan, payload);
        frames.push_back(built(packet));
        std::get<wire::Ipv4>(packet.ip).options = options;
        frames.push_back(built(packet));
      }
    }
  }
  return frames;
}

}  // namespace

TEST_CASE("classify agrees with the parser on every opcode, version, tag, payload and padding") {
  std::size_t roce = 0;
  for (FrameBytes frame : samples()) {
    REQUIRE(!frame.empty());
    for (int tags = 0; tags < 2; ++tags) {
      link::Descriptor d;
      roce += is_roce(link::classify(frame, static_cast<std::uint32_t>(frame.size()), d));
      INFO(to_hex(std::span{frame}.first(std::min<std::size_t>(frame.size(), 128))));
      REQUIRE(disagreement(frame) == "");
      frame.resize(frame.size() + 3);  // MAC padding
      REQUIRE(disagreement(frame) == "");
      const auto tag = from_hex("88a8a001");
      frame.insert(frame.begin() + 12, tag.begin(), tag.end());
    }
  }
  CHECK(roce == samples().size() * 2);
}

TEST_CASE("classify agrees with the parser on damaged and shortened frames") {
  std::mt19937_64 random{20240607};
  const auto below = [&random](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  const auto frames = samples();
  std::size_t roce = 0, others = 0;
  for (int i = 0; i < 20'000; ++i) {
    FrameBytes frame = frames[below(frames.size())];
    for (std::size_t changes = below(4); changes > 0; --changes) {
      frame[below(std::min<std::size_t>(frame.size(), 110))] = static_cast<std::byte>(below(256));
    }
    if (below(4) == 0) frame.resize(below(frame.size() + 8));
    INFO(to_hex(std::span{frame}.first(std::min<std::size_t>(frame.size(), 128))));
    REQUIRE(disagreement(frame) == "");
    link::Descriptor d;
    ++(is_roce(link::classify(frame, static_cast<std::uint32_t>(frame.size()), d)) ? roce : others);
  }
  CHECK(roce > 5'000);
  CHECK(others > 5'000);
}
