// SPDX-License-Identifier: Apache-2.0
// A scenario's keys against what its distance asks for.
#include "control/headroom/plan.hpp"

#include <catch2/catch.hpp>

#include "control/headroom/far_settings.hpp"
#include "control/headroom/plan_text.hpp"
#include "control/scenario/parse.hpp"

namespace farlink::headroom {
namespace {

scenario::Scenario lab(const std::string& lossless, const std::string& rate = "100gbit") {
  return scenario::parse(
      "farlink: 1\nname: lab\n"
      "sites: {west: {gpus: 4, nic: 100gbit}, east: {gpus: 4, nic: 100gbit}}\n"
      "links:\n  west-east: {between: [west, east], delay: 400us, equipment-delay: 0, rate: " +
          rate + ", lossless: {" + lossless + "}}\nworkload: {flows: {pairs: 1}}\n",
      "t.yaml");
}

FarSettings settings(const std::string& lossless) {
  const scenario::Scenario s = lab(lossless);
  return far_settings(s, s.links.front(), 0, 1, 1);
}

link::FarThresholdConfig thresholds(const std::string& lossless) {
  return std::get<link::FarThresholdConfig>(settings(lossless).far_edge.control);
}

}  // namespace

TEST_CASE("end-to-end without more is sized by its distance, and nothing is short") {
  const Plan plan = plan_lossless(lab("pfc: end-to-end", "800gbit"));
  REQUIRE(plan.directions.size() == 2);
  const DirectionPlan& d = plan.directions.front();
  CHECK(d.in_flight == Bytes{80'000'000});
  CHECK(d.need.headroom > d.in_flight);
  CHECK(d.need.headroom < d.in_flight + Bytes{25'000});
  CHECK(d.need.xon > Bytes{10'000'000});  // one exit port of 100 Gb/s
  CHECK(d.need.xon < Bytes{10'025'000});
  CHECK(d.has.headroom == d.need.headroom);
  CHECK(d.has.xon == d.need.xon);
  CHECK(d.has.total == d.need.total);
  CHECK(plan.notes.empty());
  const FarSettings s = settings("pfc: end-to-end");
  CHECK(s.pause_target == link::PauseTarget::senders);
  CHECK(s.far_edge.buffer == Bytes::mebi(64));  // short lines have what a switch has
  CHECK(plan_lossless(lab("pfc: end-to-end")).notes.empty());
}

TEST_CASE("segmented keeps its buffer: headroom first when all has room, three quarters for XOFF when not") {
  const link::FarThresholdConfig wide = thresholds("far-buffer: 64MiB");
  CHECK(wide.headroom == plan_lossless(lab("")).directions.front().segmented.headroom);
  CHECK(wide.xoff == Bytes::mebi(64) - wide.headroom);
  CHECK(wide.xon == wide.xoff * 2 / 3);
  const link::FarThresholdConfig narrow = thresholds("far-buffer: 1MiB");
  CHECK(narrow.headroom == Bytes::kibi(256));
  CHECK(narrow.xoff == Bytes::kibi(768));
  CHECK(narrow.xon == narrow.xoff);  // a round trip would want more
  CHECK(settings("").pause_target == link::PauseTarget::serializer);
  // Half of what 65535 quanta last on the wave that obeys.
  CHECK(wide.refresh == Duration::picoseconds(335'539'200 / 2));
  CHECK(thresholds("refresh: off").refresh == Duration::zero());
}

TEST_CASE("what is written stands") {
  const link::FarThresholdConfig c = thresholds("far-xoff: 2MiB, far-xon: 1MiB, headroom: 3MiB, far-buffer: 8MiB");
  CHECK(c.xoff == Bytes::mebi(2));
  CHECK(c.xon == Bytes::mebi(1));
  CHECK(c.headroom == Bytes::mebi(3));
  CHECK(thresholds("far-alpha: 0.5").alpha == 0.5);
  const FarSettings s = settings("far-rate: 40gbit, watchdog: 5ms");
  CHECK(s.far_edge.port_rate == BitRate::gigabits(40));
  CHECK(s.watchdog == Duration::milliseconds(5));
  CHECK(settings("pfc: off").far_edge.control.index() == 0);
}

TEST_CASE("what is short is said, with what to set") {
  const auto has = [](const Plan& plan, const std::string& part) {
    return to_text(plan).find(part) != std::string::npos;
  };
  const Plan headroom = plan_lossless(lab("pfc: end-to-end, headroom: 5MiB"));
  CHECK(has(headroom, "note: west-east west->east: the headroom is short"));
  CHECK(has(headroom, "links.west-east.lossless.headroom=10MiB\n"));
  const Plan xon = plan_lossless(lab("pfc: segmented, far-xoff: 6MiB, headroom: 12MiB"));
  CHECK_FALSE(has(xon, "the headroom is short"));
  CHECK(has(xon, "XON comes too late"));
  CHECK(has(xon, "far-buffer=20MiB links.west-east.lossless.far-xoff=10MiB links.west-east.lossless.far-xon=10MiB"));
  // What the notes say is enough, and can be written.
  CHECK(plan_lossless(lab("pfc: segmented, far-buffer: 20MiB, far-xoff: 10MiB, far-xon: 10MiB")).notes.empty());
  CHECK(has(plan_lossless(lab("pfc: off")), "pfc is off"));
  CHECK(has(plan_lossless(lab("pfc: rate-matched, far-buffer: 9MiB")), "the far buffer is short"));
  CHECK(plan_lossless(lab("pfc: rate-matched")).notes.empty());
}

TEST_CASE("rate matching is refused with less than it can work with") {
  CHECK_THROWS_AS(settings("pfc: rate-matched, far-buffer: 9MiB"), std::invalid_argument);
  const FarSettings s = settings("pfc: rate-matched, far-buffer: 11MiB, slot: 20us");
  const auto& control = std::get<link::RateMatchingConfig>(s.far_edge.control);
  CHECK(control.rate == BitRate::gigabits(100));
  CHECK(control.slot == Duration::microseconds(20));
  CHECK(control.round_trip > Duration::microseconds(800));
  CHECK(control.round_trip < Duration::microseconds(802));
}

TEST_CASE("relay is sized by its distance: the receivers have what they need, the gateway the rest") {
  const FarSettings s = settings("pfc: relay");
  CHECK(s.pause_target == link::PauseTarget::serializer);
  CHECK(s.far_edge.buffer == Bytes::mebi(64));
  const auto& control = std::get<link::PauseRelayConfig>(s.far_edge.control);
  const DirectionPlan d = plan_lossless(lab("pfc: relay")).directions.front();
  CHECK(d.need.total == d.relay.total);
  CHECK(control.rate == BitRate::gigabits(100));
  CHECK(control.xoff == d.need.xoff);
  CHECK(control.xon == d.need.xon);
  CHECK(control.headroom == Bytes::mebi(64) - control.xoff);
  CHECK(control.xon_later == repetition(d.path));
  CHECK(control.refresh == Duration::picoseconds(335'539'200 / 2));
  // Hardly more than rate matching, and half of what PFC takes.
  CHECK(d.relay.total < d.rate_matched.total + Bytes::kibi(512));
  CHECK(d.relay.total < d.segmented.total / 100 * 55);
  CHECK(plan_lossless(lab("pfc: relay")).notes.empty());
  const FarSettings by_hand = settings("pfc: relay, far-xoff: 2MiB, far-xon: 512KiB, headroom: 11MiB");
  const auto& written = std::get<link::PauseRelayConfig>(by_hand.far_edge.control);
  CHECK(written.xoff == Bytes::mebi(2));
  CHECK(written.xon == Bytes::kibi(512));
  CHECK(written.headroom == Bytes::mebi(11));
  CHECK(plan_lossless(lab("pfc: relay, headroom: 5MiB")).shortages.front().find("the headroom is short") !=
        std::string::npos);
  CHECK(plan_lossless(lab("pfc: relay, far-xoff: 16KiB")).shortages.front().find("pause too often") !=
        std::string::npos);
}

TEST_CASE("what is short as it is written is apart from what is only said") {
  const Plan by_default = plan_lossless(lab("pfc: segmented", "800gbit"));  // 64 MiB for 80 MB on the way
  CHECK(by_default.notes.size() == 2);
  CHECK(by_default.shortages.empty());
  const Plan written = plan_lossless(lab("pfc: segmented, headroom: 60MiB", "800gbit"));
  CHECK(written.shortages.size() == 4);  // that, and XON in what it leaves of 64 MiB
  CHECK(written.shortages == written.notes);
  CHECK(plan_lossless(lab("pfc: off")).shortages.empty());
  CHECK(plan_lossless(lab("pfc: segmented, far-buffer: 20MiB, far-xoff: 10MiB, far-xon: 10MiB")).shortages.empty());
  CHECK(plan_lossless(lab("pfc: segmented, far-buffer: 1MiB")).shortages.size() == 4);  // headroom and XON, both ways
  // The RNIC ends its frame after XOFF, and one more has crossed it.
  const Plan near = plan_lossless(lab("buffer: 1MiB, xoff: 1020KiB"));
  REQUIRE(near.shortages.size() == 2);
  CHECK(near.shortages.front().find("the near buffer is short") != std::string::npos);
  CHECK(near.shortages.front().find("links.west-east.lossless.buffer=2MiB links.west-east.lossless.xoff=1020KiB") !=
        std::string::npos);
  CHECK(plan_lossless(lab("buffer: 2MiB, xoff: 1020KiB")).shortages.empty());
}

TEST_CASE("the plan as JSON") {
  const json::object plan = to_json(plan_lossless(lab("pfc: end-to-end", "800gbit")));
  const json::value& d = plan.at("directions").at(0);
  CHECK(d.at("pfc") == "end-to-end");
  CHECK(d.at("in_flight_bytes").to_number<std::uint64_t>() == 80'000'000);
  CHECK(d.at("need") == d.at("has"));
  CHECK(d.at("modes").as_object().size() == 4);
}

}  // namespace farlink::headroom
