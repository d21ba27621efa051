// SPDX-License-Identifier: Apache-2.0
// Frames of a real stack (Linux Soft-RoCE), when the captures are at hand: each is parsed, rebuilt byte for byte, its
// ICRC recomputed, and the PSNs of both directions are followed.
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/parse.hpp"
#include "dataplane/wire/psn.hpp"
#include "dataplane/wire/syndrome.hpp"
#include "tests/support/pcap.hpp"
#include "tests/wire/sample_packets.hpp"

using namespace farlink::wire;
using namespace farlink::testing;

namespace {

constexpr const char* captures = "../shared/captures";
constexpr std::uint32_t path_mtu = 4096;

// The only queue pair of a capture, seen from the line.
struct Conversation {
  std::optional<std::uint32_t> next_request;
  std::optional<std::uint32_t> next_response;  // of the READ being answered
  std::set<std::uint32_t> read_requests, acks_wanted;
  std::uint32_t messages = 0;

  void request(const RocePacket& packet) {
    const Bth& bth = packet.bth;
    if (next_request) {
      REQUIRE(bth.psn == *next_request);
    }
    std::uint32_t used = 1;
    if (bth.opcode == Opcode::read_request) {
      read_requests.insert(bth.psn);
      used = (packet.reth.dma_length + path_mtu - 1) / path_mtu;
    } else if (bth.ack_request) {
      acks_wanted.insert(bth.psn);
    }
    next_request = psn_add(bth.psn, used);
    if (!is_last(bth.opcode)) REQUIRE(packet.payload.size() == path_mtu);
  }

  void response(const RocePacket& packet) {
    const Bth& bth = packet.bth;
    if (has_aeth(bth.opcode)) REQUIRE(ack_kind(packet.aeth.syndrome) == AckKind::ack);
    if (bth.opcode == Opcode::acknowledge) {
      REQUIRE(acks_wanted.erase(bth.psn) == 1);
      REQUIRE(packet.aeth.message_sequence_number == ++messages);
      return;
    }
    REQUIRE(is_read_response(bth.opcode));
    if (starts_message(bth.opcode)) {
      REQUIRE(read_requests.erase(bth.psn) == 1);
      REQUIRE(packet.aeth.message_sequence_number == ++messages);
    } else {
      REQUIRE(next_response == bth.psn);
    }
    next_response = psn_add(bth.psn, 1);
  }
};

}  // namespace

TEST_CASE("every frame of a Soft-RoCE capture is read, rebuilt and followed") {
  if (!std::filesystem::exists(captures)) {
    WARN("no captures at " << captures << ": nothing of a foreign stack was read");
    return;
  }
  struct Row {
    std::string file;
    std::size_t frames;
    std::uint32_t messages;
  };
  for (const Row& row : {Row{"rxe-write-64KiB-mtu4096.pcap", 340, 20}, Row{"rxe-read-64KiB-mtu4096.pcap", 170, 10},
                         Row{"rxe-send-16KiB.pcap", 100, 20}}) {
    const auto frames = read_pcap(std::string{captures} + "/" + row.file);
    CHECK(frames.size() == row.frames);
    Conversation conversation;
    std::size_t number = 0;
    for (const Frame& frame : frames) {
      CAPTURE(row.file, ++number);
      const Parsed parsed = parse(frame);
      REQUIRE(name(parsed.verdict) == "ok");
      REQUIRE(parsed.frame_bytes == frame.size());
      REQUIRE(icrc(frame) == parsed.icrc);
      REQUIRE(built(parsed.packet) == frame);
      if (is_request(parsed.packet.bth.opcode)) {
        conversation.request(parsed.packet);
      } else {
        conversation.response(parsed.packet);
      }
    }
    CHECK(conversation.messages == row.messages);
    CHECK(conversation.read_requests.empty());
    CHECK(conversation.acks_wanted.empty());
  }
}
