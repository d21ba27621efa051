// SPDX-License-Identifier: Apache-2.0
// What the emulator does to frames: nothing, whatever they are, up to the size that the far ports carry; and what it
// does with those that are no frames or too long. Every case ends with conservation and a full pool (lab.hpp).
#include <algorithm>
#include <random>

#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

using Frames = std::vector<FrameBytes>;

// A frame in two pieces, as a port gives it that scatters over mbufs.
rte_mbuf* in_two_pieces(const FrameBytes& bytes, std::size_t first, const Buffers& buffers) {
  rte_mbuf* head = to_mbuf({bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(first)}, buffers);
  rte_mbuf* tail = to_mbuf({bytes.begin() + static_cast<std::ptrdiff_t>(first), bytes.end()}, buffers);
  REQUIRE(rte_pktmbuf_chain(head, tail) == 0);
  return head;
}

}  // namespace

TEST_CASE("every EtherType passes, tagged or not, and no byte of a frame changes") {
  Lab lab;
  Frames sent;
  std::uint8_t host = 1;
  constexpr std::array<std::uint16_t, 13> ethertypes{0x0800, 0x0806, 0x86dd, 0x8100, 0x88a8, 0x8847, 0x88cc,
                                                     0x88f7, 0x8915, 0x9000, 0x05dc, 0x0000, 0xffff};
  for (const std::uint16_t ethertype : ethertypes)
    for (const std::size_t bytes : {14U, 15U, 59U, 60U, 64U, 1'514U})
      sent.push_back(ethernet(9, ++host, ethertype, bytes));
  for (const FrameBytes& frame : sent) lab.send(0, 0, frame);
  lab.settle();
  CHECK((lab.take(1, 0) == sent));  // too long to be shown
  CHECK(lab.counters(0, 0).received == sent.size());
  CHECK(lab.counters(1, 0).sent == sent.size());
}

TEST_CASE("MAC addresses are untouched, also those that a bridge would keep to itself") {
  Lab lab;
  Frames sent;
  for (const unsigned last : {0x00U, 0x02U, 0x03U, 0x0eU}) {  // spanning tree, LACP, 802.1X, LLDP
    sent.push_back(ethernet(0, 1, 0x88cc));
    const std::array bridge{0x01U, 0x80U, 0xc2U, 0x00U, 0x00U, last};
    for (std::size_t i = 0; i < bridge.size(); ++i) sent.back()[i] = static_cast<std::byte>(bridge[i]);
    lab.send(0, 0, sent.back());
  }
  lab.settle();
  CHECK((lab.take(1, 0) == sent));  // too long to be shown
}

TEST_CASE("frames up to 9216 bytes pass, one byte more is too long for the far port and counted") {
  Lab lab;
  const FrameBytes longest = ethernet(2, 1, 0x88b5, 9'216);
  lab.send(0, 0, longest);
  lab.settle();
  CHECK((lab.take(1, 0) == Frames{longest}));
  const FrameBytes beyond = ethernet(2, 1, 0x88b5, 9'217);
  lab.give(0, 0, in_two_pieces(beyond, 9'216, lab.forwarder().buffers()));
  lab.settle();
  CHECK(lab.take(1, 0).empty());
  CHECK(lab.counters(0, 0).too_long == 1);
  CHECK(lab.counters(0, 0).received_bytes == 9'216 + 9'217);
}

TEST_CASE("a frame in several pieces stays whole, its length on the line is that of all of them") {
  for (const unsigned exits : {1U, 2U}) {
    INFO(exits << " exit ports");
    Lab lab{{.ports = {1, exits}}};
    const FrameBytes sent = ethernet(2, 1, 0x88b5, 3'000);
    lab.give(0, 0, in_two_pieces(sent, 100, lab.forwarder().buffers()));
    lab.settle();
    CHECK(lab.direction(0, 0).near.line_bytes == 3'024);
    for (std::uint32_t port = 0; port < exits; ++port) {
      INFO("east-" << port);
      CHECK(lab.counters(1, port).sent_bytes == 3'000);
      CHECK((lab.take(1, port) == Frames{sent}));
    }
  }
}

TEST_CASE("what is shorter than an Ethernet header is a runt: dropped, counted, and nothing else is lost") {
  Lab lab;
  const FrameBytes good = ethernet(2, 1);
  for (std::size_t bytes = 0; bytes < 14; ++bytes) {
    lab.send(0, 0, FrameBytes(bytes, std::byte{0xff}));
    lab.send(0, 0, good);
  }
  lab.settle();
  CHECK(lab.take(1, 0) == Frames(14, good));
  CHECK(lab.counters(0, 0).runts == 14);
  CHECK(lab.counters(0, 0).received == 28);
}

TEST_CASE("garbage passes as it is: only runts and MAC control frames do not cross") {
  Lab lab;
  std::minstd_rand random{20'250'101};
  Frames expected, got;
  std::uint64_t runts = 0, controls = 0;
  for (int round = 0; round < 40; ++round) {
    for (int i = 0; i < 50; ++i) {
      FrameBytes frame(random() % 300);
      for (std::byte& byte : frame) byte = static_cast<std::byte>(random() >> 8);
      // Half of them begin as something that is parsed further.
      if (frame.size() >= 16 && i % 2 == 0) {
        constexpr std::array<std::uint16_t, 5> types{0x0800, 0x86dd, 0x8100, 0x88a8, 0x8808};
        const std::uint16_t type = types[random() % types.size()];
        frame[12] = static_cast<std::byte>(type >> 8);
        frame[13] = static_cast<std::byte>(type & 0xffU);
        if (type == 0x0800) frame[14] = std::byte{0x4f};  // the longest header
      }
      const bool is_runt = frame.size() < 14;
      const bool is_control = !is_runt && frame[12] == std::byte{0x88} && frame[13] == std::byte{0x08};
      runts += is_runt ? 1U : 0U;
      controls += is_control ? 1U : 0U;
      lab.send(0, 0, frame);
      if (!is_runt && !is_control) expected.push_back(frame);
    }
    lab.settle();
    for (FrameBytes& frame : lab.take(1, 0)) got.push_back(std::move(frame));
  }
  // Tags and DSCPs among the garbage give priorities, and so an order of their own.
  // (As text: comparing vectors of std::byte makes g++ 12 warn falsely when it optimises.)
  const auto text = [](const FrameBytes& frame) {
    return std::string_view(reinterpret_cast<const char*>(frame.data()), frame.size());
  };
  const auto is_before = [&](const FrameBytes& a, const FrameBytes& b) { return text(a) < text(b); };
  std::sort(got.begin(), got.end(), is_before);
  std::sort(expected.begin(), expected.end(), is_before);
  CHECK((got == expected));
  CHECK(lab.counters(0, 0).runts == runts);
  CHECK(lab.counters(0, 0).pause_received == controls);
  CHECK(controls > 100);
}

}  // namespace farlink::dpdk::test
