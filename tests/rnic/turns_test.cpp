// SPDX-License-Identifier: Apache-2.0
// One serializer for many queue pairs: whose turn it is, what goes first, and where PFC stops it.
#include <catch2/catch.hpp>

#include "tests/rnic/two_nics.hpp"

namespace farlink {
namespace {

using namespace testing;

TEST_CASE("64 queue pairs are served in turn, one packet each", "[rnic]") {
  TwoNics lab;
  std::vector<std::uint32_t> qps;
  for (int i = 0; i < 64; ++i) qps.push_back(lab.connect());
  auto west = pattern(10 * 4096, 1), east = pattern(10 * 4096, 2);
  for (const auto qp : qps) lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run();
  const auto frames = lab.frames(Side::west);
  REQUIRE(frames.size() == 640);
  // The first queue pair had a packet in the serializer before the others posted, and lined up again: one ahead, to the
  // end.
  std::vector<std::uint32_t> expected{qps[0]};
  for (int round = 0; round < 10; ++round)
    for (std::size_t i = 0; i < 64; ++i)
      if (round < 9 || i > 0) expected.push_back(qps[i]);
  std::vector<std::uint32_t> turns;
  for (const Frame& frame : frames) turns.push_back(frame.destination_qp);
  CHECK(turns == expected);
}

TEST_CASE("a queue pair that comes late waits for one round at most", "[rnic]") {
  TwoNics lab;
  const auto a = lab.connect(), b = lab.connect(), c = lab.connect();
  auto west = pattern(100 * 4096, 1), east = pattern(100 * 4096, 2);
  lab.post(Side::west, a, request(Operation::write, west, &east));
  lab.post(Side::west, b, request(Operation::write, west, &east));
  lab.run(Instant::start() + Duration::microseconds(3));
  const std::size_t before = lab.frames(Side::west).size();
  lab.post(Side::west, c, request(Operation::write, west, &east));
  lab.run();
  const auto frames = lab.frames(Side::west);
  std::size_t first = before;
  while (frames[first].destination_qp != c) ++first;
  CHECK(first - before <= 3);
  CHECK(frames[first + 3].destination_qp == c);
}

TEST_CASE("acknowledgements go before data", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto a = pattern(4096, 1), b = pattern(4096, 2), big = pattern(400 * 4096, 3), to = pattern(400 * 4096, 4);
  lab.post(Side::east, qp, request(Operation::write, big, &to));
  lab.post(Side::west, qp, request(Operation::write, a, &b));
  lab.run();
  // West's packet is at the east at 10,335,520 ps; the frame then being serialized ends first, the ACK comes next.
  const Instant arrival = Instant::start() + Duration::picoseconds(10'335'520);
  const auto& log = lab.log();
  const auto ack = std::find_if(log.begin(), log.end(), [](const Sent& s) {
    return s.from == Side::east && s.frame.opcode == Opcode::acknowledge;
  });
  REQUIRE(ack != log.end());
  CHECK(ack->left - arrival < Duration::picoseconds(334'240 + 6'880));
  CHECK(ack->left - arrival >= Duration::picoseconds(6'880));
}

TEST_CASE("PFC: a hold stops behind the frame being serialized, a release goes on at once", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto west = pattern(10 * 4096, 1), east = pattern(10 * 4096, 2);
  lab.post(Side::west, qp, request(Operation::write, west, &east));
  lab.run(Instant::start() + Duration::microseconds(1));  // the third packet is under way
  lab.nic(Side::west).hold();
  lab.run(Instant::start() + Duration::microseconds(50));
  CHECK(lab.frames(Side::west).size() == 3);
  CHECK(lab.log()[2].left == Instant::start() + Duration::picoseconds(335'520 + 2 * 334'240));
  lab.nic(Side::west).release(lab.now());
  lab.run();
  std::vector<Instant> left;
  for (const Sent& sent : lab.log())
    if (sent.from == Side::west) left.push_back(sent.left);
  CHECK(left[3] == Instant::start() + Duration::microseconds(50) + Duration::picoseconds(334'240));
  CHECK(left[9] == left[3] + Duration::picoseconds(6 * 334'240));
  CHECK(east == west);
}

TEST_CASE("PFC: a held RNIC posts, receives, and sends its ACKs when released", "[rnic]") {
  TwoNics lab;
  const auto qp = lab.connect();
  auto a = pattern(4096, 1), b = pattern(4096, 2);
  lab.nic(Side::east).hold();
  lab.post(Side::west, qp, request(Operation::write, a, &b));
  lab.post(Side::east, qp, request(Operation::write, b, &a));
  lab.run(Instant::start() + Duration::microseconds(100));
  CHECK(lab.frames(Side::east).empty());
  lab.nic(Side::east).release(lab.now());
  lab.run();
  REQUIRE(lab.frames(Side::east).size() == 2);
  CHECK(lab.frames(Side::east)[0].opcode == Opcode::acknowledge);
  CHECK(lab.done().size() == 2);
}

}  // namespace
}  // namespace farlink
