// SPDX-License-Identifier: Apache-2.0
// Computation that varies, encapsulation, and traffic of others: what is read, refused, hashed and taken away.
#include <catch2/catch.hpp>
#include <set>

#include "control/scenario/change.hpp"
#include "control/scenario/hash.hpp"
#include "control/scenario/variants.hpp"
#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

std::string refused(const std::string& set) { return refusal(base_text(), {set}); }
Link link_of(const std::vector<std::string>& sets) { return with_sets(sets).links.at(0); }

}  // namespace

TEST_CASE("jitter and stragglers of computation") {
  CHECK(base().compute_variation == ComputeVariation{});
  const Scenario s = with_sets({"workload.jitter=2%", "workload.stragglers={count: 3, slower: 10%}"});
  CHECK(s.compute_variation.jitter == 0.02);
  CHECK(s.compute_variation.stragglers == Stragglers{3, {}, 0.1});
  const Scenario named = with_sets({"workload.stragglers={ranks: [7, 2], slower: 150%}"});
  CHECK(named.compute_variation.stragglers == Stragglers{0, {2, 7}, 1.5});
  CHECK(with_sets({"workload.trace=t", "workload.jitter=1%"}).compute_variation.jitter == 0.01);
}

TEST_CASE("variation that says nothing or too much is refused where it stands") {
  CHECK(refused("workload.jitter=150%") == "--set workload.jitter: '150%': too large; at most 100%");
  CHECK(refused("workload.jitter=2") != "");  // a share has its unit
  CHECK(refused("workload.stragglers={count: 1}") ==
        "--set workload.stragglers: 'workload.stragglers.slower' is missing; how much longer their GPU work takes");
  CHECK(refused("workload.stragglers={slower: 10%}") == "--set workload.stragglers: needs one of count or ranks");
  CHECK(refused("workload.stragglers={count: 1, ranks: [1], slower: 10%}").find("exclude each other") !=
        std::string::npos);
  CHECK(refused("workload.stragglers={ranks: [1, 1], slower: 10%}") ==
        "--set workload.stragglers: 'workload.stragglers.ranks' name rank 1 twice");
  CHECK(refused("workload.stragglers={ranks: [], slower: 10%}").find("names none") != std::string::npos);
  CHECK(refused("workload.stragglers={count: 33, slower: 10%}") ==
        "--set workload.stragglers: 'workload.stragglers.count' = 33 is more than the 32 ranks of the job");
  CHECK(refused("workload.stragglers={ranks: [32], slower: 10%}") ==
        "--set workload.stragglers: 'workload.stragglers.ranks' name rank 32, and the job has ranks 0 to 31");
  CHECK(refusal(base_text(13, "workload: {flows: {pairs: 1}, jitter: 2%}\nignored:")).find("exclude each other") !=
        std::string::npos);
}

TEST_CASE("encapsulation: bytes of each frame by name or number, in both directions unless reverse says otherwise") {
  CHECK(link_of({}).forward.overhead == Bytes{});
  CHECK(link_of({"links.west-east.overhead=macsec"}).forward.overhead == Bytes{32});
  const Link vxlan = link_of({"links.west-east.overhead=vxlan", "links.west-east.reverse.overhead=82B"});
  CHECK(vxlan.forward.overhead == Bytes{50});
  CHECK(vxlan.reverse.overhead == Bytes{82});
  CHECK(refused("links.west-east.overhead=geneve").find("or macsec, vxlan") != std::string::npos);
  CHECK(refused("links.west-east.overhead=32").find("unit") != std::string::npos);
}

TEST_CASE("OTN framing leaves 238/255 of the line's rate") {
  const Link link = link_of({"links.west-east.framing=otn"});
  CHECK(link.forward.rate == BitRate::bits_per_second(400'000'000'000ULL * 238 / 255));
  CHECK(link.reverse.rate == link.forward.rate);
  CHECK(link_of({"links.west-east.framing=otn", "links.west-east.reverse.framing=ethernet"}).reverse.rate ==
        BitRate::gigabits(400));
  const Link shared = link_of({"links.west-east.convergence=16", "links.west-east.framing=otn"});
  CHECK(shared.forward.rate == BitRate::bits_per_second(200'000'000'000ULL * 238 / 255));
  CHECK(shared.convergence == 16);
}

TEST_CASE("a line that is changed while it runs keeps its framing, and loses it when told so") {
  const Scenario s = with_sets({"links.west-east.framing=otn"});
  const auto after = [&](std::vector<std::string> values) {
    return with_values(s, "west-east", DirectionChoice::both, values).links.at(0).forward;
  };
  CHECK(after({"rate=200gbit"}).rate == BitRate::bits_per_second(200'000'000'000ULL * 238 / 255));
  CHECK(after({"loss=1ppm"}).rate == s.links[0].forward.rate);
  CHECK(after({"framing=ethernet"}).rate == BitRate::gigabits(400));
  CHECK(after({"overhead=macsec"}).overhead == Bytes{32});
  CHECK_THROWS_WITH(after({"background=off"}), Catch::Contains("is fixed while the link runs"));
}

TEST_CASE("background traffic: constant, or on and off") {
  CHECK_FALSE(link_of({}).forward.background);
  const Link link = link_of({"links.west-east.background={rate: 100gbit}"});
  REQUIRE(link.forward.background);
  CHECK(*link.forward.background == Background{.rate = BitRate::gigabits(100)});
  CHECK(link.forward.background->share_on() == 1);
  CHECK(link.reverse.background == link.forward.background);
  const std::string on_off =
      "links.west-east.background={rate: 600gbit, frame: 1518B, priority: 0, on: 1ms, off: 3ms, periods: exponential}";
  const Background b = *link_of({on_off}).forward.background;
  CHECK(b ==
        Background{BitRate::gigabits(600), Bytes{1518}, 0, Duration::milliseconds(1), Duration::milliseconds(3), true});
  CHECK(b.share_on() == 0.25);
  CHECK_FALSE(link_of({on_off, "links.west-east.reverse.background=off"}).reverse.background);
  CHECK_FALSE(link_of({"links.west-east.reverse.background={rate: 1gbit}"}).forward.background);
}

TEST_CASE("background that leaves nothing, or is half said, is refused") {
  const std::string key = "links.west-east.background=";
  CHECK(refused(key + "{rate: 400gbit}") ==
        "--set links.west-east.background: 'links.west-east.background.rate' leaves nothing of the link's 400gbit to "
        "the job; its mean must be less");
  CHECK(refused(key + "{rate: 1600gbit, on: 1ms, off: 3ms}").find("leaves nothing") != std::string::npos);
  CHECK(refused(key + "{rate: 1599gbit, on: 1ms, off: 3ms}").empty());
  CHECK(refusal(base_text(), {key + "{rate: 399gbit, frame: 80B}", "links.west-east.overhead=macsec"})
            .find("leaves nothing") != std::string::npos);
  CHECK(refused(key + "{rate: 1gbit, on: 1ms}").find("'links.west-east.background.off' is missing") !=
        std::string::npos);
  CHECK(refused(key + "{rate: 1gbit, periods: fixed}").find("says nothing without") != std::string::npos);
  CHECK(refused(key + "job").find("under second-job") != std::string::npos);
  CHECK(refused(key + "{frame: 100B}").find("rate") != std::string::npos);
  CHECK(refused(key + "{rate: 1gbit, frame: 63B}").find("too small") != std::string::npos);
}

TEST_CASE("each of these values changes the hash, and none of them is in the baseline but what computes") {
  std::set<std::string> hashes{base().hash};
  for (const std::string set :
       {"workload.jitter=2%", "workload.jitter=3%", "workload.stragglers={count: 1, slower: 10%}",
        "workload.stragglers={count: 1, slower: 20%}", "workload.stragglers={ranks: [1], slower: 10%}",
        "workload.stragglers={ranks: [2], slower: 10%}", "links.west-east.overhead=macsec",
        "links.west-east.reverse.overhead=macsec", "links.west-east.framing=otn",
        "links.west-east.background={rate: 1gbit}", "links.west-east.background={rate: 2gbit}",
        "links.west-east.background={rate: 1gbit, frame: 100B}",
        "links.west-east.background={rate: 1gbit, priority: 1}",
        "links.west-east.background={rate: 1gbit, on: 1ms, off: 1ms}",
        "links.west-east.background={rate: 1gbit, on: 1ms, off: 2ms}",
        "links.west-east.background={rate: 1gbit, on: 1ms, off: 1ms, periods: exponential}"}) {
    INFO(set);
    CHECK(hashes.insert(with_sets({set}).hash).second);
    const Scenario alone = single_site(with_sets({set}));
    CHECK(alone.links == single_site(base()).links);
    CHECK(alone.compute_variation == with_sets({set}).compute_variation);
  }
}

TEST_CASE("encapsulation, framing and background are convergence's, and no other cause takes them away") {
  const Scenario s = with_sets(
      {"links.west-east.overhead=vxlan", "links.west-east.framing=otn", "links.west-east.background={rate: 1gbit}"});
  CHECK(without_distance(without_congestion_control(without_loss(s))).links[0].forward.background);
  CHECK(without_distance(without_congestion_control(without_loss(s))).links[0].forward.overhead == Bytes{50});
  CHECK(has_background(s));
  const Scenario without = without_convergence(s);
  CHECK_FALSE(has_background(without));
  CHECK(without.links[0].forward.overhead == Bytes{});
  CHECK(without.links[0].reverse.rate == BitRate::gigabits(3200));
}

TEST_CASE("what depends on the seed") {
  CHECK_FALSE(depends_on_seed(base()));
  for (const std::string set :
       {"workload.jitter=2%", "workload.stragglers={count: 1, slower: 10%}", "links.west-east.loss=1ppm",
        "links.west-east.reverse.jitter=1us", "links.west-east.ecn={kmin: 1MiB, kmax: 2MiB, pmax: 1%}",
        "links.west-east.balancer=flowlet", "links.west-east.faults={mtbf: 1s}",
        "links.west-east.background={rate: 1gbit, on: 1ms, off: 1ms, periods: exponential}"}) {
    INFO(set);
    CHECK(depends_on_seed(with_sets({set})));
  }
  for (const std::string set :
       {"workload.stragglers={ranks: [1], slower: 10%}", "links.west-east.background={rate: 1gbit, on: 1ms, off: 1ms}",
        "links.west-east.overhead=macsec", "links.west-east.waves={count: 4, rate: 100gbit}"}) {
    INFO(set);
    CHECK_FALSE(depends_on_seed(with_sets({set})));
  }
}

}  // namespace farlink::scenario
