// SPDX-License-Identifier: Apache-2.0
// Slow restart: after going back, flights of one packet, two, four; and no acknowledgement that is waited for in vain.
#include <catch2/catch.hpp>

#include "tests/rnic/write_run.hpp"

namespace farlink {
namespace {

using namespace testing;

rnic::Config slow() {
  rnic::Config config = lab_config();
  config.slow_restart = true;
  return config;
}

// Packets of west from number `first` on, counted between silences of a microsecond.
std::vector<std::size_t> flights(const TwoNics& lab, std::size_t first) {
  std::vector<std::size_t> sizes;
  Instant before = Instant::start();
  for (const Sent& sent : lab.log()) {
    if (sent.from != Side::west || sent.number < first) continue;
    if (sizes.empty() || sent.left - before > Duration::microseconds(1)) sizes.push_back(0);
    ++sizes.back();
    before = sent.left;
  }
  return sizes;
}

TEST_CASE("after a NAK the window grows from one packet, twofold in a round trip", "[rnic]") {
  rnic::Config config = slow();
  config.window = 64;
  // Packet 32 is lost; what follows it until the NAK is there is thrown away.
  WriteRun run{config, 300, lose(Side::west, {32})};
  CHECK(run.is_complete());
  CHECK(run.sender().timeouts == 0);
  std::size_t again = 0;
  while (run.lab.log()[again].from != Side::west || run.lab.log()[again].frame.psn != 32) ++again;
  for (++again; run.lab.log()[again].from != Side::west || run.lab.log()[again].frame.psn != 32;) ++again;
  std::vector<std::size_t> sizes = flights(run.lab, run.lab.log()[again].number);
  REQUIRE(sizes.size() > 5);
  sizes.resize(5);
  CHECK(sizes == std::vector<std::size_t>{1, 2, 4, 8, 16});
  // Without it the whole window follows at once.
  config.slow_restart = false;
  const WriteRun plain{config, 300, lose(Side::west, {32})};
  CHECK(flights(plain.lab, run.lab.log()[again].number).front() > 32);
}

TEST_CASE("the first packet after going back is alone for a round trip, to the picosecond", "[rnic]") {
  WriteRun run{slow(), 100, lose(Side::west, {0})};
  std::vector<Sent> sent;
  for (const Sent& s : run.lab.log())
    if (s.from == Side::west && s.frame.psn <= 1) sent.push_back(s);
  REQUIRE(sent.size() == 4);
  CHECK(sent[2].frame.psn == 0);
  CHECK(sent[2].frame.ack_request);
  CHECK(sent[3].frame.psn == 1);
  // Its flight, the acknowledgement's 86 bytes and flight, and packet 1.
  CHECK((sent[3].left - sent[2].left).picoseconds() == 20'000'000 + 6'880 + 334'240);
  CHECK(run.is_complete());
}

TEST_CASE("slow restart never waits for an acknowledgement that nobody asked for", "[rnic]") {
  for (const std::uint64_t window : {1U, 3U, 16U, 40U}) {
    for (std::size_t lost = 0; lost < 99; lost += 7) {
      rnic::Config config = slow();
      config.window = window;
      WriteRun run{config, 100, lose(Side::west, {lost})};
      CAPTURE(window, lost);
      CHECK(run.is_complete());
      // With nothing behind it a lost packet waits for the timer, once.
      CHECK(run.sender().timeouts <= 1);
      if (window == 16) CHECK(run.sender().timeouts == (lost % 16 == 15 ? 1U : 0U));
      if (window == 40) CHECK(run.sender().timeouts == 0);
    }
  }
}

TEST_CASE("slow restart after a timeout, with READs, and with losses on the way back", "[rnic]") {
  rnic::Config config = slow();
  config.ack_timeout = 4;
  config.retry.reset();
  TwoNics lab{config};
  const auto qp = lab.connect();
  auto west = pattern(60 * 4096, 1);
  std::vector<std::byte> east(west.size()), back(west.size());
  lab.set_fate([](const Sent& s) {
    return (s.number * 7 + static_cast<std::size_t>(s.from)) % 19 == 3 ? Fate::lost : Fate::delivered;
  });
  lab.post(Side::west, qp, request(Operation::write, west, &east, 1));
  lab.post(Side::west, qp, request(Operation::read, back, &east, 2));
  lab.post(Side::west, qp, request(Operation::write, west, &east, 3));
  lab.run();
  CHECK(east == west);
  CHECK(back == west);
  CHECK(lab.done(Side::west, Completion::Kind::sent).size() == 3);
}

}  // namespace
}  // namespace farlink
