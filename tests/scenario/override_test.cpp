// SPDX-License-Identifier: Apache-2.0
// --set: paths, exclusive groups, suggestions, and how its values are reported.
#include <catch2/catch.hpp>

#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {

TEST_CASE("sets apply in order, and make missing maps") {
  CHECK(with_sets({"links.west-east.loss=1%", "links.west-east.loss=2%"}).links[0].forward.loss ==
        Probability::of(0.02));
  CHECK(with_sets({"links.west-east.reverse.loss=0.1%"}).links[0].reverse.loss == Probability::of(0.001));
  CHECK(with_sets({"links.west-east.lossless.buffer=1MiB"}).links[0].lossless.xoff == Bytes{786'432});
  CHECK(with_sets({"links.west-east.medium.group-index=1.5"}).links[0].forward.delay.picoseconds() == 500'346'143);
}

TEST_CASE("one of an exclusive group removes the others") {
  const Scenario by_rate = with_sets({"links.west-east.convergence=16", "links.west-east.rate=100gbit"});
  CHECK(by_rate.links[0].forward.rate == BitRate::gigabits(100));
  CHECK(by_rate.links[0].convergence == 32);
  const Scenario by_waves = with_sets({"links.west-east.waves.rate=50gbit", "links.west-east.waves.count=2"});
  CHECK(by_waves.links[0].waves == 2);
  CHECK(by_waves.links[0].forward.rate == BitRate::gigabits(100));
  CHECK(with_sets({"links.west-east.delay=3ms"}).links[0].forward.delay == Duration::milliseconds(3));
  CHECK(with_sets({"links.west-east.delay=3ms", "links.west-east.distance=0"}).links[0].forward.delay ==
        Duration::zero());
  CHECK(std::get<Training>(
            with_sets({"workload.model.layers=4", "workload.model.hidden=64", "workload.model.heads=8"}).workload)
            .model.layers == 4);
  CHECK(std::holds_alternative<Flows>(with_sets({"workload.collective=ring", "workload.flows.pairs=1"}).workload));
}

TEST_CASE("NICs that follow the link follow a set, too") {
  const std::vector<std::string> sets{"links.west-east.rate=25gbit", "workload.flows.pairs=1"};
  CHECK(with_sets(sets, 4, "  west: {gpus: 1, nic: link}").sites[0].nic == BitRate::gigabits(25));
}

TEST_CASE("a refused value is reported as its set") {
  const auto message = [](const std::string& set) { return refusal(base_text(), {set}); };
  CHECK(message("links.west-east.loss=120%") == "--set links.west-east.loss: '120%': a probability is at most 100%");
  CHECK(message("links.west-east.reverse={los: 1%}") ==
        "--set links.west-east.reverse: 'links.west-east.reverse.los' is not a key here; did you mean 'loss'?");
  CHECK(message("links.west-east.loss=") ==
        "--set links.west-east.loss: '': not a number with a unit; write a number such as 1.5 and one of %, ppm, ppb "
        "directly "
        "behind it");
  CHECK(message("transport.nak=never") == "--set transport.nak: 'never' is not known; one of once, every-gap");
  CHECK(message("links.west-east.reverse={loss: 1%").rfind("--set links.west-east.reverse", 0) == 0);
  CHECK(message("loss") == "--set loss: write it as PATH=VALUE");
  CHECK(message("=3") == "--set =3: write it as PATH=VALUE");
}

TEST_CASE("an unknown path suggests the nearest") {
  const auto message = [](const std::string& set) { return refusal(base_text(), {set}); };
  CHECK(message("links.west-eats.loss=1%") ==
        "--set links.west-eats.loss: there is no such path; did you mean 'links.west-east.loss'?");
  CHECK(message("transport.qps-per-pairs=1") ==
        "--set transport.qps-per-pairs: there is no such path; did you mean 'transport.qps-per-pair'?");
  CHECK(message("loss=1%") == "--set loss: there is no such path; did you mean 'links.west-east.loss'?");
  CHECK(message("qq=1") ==
        "--set qq: there is no such path; a path is made of keys of the scenario file, such as "
        "'links.west-east.distance'");
  CHECK(message("run.seed.x=1").rfind("--set run.seed.x: there is no such path; ", 0) == 0);
  CHECK(message("links.west-east=1").rfind("--set links.west-east: there is no such path; ", 0) == 0);
}

}  // namespace farlink::scenario
