// SPDX-License-Identifier: Apache-2.0
// Sends and receives: across sites over a 1 GB/s line with 100 us of delay, inside a site by latency and bandwidth.
#include <catch2/catch.hpp>

#include "tests/replay/jobs.hpp"

namespace farlink::replay {

TEST_CASE("a ping: compute, send across, receive, answer") {
  Job job{{0, 1}};
  const auto work = job.compute(0, Duration::microseconds(10));
  job.send(0, 1, 1000, {work}, 1);
  const auto back = job.receive(0, 1, 2000, {}, 2);
  job.compute(0, Duration::microseconds(5), {back});
  const auto there = job.receive(1, 0, 1000, {}, 1);
  const auto answer = job.compute(1, Duration::microseconds(20), {there});
  job.send(1, 0, 2000, {answer}, 2);
  const Outcome outcome = replay(two_sites(Duration::microseconds(100)), job.graph());
  // 10 + (1 + 100) + 20 + (2 + 100) + 5; the last acknowledgement comes to the east 95 us after rank 0 has finished
  CHECK(exact(outcome.result.step_seconds) == Duration::microseconds(10 + 101 + 20 + 102 + 100));
  // rank 0 waits idle 102 us for the answer once it is posted, rank 1 101 us for the ping
  CHECK(exact(outcome.result.exposed_communication_seconds) == Duration::nanoseconds(101'500));
  CHECK(outcome.messages_sent == 2);
  CHECK(outcome.messages_delivered == 2);
}

TEST_CASE("work of no time does not wait for a processor that is busy") {
  Job job{{0, 1}};
  job.compute(0, Duration::microseconds(500));
  const auto marker = job.compute(0, Duration::zero());
  const auto on_host = job.compute(0, Duration::zero(), {marker}, true);
  job.send(0, 1, 1000, {on_host});
  job.receive(1, 0, 1000);
  auto scenario = two_sites(Duration::microseconds(100));
  scenario.run.steps = 2;
  // The message leaves at once, and its 101 us and the acknowledgement's 100 us pass beside the work.
  for (const double step : replay(scenario, job.graph()).result.steps)
    CHECK(exact(step) == Duration::microseconds(500));
}

TEST_CASE("steps of a ring of two sites: a rank begins its next step when its own nodes have ended") {
  auto scenario = two_sites(Duration::microseconds(100));
  scenario.run.steps = 4;
  scenario.run.warmup = 1;
  Job job{{0, 1}};
  job.send(0, 1, 1000, {job.compute(0, Duration::microseconds(10))});
  job.receive(1, 0, 1000);
  const Outcome outcome = replay(scenario, job.graph());
  // rank 0: 10 us of work, 101 us to deliver, 100 us for the acknowledgement
  REQUIRE(outcome.result.steps.size() == 4);
  for (const double step : outcome.result.steps) CHECK(exact(step) == Duration::microseconds(211));
  CHECK(exact(outcome.result.step_seconds) == Duration::microseconds(211));
}

TEST_CASE("sends inside a site queue at the sender's egress, one for the node and one for the site's network") {
  Job job{{0, 0, 0}};  // ranks 0 and 1 in one node, 2 in the next
  job.send(0, 1, 4000, {}, 1);
  job.send(0, 1, 4000, {}, 2);
  job.send(0, 2, 7000, {}, 3);
  job.receive(1, 0, 4000, {}, 1);
  const auto second = job.receive(1, 0, 4000, {}, 2);
  job.compute(1, Duration::microseconds(10), {second});
  job.receive(2, 0, 7000, {}, 3);
  auto scenario = two_sites(Duration::zero());
  CHECK(exact(replay(scenario, job.graph()).result.step_seconds) == Duration::microseconds(8 + 1 + 10));
  scenario.sites[0].fabric.latency = Duration::microseconds(50);
  CHECK(exact(replay(scenario, job.graph()).result.step_seconds) == Duration::microseconds(7 + 50));
}

TEST_CASE("messages of one source, destination and tag match in order, also when the receive comes late") {
  Job job{{0, 1}};
  for (int i = 0; i < 3; ++i) job.send(0, 1, 1000);
  const auto busy = job.compute(1, Duration::microseconds(500));
  for (int i = 0; i < 3; ++i) job.receive(1, 0, 1000, {busy});
  auto scenario = two_sites(Duration::microseconds(100));
  scenario.run.steps = 3;
  const Outcome outcome = replay(scenario, job.graph());
  for (const double step : outcome.result.steps) CHECK(exact(step) == Duration::microseconds(500));
  CHECK(outcome.result.exposed_communication_seconds == 0);
  CHECK(outcome.messages_delivered == 9);
}

TEST_CASE("what a rank waits for before the sender has posted it is schedule, not communication") {
  Job job{{0, 1}};
  job.send(0, 1, 1000, {job.compute(0, Duration::microseconds(300))});
  job.receive(1, 0, 1000);
  const Outcome outcome = replay(two_sites(Duration::microseconds(100)), job.graph());
  CHECK(exact(outcome.result.exposed_communication_seconds) == Duration::nanoseconds(101'000 / 2));
}

TEST_CASE("a send that something waits for is in progress until it is acknowledged") {
  Job job{{0, 1}};
  job.compute(0, Duration::microseconds(1), {job.send(0, 1, 1000)});
  job.receive(1, 0, 1000);
  const Outcome outcome = replay(two_sites(Duration::microseconds(100)), job.graph());
  CHECK(exact(outcome.result.step_seconds) == Duration::microseconds(202));
  CHECK(exact(outcome.result.exposed_communication_seconds) == Duration::microseconds((201 + 101) / 2));
}

TEST_CASE("one compute at a time, in the order they became ready, the host's beside the GPU's") {
  Job job{{0, 1}};
  const auto first = job.compute(0, Duration::microseconds(10));
  job.compute(0, Duration::microseconds(10), {first});
  job.compute(0, Duration::microseconds(7));
  job.compute(0, Duration::microseconds(25), {}, true);
  const Outcome outcome = replay(two_sites(Duration::zero()), job.graph());
  CHECK(exact(outcome.result.step_seconds) == Duration::microseconds(27));
  const auto& bars = outcome.result.timeline.at(0).intervals;
  REQUIRE(bars.size() == 3);
  CHECK(exact(bars[1].start_seconds) == Duration::microseconds(10));
  CHECK(exact(bars[1].end_seconds) == Duration::microseconds(17));  // ready since 0, before the second one
  CHECK(outcome.result.timeline[0].name == "rank 0 (west)");
}

TEST_CASE("ranks without nodes are finished at once") {
  Job job{{0, 1}};
  auto scenario = two_sites(Duration::zero());
  scenario.run.steps = 3;
  const Outcome outcome = replay(scenario, job.graph());
  CHECK(outcome.result.step_seconds == 0);
  CHECK(outcome.result.steps.size() == 3);
}

TEST_CASE("a site that is stuck names rank, node and peer") {
  Job job{{0, 1}};
  const auto work = job.compute(0, Duration::microseconds(10));
  const auto first = job.receive(0, 1, 10, {work}, 4);
  job.send(0, 1, 10, {first}, 5);
  const auto second = job.receive(1, 0, 10, {}, 5);
  job.send(1, 0, 10, {second}, 4);
  const auto scenario = two_sites(Duration::zero());
  const Plan plan{job.graph(), scenario.sites, scenario::CollectiveAlgorithm::ring, 1};
  testing::DelayLineFabric fabric{scenario, &job.graph()};
  const auto result = run_replay(plan, scenario, fabric, "stuck");
  CHECK_FALSE(result.fabric.is_valid);
  CHECK(result.steps.empty());
  CHECK(result.fabric.why_invalid ==
        "site west waits for rank 0, node id 1, receive from rank 1, tag 4 in step 1 of 1\n"
        "site east waits for rank 1, node id 0, receive from rank 0, tag 5 in step 1 of 1\n");
}

TEST_CASE("no step after the warm-up is refused") {
  Job job{{0, 1}};
  auto scenario = two_sites(Duration::zero());
  scenario.run.warmup = 1;
  CHECK_THROWS_AS(replay(scenario, job.graph()), std::invalid_argument);
}

}  // namespace farlink::replay
