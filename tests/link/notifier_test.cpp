// SPDX-License-Identifier: Apache-2.0
// A near edge that answers what it would mark: when, whom, how often, and what becomes of the frame. 1000 B last a
// microsecond.
#include "dataplane/link/notifier.hpp"

#include "tests/link/support.hpp"

namespace farlink::link::test {
namespace {

DirectionConfig notifying(Duration every = Duration::microseconds(50)) {
  DirectionConfig config = plain();
  config.near_edge.rate = BitRate::gigabits(8);
  config.far_edge.ports = 8;
  config.near_edge.ecn = EcnMarking{Bytes{5'000}, Bytes{5'000}, Probability::always(), every};
  return config;
}

Descriptor data(std::uint64_t token, std::uint32_t qp) {
  Descriptor d = frame(token, 1'000);
  d.opcode = static_cast<std::uint8_t>(wire::Opcode::write_middle);
  d.destination_qp = qp;
  d.ingress_port = 3;
  d.egress_port = 7;
  return d;
}

std::vector<Output> cnps(const Log& log) {
  std::vector<Output> found;
  for (const Output& o : log.pauses)
    if (o.kind == Output::Kind::cnp) found.push_back(o);
  return found;
}

}  // namespace

TEST_CASE("the sender of the frame that would be marked gets a CNP in the same instant, and the frame has no mark") {
  for (const Ask ask : {Ask::at_every_event, Ask::every_microsecond, Ask::only_at_the_end}) {
    std::vector<Step> steps;
    for (int i = 0; i < 12; ++i) steps.push_back({at_ns(100 * i), data(static_cast<std::uint64_t>(i), 0x123), {}});
    Direction direction{notifying()};
    const Log log = play(direction, steps, ask);
    REQUIRE(cnps(log).size() == 1);
    const Output cnp = cnps(log).front();
    CHECK(cnp.stamp == at_ns(600));  // frame 0 is in the serializer; the sixth behind it makes 6000 B
    CHECK(cnp.frame.ingress_port == 3);
    CHECK(cnp.frame.egress_port == 7);
    CHECK(cnp.frame.destination_qp == 0x123);
    CHECK(static_cast<wire::Opcode>(cnp.frame.opcode) == wire::Opcode::cnp);
    CHECK(log.exits.size() == 12);
    for (const Output& o : log.exits) CHECK(o.frame.edits == 0);
    const NearCounters& near = direction.near().counters();
    CHECK(near.ecn_marked == 6);
    CHECK(near.frames_in == 12);
    CHECK(near.frames_generated == 1);
    CHECK(near.cnps_out == 1);
  }
}

TEST_CASE("one CNP in an interval for each queue pair, the next not before it has passed") {
  std::vector<Step> steps;
  for (int i = 0; i < 200; ++i)
    steps.push_back({at_ns(500 * i), data(static_cast<std::uint64_t>(i), i % 2 == 0 ? 10 : 11), {}});
  Direction direction{notifying(Duration::microseconds(20))};
  std::vector<Instant> of_even, of_odd;
  for (const Output& o : cnps(play(direction, steps)))
    (o.frame.destination_qp == 10 ? of_even : of_odd).push_back(o.stamp);
  // The queue grows by a frame in a microsecond and stays above 5000 B; every microsecond a frame of each comes.
  REQUIRE(of_even.size() == 5);
  REQUIRE(of_odd.size() == 5);
  for (const std::vector<Instant>& times : {of_even, of_odd})
    for (std::size_t i = 1; i < times.size(); ++i) CHECK(times[i] - times[i - 1] == Duration::microseconds(20));
}

TEST_CASE("acknowledgements and CNPs are marked as ever, since no receiver answers those either") {
  std::vector<Step> steps;
  for (int i = 0; i < 12; ++i) {
    Descriptor d = data(static_cast<std::uint64_t>(i), 1);
    d.opcode = static_cast<std::uint8_t>(i % 2 == 0 ? wire::Opcode::acknowledge : wire::Opcode::cnp);
    steps.push_back({at_us(0), d, {}});
  }
  Direction direction{notifying()};
  const Log log = play(direction, steps);
  CHECK(cnps(log).empty());
  CHECK(std::count_if(log.exits.begin(), log.exits.end(), [](const Output& o) { return o.frame.edits == edit_ce; }) ==
        6);
}

TEST_CASE("thousands of queue pairs at once: each gets its CNP, hardly one of them two") {
  Notifier notifier;
  notifier.set_interval(Duration::microseconds(50));
  std::uint32_t first = 0, second = 0;
  constexpr std::uint32_t pairs = 2'000;
  for (std::uint32_t qp = 0; qp < pairs; ++qp) first += notifier.is_due(data(0, qp), at_ns(qp)) ? 1U : 0U;
  for (std::uint32_t qp = 0; qp < pairs; ++qp) second += notifier.is_due(data(0, qp), at_ns(10'000 + qp)) ? 1U : 0U;
  CHECK(first == pairs);
  CHECK(second == 0);
  for (std::uint32_t qp = 0; qp < pairs; ++qp) second += notifier.is_due(data(0, qp), at_ns(50'000 + qp)) ? 1U : 0U;
  CHECK(second == pairs);
}

TEST_CASE("a change begins and ends it") {
  DirectionConfig config = notifying();
  config.near_edge.ecn->notify_every.reset();
  Direction direction{config};
  Log log;
  for (int i = 0; i < 8; ++i) direction.enqueue(data(static_cast<std::uint64_t>(i), 5), at_us(0));
  direction.reconfigure(notifying(), at_ns(1));
  for (int i = 8; i < 16; ++i) direction.enqueue(data(static_cast<std::uint64_t>(i), 5), at_ns(2));
  direction.reconfigure(config, at_ns(3));
  for (int i = 16; i < 20; ++i) direction.enqueue(data(static_cast<std::uint64_t>(i), 5), at_ns(4));
  collect(direction, at_us(100), log, 32);
  REQUIRE(cnps(log).size() == 1);
  CHECK(cnps(log).front().stamp == at_ns(2));
  for (const Output& o : log.exits)
    CHECK((o.frame.edits == edit_ce) == ((o.frame.token >= 6 && o.frame.token < 8) || o.frame.token >= 16));
}

}  // namespace farlink::link::test
