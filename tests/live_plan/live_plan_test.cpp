// SPDX-License-Identifier: Apache-2.0
// What a scenario needs to run live, on numbers that can be checked by hand.
#include "control/live/live_plan.hpp"

#include "control/live/live_plan_text.hpp"
#include "control/scenario/parse.hpp"
#include "tests/live_plan/demand.hpp"
#include "tests/support/print_units.hpp"

namespace farlink::live::test {
namespace {

using units::BitRate;
using units::Bytes;
using units::Duration;

TEST_CASE("bytes in flight, buffers, mbufs, memory") {
  const LivePlan plan = plan_live(round_demand());
  REQUIRE(plan.directions.size() == 2);
  const DirectionPlan& d = plan.directions[0];
  CHECK(d.in_fibre == Bytes{1'000'000});  // 1 B/ns x 1 ms
  CHECK(d.frames == 2'000);               // and 1,000,000 of buffers, 1,000 bytes each
  CHECK(d.frames_per_second == 1e6);
  CHECK(plan.mbufs_in_links == 4'000);
  CHECK(plan.mbufs_in_ports == 4'096);  // 2 ports x 1,024 x 2
  CHECK(plan.mbufs_in_caches == 512);   // 256 x 1.5 + 2 x 64
  CHECK(plan.mbufs == 8'608);
  CHECK(plan.mbuf == Bytes{64 + 128 + 128 + 9'216});
  // mbufs, a ring of 16,384 pointers, 32 MiB
  CHECK(plan.memory == Bytes{8'608 * 9'536 + 16'384 * 8 + (32 << 20)});
  CHECK(plan.hugepages == 56);  // 115,771,392 / 2,097,152 = 55.2
  CHECK(plan.link_state == Bytes{4'000 * 64});
  CHECK(plan.memory_per_second == Bytes{2 * 976 + 512} * 2'000'000);
  CHECK(plan.cores == 1);
  CHECK(plan.notes.empty());
}

TEST_CASE("a part of a frame is a frame; the last nanosecond of delay counts") {
  Demand demand = round_demand();
  demand.directions[0].other_delay = Duration::nanoseconds(1);
  CHECK(plan_live(demand).directions[0].frames == 2'001);
  CHECK(plan_live(demand).directions[1].frames == 2'000);
}

TEST_CASE("room for a frame comes in whole cache lines, and never below DPDK's usual") {
  Demand demand = round_demand();
  for (const auto& [frame, room] : {std::pair{9'216U, 9'344U}, {9'217U, 9'408U}, {2'048U, 2'176U}, {64U, 2'176U}}) {
    demand.largest_frame = Bytes{frame};
    CHECK(plan_live(demand).mbuf == Bytes{room + 192});
  }
}

TEST_CASE("cores: both ways share one while they fit, one way is never split") {
  Demand demand = round_demand();
  demand.frames_per_core = 2'000'000;
  CHECK(plan_live(demand).cores == 1);
  demand.frames_per_core = 1'999'999;
  const LivePlan two = plan_live(demand);
  CHECK(two.cores == 2);
  CHECK(two.directions[0].core != two.directions[1].core);
  REQUIRE(two.notes.size() == 1);  // there is one lcore
  demand.lcores = 2;
  CHECK(plan_live(demand).notes.empty());
  demand.frames_per_core = 999'999;
  const LivePlan slow = plan_live(demand);
  CHECK(slow.cores == 2);
  CHECK(slow.directions[0].is_too_fast);
  REQUIRE(slow.notes.size() == 2);
  CHECK(slow.notes[0].find("7.999992gbit would do") != std::string::npos);
}

constexpr const char* scenario_text = R"(farlink: 1
name: plan
sites: {west: {}, east: {}}
links:
  west-east:
    between: [west, east]
    delay: 1ms
    equipment-delay: 0
    rate: 8gbit
    lossless: {pfc: off, buffer: 500kB, far-buffer: 500kB}
    reverse: {delay: 3ms, jitter: 2us}
ports:
  west: ["net_null0", "net_null1"]
  east: ["net_null2"]
dpdk: {mtu: 2000B, mean-frame: 976B, lcores: [0, 1]}
)";

TEST_CASE("the demand is that of the scenario") {
  const Demand demand = demand_of(scenario::parse(scenario_text, "plan.yaml"));
  REQUIRE(demand.directions.size() == 2);
  CHECK(demand.ports == 3);
  CHECK(demand.lcores == 2);
  CHECK(demand.mean_frame == Bytes{976});
  CHECK(demand.largest_frame == Bytes{2'000});
  const DirectionDemand& east = demand.directions[0];
  CHECK(east.from == "west");
  CHECK(east.rate == BitRate::gigabits(8));
  CHECK(east.propagation == Duration::milliseconds(1));
  CHECK(east.other_delay == Duration::zero());
  CHECK(east.near_buffer == Bytes{500'000});
  CHECK_FALSE(east.has_distance);
  const DirectionDemand& west = demand.directions[1];
  CHECK(west.propagation == Duration::milliseconds(3));
  CHECK(west.other_delay == Duration::microseconds(2));
  CHECK(plan_live(demand).directions[1].frames == 1'000 + 3'002);
}

TEST_CASE("an event that makes a link longer is planned for, one that makes it shorter changes nothing") {
  const std::string events =
      "events:\n"
      "  - {at: 1s, link: west-east, direction: west->east, set: {delay: 5ms}}\n"
      "  - {at: 2s, link: west-east, direction: both, set: {delay: 100us}}\n";
  const Demand demand = demand_of(scenario::parse(scenario_text + events, "plan.yaml"));
  CHECK(demand.directions[0].propagation == Duration::milliseconds(5));
  CHECK(demand.directions[1].propagation == Duration::milliseconds(3));
}

TEST_CASE("a plan as text and JSON") {
  const LivePlan plan = plan_live(round_demand());
  const std::string text = to_text(plan);
  for (const char* part : {"west-east: west->east", "8 Gb/s", "1 ms", "2,000", "8,608 = 4,000 in links + 4,096 in port",
                           "56 hugepages of 2 MiB", "1 for forwarding"}) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  }
  const json::object json = to_json(plan);
  CHECK(json.at("mbufs").at("total").to_number<std::uint64_t>() == 8'608);
  CHECK(json.at("hugepages_2mib").to_number<std::uint64_t>() == 56);
  CHECK(json.at("directions").as_array().size() == 2);
  CHECK(json.at("directions").at(1).at("direction").as_string() == "east->west");
  CHECK(json.at("directions").at(1).at("in_fibre_bytes").to_number<std::uint64_t>() == 1'000'000);
}

}  // namespace
}  // namespace farlink::live::test
