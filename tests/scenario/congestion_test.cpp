// SPDX-License-Identifier: Apache-2.0
// transport.congestion-control: a word or a section, presets and what is laid over them, and what does not fit.
#include "control/scenario/congestion.hpp"

#include <catch2/catch.hpp>

#include "control/scenario/schema.hpp"
#include "control/yaml/parse.hpp"
#include "tests/scenario/base_text.hpp"
#include "tests/scenario/json_schema.hpp"

namespace farlink::scenario {
namespace {

CongestionControl read(const std::string& value) {
  return with_sets({"transport.congestion-control=" + value}).transport.congestion_control;
}

Dcqcn dcqcn(const std::string& value) { return std::get<Dcqcn>(read(value)); }

// Of a section on line 12 of the base.
std::string refused(const std::string& value) {
  return refusal(base_text(12, "transport: {congestion-control: " + value + "}"));
}

}  // namespace

TEST_CASE("congestion control: none is what holds when nothing is said") {
  CHECK(base().transport.congestion_control == CongestionControl{});
  CHECK(read("none") == CongestionControl{});
  CHECK(read("{scheme: none}") == CongestionControl{});
}

TEST_CASE("congestion control: the word dcqcn is its scheme with the values of ConnectX") {
  CHECK(read("dcqcn") == read("{scheme: dcqcn}"));
  CHECK(read("dcqcn") == read("{scheme: dcqcn, preset: connectx}"));
  const Dcqcn d = dcqcn("dcqcn");
  CHECK(d.g == 5.0 / 1024);
  CHECK(d.initial_alpha == 1023.0 / 1024);
  CHECK(d.alpha_timer == Duration::microseconds(1));
  CHECK(d.decrease_interval == Duration::microseconds(4));
  CHECK(d.cnp_interval == Duration::microseconds(4));
  CHECK(d.increase_timer == Duration::microseconds(300));
  CHECK(d.byte_counter == Bytes{});
  CHECK(d.fast_recovery_steps == 1);
  CHECK(d.additive_increase == RateOrShare{BitRate::megabits(5)});
  CHECK(d.hyper_increase == RateOrShare{BitRate::megabits(50)});
  CHECK(d.largest_cut == 0.5);
  CHECK(d.least_rate == BitRate::megabits(1));
  CHECK_FALSE(d.clamps_target);
}

TEST_CASE("congestion control: presets of dcqcn") {
  const Dcqcn paper = dcqcn("{scheme: dcqcn, preset: paper}");
  CHECK(paper.g == 1.0 / 256);
  CHECK(paper.initial_alpha == 1);
  CHECK(paper.alpha_timer == Duration::microseconds(55));
  CHECK(paper.increase_timer == Duration::microseconds(55));
  CHECK(paper.cnp_interval == Duration::microseconds(50));
  CHECK(paper.byte_counter == Bytes{10'000'000});
  CHECK(paper.fast_recovery_steps == 5);
  CHECK(paper.additive_increase == RateOrShare{BitRate::megabits(40)});
  CHECK(paper.clamps_target);
  const Dcqcn slow = dcqcn("{scheme: dcqcn, preset: hpcc-paper}"), fast = dcqcn("{scheme: dcqcn, preset: hpcc-vendor}");
  CHECK(slow.increase_timer == Duration::microseconds(55));
  CHECK(slow.decrease_interval == Duration::microseconds(50));
  CHECK(fast.increase_timer == Duration::microseconds(300));
  CHECK(fast.alpha_timer == Duration::microseconds(1));
  for (const Dcqcn& hpcc : {slow, fast}) {
    CHECK(hpcc.additive_increase == RateOrShare{1.0 / 5'000});  // 20 Mb/s at 100 Gb/s
    CHECK(hpcc.hyper_increase == RateOrShare{1.0 / 500});
    CHECK(hpcc.least_rate == BitRate::megabits(100));
  }
  Dcqcn far = dcqcn("dcqcn");
  far.largest_cut = 0.05;
  far.clamps_target = true;
  far.increase_timer = Duration::milliseconds(5);
  CHECK(dcqcn("{scheme: dcqcn, preset: long-haul}") == far);
}

TEST_CASE("congestion control: keys go over the preset") {
  const Dcqcn d = dcqcn(
      "{scheme: dcqcn, preset: paper, g: 1%, initial-alpha: 0.5, alpha-timer: 2us, decrease-interval: 3us, "
      "increase-timer: 4us, byte-counter: 5MB, fast-recovery-steps: 6, additive-increase: 7mbit, hyper-increase: "
      "8mbit, largest-cut: 9%, least-rate: 10mbit, clamp-target: false, cnp-interval: 11us}");
  CHECK(d == Dcqcn{.g = 0.01,
                   .initial_alpha = 0.5,
                   .alpha_timer = Duration::microseconds(2),
                   .decrease_interval = Duration::microseconds(3),
                   .increase_timer = Duration::microseconds(4),
                   .byte_counter = Bytes{5'000'000},
                   .fast_recovery_steps = 6,
                   .additive_increase = BitRate::megabits(7),
                   .hyper_increase = BitRate::megabits(8),
                   .largest_cut = 0.09,
                   .least_rate = BitRate::megabits(10),
                   .clamps_target = false,
                   .cnp_interval = Duration::microseconds(11)});
  Dcqcn one = dcqcn_preset("paper");
  one.byte_counter = Bytes{};
  CHECK(dcqcn("{scheme: dcqcn, preset: paper, byte-counter: 0}") == one);
}

TEST_CASE("congestion control: --set reaches single keys") {
  const std::vector<std::string> sets{"transport.congestion-control.scheme=dcqcn",
                                      "transport.congestion-control.preset=long-haul",
                                      "transport.congestion-control.cnp-interval=20us"};
  Dcqcn d = dcqcn_preset("long-haul");
  d.cnp_interval = Duration::microseconds(20);
  CHECK(with_sets(sets).transport.congestion_control == CongestionControl{d});
}

TEST_CASE("congestion control: a rate limit has its rate and nothing else") {
  CHECK(read("{scheme: rate-limit, rate: 25gbit}") == CongestionControl{RateLimit{BitRate::gigabits(25)}});
  CHECK(refused("rate-limit") ==
        "t.yaml:12: 'transport.congestion-control' needs a rate; write {scheme: rate-limit, rate: 10gbit}");
  CHECK(refused("{scheme: rate-limit}") ==
        "t.yaml:12: 'transport.congestion-control.rate' is missing; the rate of each queue pair, such as 10gbit");
  CHECK(refused("{scheme: rate-limit, rate: 1gbit, g: 1%}") ==
        "t.yaml:12: 'transport.congestion-control.g' does not go with scheme 'rate-limit', whose keys are rate");
}

TEST_CASE("congestion control: a rate at which no acknowledgement comes before the timer is refused") {
  const std::string slow = "transport: {ack-timeout: 14, congestion-control: {scheme: rate-limit, rate: 7mbit}}";
  CHECK(refusal(base_text(12, slow)) ==
        "t.yaml:12: 'transport.congestion-control.rate' sends 16 packets (ack-every) in no less than the ack-timeout, "
        "which would go back for ever; raise one of them");  // 74.9 ms, 67.1 ms
  CHECK(refusal(base_text(12, slow), {"transport.ack-every=8"}).empty());
  CHECK(refusal(base_text(12, slow), {"transport.ack-timeout=15"}).empty());
  CHECK(refusal(base_text(12, slow), {"transport.ack-timeout=0"}).empty());
}

TEST_CASE("congestion control: swift") {
  CHECK(read("swift") == CongestionControl{Swift{}});
  CHECK(read("{scheme: swift, base-delay: auto, largest-cut: 50%}") == CongestionControl{Swift{}});
  CHECK(read("{scheme: swift, base-delay: 1ms, target: 2us, flow-scaling: 0, window-increase: 0.5, "
             "multiplicative-decrease: 0.7, largest-cut: 30%}") ==
        CongestionControl{Swift{.base_delay = Duration::milliseconds(1),
                                .target = Duration::microseconds(2),
                                .flow_scaling = Duration::zero(),
                                .window_increase = 0.5,
                                .multiplicative_decrease = 0.7,
                                .largest_cut = 0.3}});
  CHECK(refused("{scheme: swift, largest-cut: 51%}") ==
        "t.yaml:12: 'transport.congestion-control.largest-cut' is above 50%, the most that scheme 'swift' may cut at "
        "once");
  CHECK(refused("{scheme: swift, preset: paper}")
            .starts_with("t.yaml:12: 'transport.congestion-control.preset' does not go with scheme 'swift', whose "
                         "keys are base-delay, target, "));
  CHECK(refused("{scheme: dcqcn, target: 1us}").find("does not go with scheme 'dcqcn'") != std::string::npos);
}

TEST_CASE("congestion control: what does not fit is refused") {
  CHECK(refused("{preset: paper}") ==
        "t.yaml:12: 'transport.congestion-control.scheme' is missing; who decides the rate");
  CHECK(refused("{scheme: none, preset: paper}") ==
        "t.yaml:12: 'transport.congestion-control.preset' does not go with scheme 'none', whose name is all there is "
        "to say");
  CHECK(refused("{scheme: dcqcn, rate: 1gbit}")
            .starts_with("t.yaml:12: 'transport.congestion-control.rate' does not go with scheme 'dcqcn', whose keys "
                         "are preset, g, "));
  CHECK(refused("{scheme: dcqcn, additive-increas: 1mbit}") ==
        "t.yaml:12: 'transport.congestion-control.additive-increas' is not a key here; did you mean "
        "'additive-increase'?");
  CHECK(refused("{scheme: dcqcn, additive-increase: 5}").find("missing unit") != std::string::npos);
  CHECK(refused("{scheme: dcqcn, preset: connect-x}") ==
        "t.yaml:12: 'transport.congestion-control.preset' 'connect-x' is not known; one of paper, hpcc-paper, "
        "hpcc-vendor, connectx, long-haul");
  CHECK(refused("{scheme: dcqcn, increase-timer: 0}").find("too small; must be at least 1us") != std::string::npos);
  CHECK(refused("{scheme: dcqcn, largest-cut: 120%}").find("too large; at most 100%") != std::string::npos);
  CHECK(refused("{scheme: dcqcn, least-rate: 201gbit}") ==
        "t.yaml:12: 'transport.congestion-control.least-rate' is above the NIC rate of site 'west'; a cut would raise "
        "the rate");
  CHECK(
      refused("timely").starts_with("t.yaml:12: 'transport.congestion-control' 'timely' is not known; one of none, "));
}

TEST_CASE("congestion control: the schema takes the word and the section") {
  const json::value document = schema();
  const auto violation = [&](const std::string& value) {
    const std::string text = base_text(12, "transport: {congestion-control: " + value + "}");
    return test::violation(test::to_json(yaml::parse(text, "t.yaml")), document.as_object(), "");
  };
  CHECK(violation("dcqcn").empty());
  CHECK(violation("{scheme: dcqcn, preset: paper, g: 0.4%, byte-counter: 0, clamp-target: true}").empty());
  CHECK(violation("{scheme: rate-limit, rate: 10gbit}").empty());
  CHECK(violation("{scheme: swift, base-delay: auto, target: 50us}").empty());
  CHECK(violation("{preset: paper}") == ".transport.congestion-control: anyOf");
  CHECK(violation("{scheme: dcqcn, rate: 10}") == ".transport.congestion-control: anyOf");
}

}  // namespace farlink::scenario
