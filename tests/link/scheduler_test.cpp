// SPDX-License-Identifier: Apache-2.0
// Who goes next among priorities in front of a serializer.
#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

std::vector<Step> backlog(std::uint64_t per_priority, std::uint32_t bytes_of_1, std::uint32_t bytes_of_6) {
  std::vector<Step> steps{{at_us(0), frame(999'999, 50), {}}};  // occupies the serializer while the others come
  for (std::uint64_t i = 0; i < per_priority; ++i) {
    steps.push_back({at_us(0), frame(1'000 + i, bytes_of_1), {}});
    steps.back().frame.priority = 1;
    steps.push_back({at_us(0), frame(6'000 + i, bytes_of_6), {}});
    steps.back().frame.priority = 6;
  }
  return steps;
}

std::string order(const Log& log) {
  std::string text;
  for (const Output& o : log.exits)
    if (o.frame.token != 999'999) text += static_cast<char>('0' + o.frame.priority);
  return text;
}

}  // namespace

TEST_CASE("strict: the highest priority first, as long as it has frames") {
  DirectionConfig config = plain();
  config.near_edge.scheduler = Scheduler::strict;
  const Log log = play(config, backlog(4, 1'000, 1'000));
  CHECK(order(log) == "66661111");
}

TEST_CASE("deficit round robin: a quantum of a jumbo frame each in turn, the rest is kept") {
  // Quantum 9,258 B: nine frames of 1,000 B leave 258; 3 x 258 make a tenth frame only in the fourth turn.
  const Log log = play(plain(), backlog(40, 1'000, 1'000));
  const std::string one(9, '1'), six(9, '6');
  CHECK(order(log) == one + six + one + six + one + six + one + "1" + six + "6" + "111" + "666");
}

TEST_CASE("deficit round robin shares bytes, not frames") {
  const Log log = play(plain(), backlog(2'000, 4'000, 500));
  // Until the queue of small frames is empty: 1 MB of each.
  std::uint64_t bytes_of_1 = 0, bytes_of_6 = 0;
  for (const Output& o : log.exits) {
    (o.frame.priority == 6 ? bytes_of_6 : bytes_of_1) += o.frame.priority == 0 ? 0 : o.frame.line_bytes;
    if (bytes_of_6 == 1'000'000) break;
  }
  CHECK(bytes_of_6 == 1'000'000);
  CHECK(bytes_of_1 > 1'000'000 - 2 * 9'258);
  CHECK(bytes_of_1 < 1'000'000 + 2 * 9'258);
}

TEST_CASE("within a priority the order stays, for both schedulers") {
  for (const Scheduler scheduler : {Scheduler::strict, Scheduler::deficit_round_robin}) {
    DirectionConfig config = plain();
    config.near_edge.scheduler = scheduler;
    std::uint64_t last[8] = {};
    for (const Output& o : play(config, backlog(100, 700, 3'000)).exits) {
      CHECK(o.frame.token > last[o.frame.priority]);
      last[o.frame.priority] = o.frame.token;
    }
  }
}

}  // namespace farlink::link::test
