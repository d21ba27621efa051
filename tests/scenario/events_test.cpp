// SPDX-License-Identifier: Apache-2.0
// Ramps, protection, faults and when events are armed: what they become, what is refused, and which cause they go with.
#include <catch2/catch.hpp>
#include <set>

#include "control/scenario/change.hpp"
#include "control/scenario/hash.hpp"
#include "control/scenario/variants.hpp"
#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

Scenario with_events(const std::string& events) { return with_sets({"events=" + events}); }
std::string refused(const std::string& events) { return refusal(base_text(16, "events: " + events)); }

}  // namespace

TEST_CASE("a ramp has its length and its steps: a thousand, or as many as microseconds, or as it says") {
  const Event event =
      with_events("[{at: 1s, link: west-east, ramp: {set: {delay: 2ms, loss: 1%}, over: 10s}}]").events.at(0);
  CHECK(event == Event{.at = Duration::seconds(1),
                       .link = "west-east",
                       .set = {"delay=2ms", "loss=1%"},
                       .ramp = Ramp{Duration::seconds(10), Duration::milliseconds(10)}});
  CHECK(words_of(event) == "ramp delay=2ms loss=1% over 10s");
  const auto ramp = [](const std::string& times) {
    return *with_events("[{at: 0, link: west-east, ramp: {set: {delay: 2ms}, " + times + "}}]").events.at(0).ramp;
  };
  CHECK(ramp("over: 500us") == Ramp{Duration::microseconds(500), Duration::microseconds(1)});
  CHECK(ramp("over: 1s, step: 1ms") == Ramp{Duration::seconds(1), Duration::milliseconds(1)});
}

TEST_CASE("protection is a cut and what is set when it ends") {
  const Scenario s = with_events("[{at: 1s, link: west-east, protection: {switch: 30ms, route: {distance: 350km}}}]");
  CHECK(s.events.at(0) == Event{.at = Duration::seconds(1),
                                .link = "west-east",
                                .cut = Duration::milliseconds(30),
                                .route = {"distance=350km"}});
  CHECK(words_of(s.events[0]) == "protection: dark for 30ms, then distance=350km");
  CHECK(with_events("[{at: 1s, link: west-east, protection: {}}]").events.at(0) ==
        Event{.at = Duration::seconds(1), .link = "west-east", .cut = Duration::milliseconds(50)});
}

TEST_CASE("events that cannot be") {
  CHECK(refused("[{at: 1s, link: west-east, ramp: {set: {delay: 2ms}}}]") ==
        "t.yaml:16: 'events[0].ramp.over' is missing; how long it takes, in whole microseconds");
  CHECK(refused("[{at: 1s, link: west-east, ramp: {set: {ecn: off}, over: 1s}}]").find("'events[0].ramp.set.ecn'") !=
        std::string::npos);
  CHECK(refused("[{at: 1s, link: west-east, ramp: {set: {}, over: 1s}}]") ==
        "t.yaml:16: 'events[0].ramp.set' names no value; write one such as {loss: 1%}");
  CHECK(refused("[{at: 1s, link: west-east, ramp: {set: {delay: 2ms}, over: 1s, step: 1us}}]") ==
        "t.yaml:16: 'events[0].ramp.step' makes more than 100000 changes of this ramp; take a longer one");
  CHECK(refused("[{at: 1s, link: west-east, ramp: {set: {delay: 2ms}, over: 1500ns}}]") ==
        "t.yaml:16: 'events[0].ramp.over' '1.5us' is finer than the timeline; write whole microseconds");
  CHECK(refused("[{at: 1s, link: west-east, cut: 1s, protection: {}}]") ==
        "t.yaml:16: 'events[0].protection' and 'cut' exclude each other; give one of set, ramp, cut, protection or "
        "wave-loss");
  CHECK(refused("[{at: 1s, link: west-east, direction: west->east, protection: {route: {lossless: {pfc: off}}}}]") ==
        "t.yaml:16: 'events[0].protection' set lossless: is of link 'west-east' as a whole; leave the direction out");
}

TEST_CASE("faults: a mean time, a length, an end") {
  const auto faults = [](const std::string& text) {
    return *with_sets({"links.west-east.faults=" + text}).links[0].faults;
  };
  CHECK(faults("{mtbf: 10s}") == Faults{Duration::seconds(10), Duration::milliseconds(50), Duration::seconds(10'000)});
  CHECK(faults("{mtbf: 1h, cut: 2s, until: 10h}") ==
        Faults{Duration::seconds(3'600), Duration::seconds(2), Duration::seconds(36'000)});
  CHECK(faults("{mtbf: 24h}").until == Duration::seconds(1'000'000));
  CHECK(refusal(base_text(11, "    faults: {cut: 50ms}")) ==
        "t.yaml:11: 'links.west-east.faults.mtbf' is missing; mean time between the beginnings of two cuts, in whole "
        "microseconds");
  CHECK(refusal(base_text(11, "    faults: {mtbf: 1ms, until: 100s}")) ==
        "t.yaml:11: 'links.west-east.faults.until' leaves room for more than 50000 cuts; make it shorter, or the mtbf "
        "longer");
}

TEST_CASE("all of it is part of the hash, and none of it changes a hash by not being there") {
  std::set<std::string> hashes{base().hash};
  for (const std::string set : {"events=[{at: 1s, link: west-east, ramp: {set: {delay: 2ms}, over: 1s}}]",
                                "events=[{at: 1s, link: west-east, ramp: {set: {delay: 2ms}, over: 2s}}]",
                                "events=[{at: 1s, link: west-east, ramp: {set: {delay: 2ms}, over: 2s, step: 1s}}]",
                                "events=[{at: 1s, link: west-east, protection: {}}]",
                                "events=[{at: 1s, link: west-east, protection: {route: {delay: 2ms}}}]",
                                "armed=first-frame", "links.west-east.faults={mtbf: 1s}",
                                "links.west-east.faults={mtbf: 2s}", "links.west-east.faults={mtbf: 2s, cut: 1s}"}) {
    INFO(set);
    CHECK(hashes.insert(with_sets({set}).hash).second);
  }
  CHECK(canonical_text(base()).find("armed") == std::string::npos);
  CHECK(with_sets({"armed=start"}).hash == base().hash);
}

TEST_CASE("a wave without light: which, how long, and what its flows do") {
  const std::string waves = "    waves: {count: 4, rate: 100gbit}";
  const auto with = [&](const std::string& loss) {
    return refusal(base_text(10, waves), {"events=[{at: 1s, link: west-east, wave-loss: " + loss + "}]"});
  };
  const Scenario s = with_sets({"events=[{at: 1s, link: west-east, wave-loss: {wave: 4, for: 50ms}}, "
                                "{at: 2s, link: west-east, wave-loss: {wave: 1, for: 1s, flows: stall}}]"},
                               10, waves);
  CHECK(s.events.at(0).wave_loss == WaveLoss{4, Duration::milliseconds(50), true});
  CHECK(s.events.at(1).wave_loss == WaveLoss{1, Duration::seconds(1), false});
  CHECK(words_of(s.events[0]) == "wave 4 dark for 50ms, its flows rehashed");
  CHECK(words_of(s.events[1]) == "wave 1 dark for 1s, its flows stalled");
  CHECK(with("{wave: 5, for: 50ms}").find("is 5, and link 'west-east' has 4 waves") != std::string::npos);
  CHECK(with("{wave: 0, for: 50ms}").find("'0': too small") != std::string::npos);
  CHECK(single_site(s).events.empty());
}

TEST_CASE("balancers, skew, error correction and what follows an error") {
  const std::string waves = "    waves: {count: 4, rate: 100gbit, skew: 10us}";
  const Scenario s = with_sets({"links.west-east.balancer=flowlet", "links.west-east.flowlet-gap=50us",
                                "links.west-east.fec={code: kr4, pre-fec-ber: 1e-5}", "links.west-east.reverse.fec=off",
                                "transport.on-error=reconnect", "transport.reconnect-after=2s"},
                               10, waves);
  CHECK(s.links[0].balancer == Balancer::flowlet);
  CHECK(s.links[0].flowlet_gap == Duration::microseconds(50));
  CHECK(s.links[0].skew == Duration::microseconds(10));
  CHECK(s.links[0].forward.fec == Fec{Fec::Code::kr4, Probability::of(1e-5)});
  CHECK_FALSE(s.links[0].reverse.fec.has_value());
  CHECK(s.transport.on_error == OnError::reconnect);
  CHECK(s.transport.reconnect_after == Duration::seconds(2));
  CHECK_FALSE(without_loss(s).links[0].forward.fec.has_value());
  CHECK(single_site(s).links == single_site(base()).links);
  std::set<std::string> hashes{base().hash};
  for (const std::string set :
       {"links.west-east.balancer=flowlet", "links.west-east.balancer=per-packet", "links.west-east.balancer=planned",
        "links.west-east.waves={count: 1, rate: 400gbit, skew: 1us}", "links.west-east.fec={pre-fec-ber: 1e-4}",
        "links.west-east.fec={pre-fec-ber: 1e-4, code: none}", "transport.on-error=reconnect"}) {
    INFO(set);
    CHECK(hashes.insert(with_sets({set}).hash).second);
  }
  CHECK(with_sets({"links.west-east.balancer=ecmp", "links.west-east.fec=off", "transport.on-error=abort"}).hash ==
        base().hash);
}

TEST_CASE("error correction can be set while the link runs, in the place of a bit error rate, and back") {
  const Scenario before = with_sets({"links.west-east.bit-error-rate=1e-12"});
  const auto set = [](const Scenario& s, const char* value) {
    return with_values(s, "west-east", DirectionChoice::both, std::vector<std::string>{value});
  };
  const Scenario coded = set(before, "fec={pre-fec-ber: 5e-4}");
  CHECK(coded.links[0].forward.fec == Fec{Fec::Code::kp4, Probability::of(5e-4)});
  CHECK(coded.links[0].forward.bit_error.is_zero());
  CHECK(set(coded, "loss=1%").links[0].forward.fec == coded.links[0].forward.fec);
  const Scenario worse = set(coded, "fec.pre-fec-ber=1e-3");
  CHECK(worse.links[0].forward.fec->pre_fec_ber == Probability::of(1e-3));
  const Scenario back = set(worse, "bit-error-rate=1e-12");
  CHECK(back.links == before.links);
}

TEST_CASE("events go with the cause they belong to") {
  const Scenario s =
      with_sets({"links.west-east.faults={mtbf: 1s}",
                 "events=[{at: 1s, link: west-east, cut: 1s}, "
                 "{at: 2s, link: west-east, set: {loss: 1%, delay: 2ms, rate: 100gbit, ecn: {kmin: 1MiB, kmax: 2MiB, "
                 "pmax: 1%}}}, "
                 "{at: 3s, link: west-east, protection: {switch: 10ms, route: {distance: 350km, loss: 1ppm}}}, "
                 "{at: 4s, link: west-east, ramp: {set: {loss: 2%, jitter: 1us}, over: 1s}}]"});
  const Scenario light = without_loss(s);
  CHECK_FALSE(light.links[0].faults.has_value());
  REQUIRE(light.events.size() == 3);
  CHECK(light.events[0].set ==
        std::vector<std::string>{"delay=2ms", "rate=100gbit", "ecn.kmin=1MiB", "ecn.kmax=2MiB", "ecn.pmax=1%"});
  CHECK(light.events[1] == Event{.at = Duration::milliseconds(3'010), .link = "west-east", .set = {"distance=350km"}});
  CHECK(light.events[2].set == std::vector<std::string>{"jitter=1us"});
  const Scenario unmarked = without_congestion_control(light);
  CHECK(unmarked.events[0].set == std::vector<std::string>{"delay=2ms", "rate=100gbit"});
  const Scenario wide = without_convergence(unmarked);
  CHECK(wide.events[0].set == std::vector<std::string>{"delay=2ms"});
  CHECK(wide.events.size() == 3);
  CHECK(without_distance(wide).events.empty());
  CHECK(single_site(s).events.empty());
  CHECK(canonical_text(single_site(s)) == canonical_text(single_site(base())));
}

TEST_CASE("a value on its way: from, to, and in between") {
  const Scenario s = base();
  const Scenario to = with_values(s, "west-east", DirectionChoice::both,
                                  std::vector<std::string>{"delay=2ms", "rate=200gbit", "loss=1%", "jitter=10us"});
  const DirectionSettings &a = s.links[0].forward, &b = to.links[0].forward;
  DirectionSettings moved = a;
  for (const char* key : {"delay", "rate", "loss", "jitter"}) move_value(moved, key, a, b, 0.5);
  CHECK(moved.delay.seconds() == Approx((a.delay.seconds() + b.delay.seconds()) / 2));
  CHECK(moved.rate == BitRate::gigabits(300));
  CHECK(moved.loss.value() == Approx(0.005));
  CHECK(moved.jitter == Duration::microseconds(5));
  for (const char* key : {"distance", "rate", "loss", "jitter"}) move_value(moved, key, a, b, 1);
  CHECK(moved == b);
}

}  // namespace farlink::scenario
