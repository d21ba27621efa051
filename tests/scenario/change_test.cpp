// SPDX-License-Identifier: Apache-2.0
// New values for a running link: what was named changes, in the directions that were named, and nothing else.
#include "control/scenario/change.hpp"

#include <catch2/catch.hpp>

#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

using enum DirectionChoice;
using Values = std::vector<std::string>;

Scenario changed(const Values& values, DirectionChoice direction = both, const Scenario& from = base()) {
  return with_values(from, "west-east", direction, values);
}

std::string change_refusal(const Values& values, DirectionChoice direction = both, const Scenario& from = base()) {
  try {
    static_cast<void>(with_values(from, "west-east", direction, values));
    return {};
  } catch (const ScenarioError& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("every value of a direction can be set, in either one alone or in both") {
  struct Row {
    Values values;
    void (*expect)(DirectionSettings&);
  };
  const std::vector<Row> rows{
      {{"loss=0.1%", "delay=1.5ms"},
       [](DirectionSettings& d) {
         d.loss = Probability::of(0.001);
         d.delay = Duration::microseconds(1'500);
       }},
      {{"distance=300km"},
       [](DirectionSettings& d) {
         d.delay = units::propagation_delay(Distance::kilometres(300), GroupIndex::of(1.4682));
       }},
      {{"distance=300km", "medium=g654e"},
       [](DirectionSettings& d) {
         d.medium = GroupIndex::of(1.463);
         d.delay = Duration::picoseconds(1'464'012'814);
       }},
      {{"equipment-delay=1us"}, [](DirectionSettings& d) { d.equipment_delay = Duration::microseconds(1); }},
      {{"jitter=2us"}, [](DirectionSettings& d) { d.jitter = Duration::microseconds(2); }},
      {{"rate=100gbit"}, [](DirectionSettings& d) { d.rate = BitRate::gigabits(100); }},
      {{"convergence=32"}, [](DirectionSettings& d) { d.rate = BitRate::gigabits(100); }},
      {{"burst-loss.p=1%", "burst-loss.r=50%"},
       [](DirectionSettings& d) {
         d.burst_loss = BurstLoss{Probability::of(0.01), Probability::of(0.5), {}, Probability::always()};
       }},
      {{"bit-error-rate=1e-12"}, [](DirectionSettings& d) { d.bit_error = Probability::of(1e-12); }},
      {{"listed-loss=[{qp: 17, psn: 3}]"},
       [](DirectionSettings& d) {
         d.listed_loss = {ListedLoss{17, 3, std::nullopt, 1}};
       }},
      {{"corrupt=1%"}, [](DirectionSettings& d) { d.corrupt = Probability::of(0.01); }},
      {{"duplicate=1%"}, [](DirectionSettings& d) { d.duplicate = Probability::of(0.01); }},
      {{"ce-mark=1%"}, [](DirectionSettings& d) { d.ce_mark = Probability::of(0.01); }},
      {{"ecn.kmin=1MiB", "ecn.kmax=2MiB", "ecn.pmax=10%"},
       [](DirectionSettings& d) {
         d.ecn = Ecn{Bytes::mebi(1), Bytes::mebi(2), Probability::of(0.1)};
       }},
  };
  for (const Row& row : rows) {
    INFO(row.values.front());
    const Link before = base().links[0];
    DirectionSettings expected = before.forward;
    row.expect(expected);
    const Link in_both = changed(row.values).links[0];
    CHECK(in_both.forward == expected);
    CHECK(in_both.reverse == expected);
    const Link one = changed(row.values, forward).links[0];
    CHECK(one.forward == expected);
    CHECK(one.reverse == before.reverse);
    const Link other = changed(row.values, reverse).links[0];
    CHECK(other.forward == before.forward);
    CHECK(other.reverse == expected);
  }
}

TEST_CASE("what is not named stays, to the last bit") {
  const Scenario odd = with_sets({"links.west-east.burst-loss={loss: 0.123456789%, mean-burst: 3.7}",
                                  "links.west-east.jitter=1234567ps", "links.west-east.reverse={loss: 3%}"});
  Scenario after = changed({"ecn={kmin: 1MiB, kmax: 3MiB, pmax: 7%}"}, both, odd);
  CHECK(after.links[0].forward.burst_loss == odd.links[0].forward.burst_loss);
  CHECK(after.links[0].reverse.loss == odd.links[0].reverse.loss);
  after.links[0].forward.ecn.reset();
  after.links[0].reverse.ecn.reset();
  CHECK(after == odd);
}

TEST_CASE("a part of a section keeps the other parts, and off ends it") {
  const Scenario marking = changed({"ecn={kmin: 1MiB, kmax: 2MiB, pmax: 10%}"});
  CHECK(changed({"ecn.kmin=512KiB"}, both, marking).links[0].forward.ecn ==
        Ecn{Bytes::kibi(512), Bytes::mebi(2), Probability::of(0.1)});
  const Scenario notifying = changed({"ecn={kmin: 1MiB, kmax: 2MiB, pmax: 10%, cnp: near-edge, cnp-interval: 4us}"});
  CHECK(changed({"ecn.kmin=512KiB"}, both, notifying).links[0].forward.ecn ==
        Ecn{Bytes::kibi(512), Bytes::mebi(2), Probability::of(0.1), Duration::microseconds(4)});
  CHECK(changed({"ecn=off"}, both, marking).links[0].forward.ecn == std::nullopt);
  const Scenario bursts = changed({"burst-loss.loss=1%", "burst-loss.mean-burst=4"});
  CHECK(bursts.links[0].forward.burst_loss->bad_to_good == Probability::of(0.25));
  CHECK(changed({"burst-loss.r=50%"}, both, bursts).links[0].forward.burst_loss ==
        BurstLoss{bursts.links[0].forward.burst_loss->good_to_bad, Probability::of(0.5), {}, Probability::always()});
  CHECK(changed({"burst-loss=off"}, both, bursts) == base());
}

TEST_CASE("the edge of the link as a whole") {
  const Link link = changed({"lossless.buffer=512MiB", "lossless.pfc=off"}).links[0];
  CHECK(link.lossless.buffer == Bytes::mebi(512));
  CHECK(link.lossless.pfc == PfcMode::off);
  CHECK(link.lossless.xoff == base().links[0].lossless.xoff);
  CHECK(link.forward == base().links[0].forward);
}

TEST_CASE("what the far edge tells the near edge stays when something else is set") {
  const Scenario far =
      changed({"lossless={pfc: end-to-end, far-xoff: 9MiB, far-xon: 8MiB, headroom: 7MiB, far-rate: "
               "90gbit, refresh: off, slot: 5us}"});
  const Lossless& lossless = far.links[0].lossless;
  CHECK(lossless.pfc == PfcMode::end_to_end);
  CHECK(lossless.sizes_far_buffer);
  CHECK(changed({"loss=1%"}, both, far).links[0].lossless == lossless);
  CHECK(changed({"lossless.far-xon=1MiB"}, both, far).links[0].lossless.far_xon == Bytes::mebi(1));
  const Scenario moving = changed({"lossless={far-alpha: 0.1}"});
  CHECK(changed({"loss=1%"}, both, moving).links[0].lossless.far_alpha == 0.1);
}

TEST_CASE("distance and convergence are told again") {
  CHECK(changed({"delay=1ms"}).links[0].distance == std::nullopt);
  CHECK(changed({"distance=5km"}).links[0].distance == Distance::kilometres(5));
  CHECK(changed({"distance=5km"}, reverse).links[0].distance == Distance::kilometres(100));
  CHECK(changed({"rate=200gbit"}).links[0].convergence == 16);
}

TEST_CASE("what cannot be is refused with what was meant") {
  CHECK(change_refusal({"los=1%"}) == "set los: there is no such path; did you mean 'loss'?");
  CHECK(change_refusal({"buffer=1MiB"}) == "set buffer: there is no such path; did you mean 'lossless.buffer'?");
  CHECK(change_refusal({"loss=0.1"}) ==
        "set loss: '0.1': missing unit; one of %, ppm, ppb, or an exponent such as 1e-12");
  CHECK(change_refusal({"loss=200%"}) == "set loss: '200%': a probability is at most 100%");
  CHECK(change_refusal({"loss"}) == "set loss: write it as PATH=VALUE");
  CHECK(change_refusal({"ecn={kmin: 1MiB"}).find("set ecn") == 0);
  CHECK(change_refusal({}) == "set: nothing to set; name values such as loss=0.1% or delay=1.5ms");
  CHECK(change_refusal({"ecn.kmin=1MiB"}) ==
        "set ecn.kmin: 'ecn.kmax' is missing; queue above which every frame is "
        "marked");
  CHECK(change_refusal({"ecn={kmin: 2MiB, kmax: 1MiB, pmax: 1%}"}) ==
        "set ecn: 'ecn.kmin' is above kmax; kmin is at most kmax");
  CHECK(change_refusal({"lossless.buffer=1MiB"}) ==
        "link west-east: 'lossless.xoff' is above the buffer; xon <= xoff <= buffer");
  CHECK(change_refusal({"lossless.far-buffer=1kB"}) == "set lossless.far-buffer: must hold a frame, 4224B at this mtu");
  CHECK(change_refusal({"lossless.buffer=1GiB"}, reverse) ==
        "set lossless: is of link 'west-east' as a whole; leave the direction out");
  CHECK(change_refusal({"waves.count=2"}).find("set waves: is fixed while the link runs; allowed: distance, delay") ==
        0);
  CHECK(change_refusal({"medium=g654e"}) == "set medium: says what a distance is made of; set 'distance' with it");
  CHECK(change_refusal({"lossless.pfc=relais"}).find("set lossless.pfc: 'relais' is not known; ") == 0);
  CHECK(change_refusal({"loss=1%", "delay=1", "rate=1gbit"}).find("set delay: '1': missing unit") == 0);
}

TEST_CASE("links and directions by name") {
  const Scenario s = base();
  CHECK(link_number(s, "west-east") == 0);
  CHECK_THROWS_WITH(link_number(s, "west-eat"), "'west-eat' is no link; did you mean 'west-east'?");
  CHECK_THROWS_WITH(link_number(s, "x"), "'x' is no link; the links are west-east");
  CHECK(parse_direction(s.links[0], "both") == both);
  CHECK(parse_direction(s.links[0], "west->east") == forward);
  CHECK(parse_direction(s.links[0], "east->west") == reverse);
  CHECK_THROWS_WITH(parse_direction(s.links[0], "east"),
                    "'east' is no direction of link 'west-east'; one of both, west->east, east->west");
}

}  // namespace farlink::scenario
