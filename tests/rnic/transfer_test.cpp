// SPDX-License-Identifier: Apache-2.0
// Undisturbed transfers: memory arrives, and at the instant that rate and delay say.
#include <catch2/catch.hpp>

#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;

// Bytes on the line of the frames of a request that is neither empty nor in need of padding.
std::int64_t picoseconds_per_byte() { return 80; }

TEST_CASE("memory is equal after every operation at every size", "[rnic]") {
  const std::size_t mebibyte = std::size_t{1} << 20;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{4096}, std::size_t{4097}, mebibyte}) {
    for (const Operation operation : {Operation::send, Operation::send_with_immediate, Operation::write,
                                      Operation::write_with_immediate, Operation::read}) {
      CAPTURE(size, static_cast<int>(operation));
      TwoNics lab;
      const auto qp = lab.connect();
      auto west = pattern(size, 1);
      auto east = pattern(size, 2);
      const auto source = operation == Operation::read ? east : west;
      lab.post(Side::west, qp, request(operation, west, &east, 3));
      lab.run();
      if (rnic::is_send(operation))
        CHECK(lab.inbox(Side::east, qp) == source);
      else
        CHECK(east == source);
      CHECK(west == source);
      REQUIRE(lab.done(Side::west, Completion::Kind::sent).size() == 1);
      CHECK(lab.done(Side::west, Completion::Kind::failed).empty());
      const auto received = lab.done(Side::east, Completion::Kind::received);
      const bool tells = rnic::is_send(operation) || rnic::has_immediate(operation);
      REQUIRE(received.size() == (tells ? 1U : 0U));
      if (!tells) continue;
      CHECK(received[0].completion.operation == operation);
      CHECK(received[0].completion.bytes == size);
      CHECK(received[0].completion.immediate == (rnic::has_immediate(operation) ? 0xcafe'0003U : 0U));
    }
  }
}

TEST_CASE("a WRITE of one packet is done one serialization, two flights and one ACK later", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto west = pattern(4096, 1);
  auto east = pattern(4096, 2);
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  // 4178 + 16 of RETH = 4194 bytes x 80 ps = 335,520 ps; 2 x 10 us; ACK 86 x 80 ps = 6,880 ps.
  const Instant expected = Instant::start() + Duration::picoseconds(335'520 + 20'000'000 + 6'880);
  REQUIRE(lab.done().size() == 1);
  CHECK(lab.done()[0].at == expected);
}

TEST_CASE("a WRITE of 1 MiB leaves back to back", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto west = pattern(std::size_t{1} << 20, 1);
  auto east = pattern(std::size_t{1} << 20, 2);
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  const std::int64_t line = 256 * 4178 + 16;
  const std::int64_t last_out = line * picoseconds_per_byte();
  CHECK(lab.frames(Side::west).size() == 256);
  REQUIRE(lab.done().size() == 1);
  CHECK(lab.done()[0].at == Instant::start() + Duration::picoseconds(last_out + 20'000'000 + 6'880));
  CHECK(lab.nic(Side::west).requester(qp).acknowledged_bytes() == std::uint64_t{1} << 20);
}

TEST_CASE("a READ is done when its last response is here", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto west = pattern(8192, 1);
  auto east = pattern(8192, 2);
  lab.post(Side::west, qp, request(Operation::read, west, &east));
  lab.run();
  // Request 98 bytes on the line (74 + 24); responses 4178 + 4 of AETH each.
  CHECK(lab.done()[0].at ==
        Instant::start() + Duration::picoseconds((98 + 2 * 4182) * picoseconds_per_byte() + 20'000'000));
}

TEST_CASE("requests of one queue pair complete in order, READs among them", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto a = pattern(10'000, 1), b = pattern(10'000, 2), c = pattern(10'000, 3), d = pattern(10'000, 4);
  lab.post(Side::west, qp, request(Operation::write, a, &b, 0));
  lab.post(Side::west, qp, request(Operation::read, c, &b, 1));  // reads what was just written
  lab.post(Side::west, qp, request(Operation::send, c, nullptr, 2));
  lab.post(Side::west, qp, request(Operation::read, d, &b, 3));
  lab.run();
  const auto done = lab.done(Side::west, Completion::Kind::sent);
  REQUIRE(done.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(done[i].completion.id == i);
  CHECK(c == a);
  CHECK(d == a);
}

TEST_CASE("no more READs are outstanding than max_reads", "[rnic]") {
  rnic::Config config = lab_config();
  config.max_reads = 2;
  TwoNics lab{config};
  const auto qp = lab.connect();
  std::vector<std::vector<std::byte>> local(5, pattern(64, 1));
  auto east = pattern(64, 2);
  for (auto& memory : local) lab.post(Side::west, qp, request(Operation::read, memory, &east));
  lab.run(Instant::start() + Duration::microseconds(15));
  CHECK(lab.frames(Side::west, Opcode::read_request).size() == 2);
  lab.run();
  CHECK(lab.frames(Side::west, Opcode::read_request).size() == 5);
  CHECK(lab.done(Side::west, Completion::Kind::sent).size() == 5);
  for (const auto& memory : local) CHECK(memory == east);
}

TEST_CASE("PSNs wrap at 2^24 in the middle of a message", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect(0xff'ffff - 2);
  auto west = pattern(8 * 4096, 1);
  auto east = pattern(8 * 4096, 2);
  lab.set_fate([](const Sent& s) { return s.from == Side::west && s.number == 4 ? Fate::lost : Fate::delivered; });
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.post(Side::west, qp, request(Operation::read, west, &east));
  lab.run();
  const auto frames = lab.frames(Side::west);
  CHECK(frames[2].psn == 0xff'ffff);
  CHECK(frames[3].psn == 0);
  CHECK(west == east);
  CHECK(lab.done(Side::west, Completion::Kind::sent).size() == 2);
  CHECK(lab.nic(Side::west).requester(qp).counters().timeouts == 0);
}

TEST_CASE("both sides send at once on one queue pair", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto a = pattern(100'000, 1), b = pattern(100'000, 2), to_east = pattern(100'000, 3), to_west = pattern(100'000, 4);
  lab.post(Side::west, qp, request(Operation::write, a, &to_east));
  lab.post(Side::east, qp, request(Operation::write, b, &to_west));
  lab.run();
  CHECK(to_east == a);
  CHECK(to_west == b);
  CHECK(lab.done().size() == 2);
}

}  // namespace
}  // namespace farlink
