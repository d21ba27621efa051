// SPDX-License-Identifier: Apache-2.0
// Links: delay of media, rate by three ways, impairments, lossless edges, and a reverse direction that differs.
#include <catch2/catch.hpp>

#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

Link link_of(const std::vector<std::string>& sets) { return with_sets(sets).links.at(0); }

}  // namespace

TEST_CASE("defaults of a link") {
  const Link link = link_of({});
  CHECK(link.name == "west-east");
  CHECK(link.west == "west");
  CHECK(link.east == "east");
  CHECK(link.waves == 1);
  CHECK(link.distance == Distance::kilometres(100));
  CHECK(link.access == BitRate::gigabits(3200));  // 16 x 200 Gb/s
  CHECK(link.convergence == 8);
  CHECK(link.lossless ==
        Lossless{PfcMode::segmented, Bytes::mebi(256), Bytes::mebi(192), Bytes::mebi(128), Bytes::mebi(64)});
  DirectionSettings forward;
  forward.delay = Duration::picoseconds(489'738'805);  // 100 km x 1.4682 / c
  forward.equipment_delay = Duration::microseconds(10);
  forward.rate = BitRate::gigabits(400);
  forward.medium = GroupIndex::of(1.4682);
  CHECK(link.forward == forward);
  CHECK(link.reverse == link.forward);
}

TEST_CASE("media: 100 km of each, and their equipment") {
  const auto direction = [](const std::string& medium) {
    return link_of({"links.west-east.medium=" + medium}).forward;
  };
  CHECK(direction("g652").delay.picoseconds() == 489'738'805);
  CHECK(direction("g654e").delay.picoseconds() == 488'004'271);
  CHECK(direction("hollow-core").delay.picoseconds() == 334'064'441);
  CHECK(direction("hpe-measured").delay.picoseconds() == 504'635'777);
  CHECK(direction("{group-index: 1.5}").delay.picoseconds() == 500'346'143);
  CHECK(direction("g654e").equipment_delay == Duration::microseconds(10));
  CHECK(direction("hpe-measured").equipment_delay == Duration::nanoseconds(61'600));
}

TEST_CASE("a delay instead of a distance; equipment delay may be a bare 0") {
  const Link link = link_of({"links.west-east.delay=1.5ms", "links.west-east.equipment-delay=0"});
  CHECK_FALSE(link.distance.has_value());
  CHECK(link.forward.delay == Duration::microseconds(1'500));
  CHECK(link.forward.equipment_delay == Duration::zero());
}

TEST_CASE("rate by convergence, by waves, and by default") {
  const Link by_convergence = link_of({"links.west-east.convergence=16"});
  CHECK(by_convergence.forward.rate == BitRate::gigabits(200));
  CHECK(by_convergence.convergence == 16);
  const Link by_waves = link_of({"links.west-east.waves={count: 4, rate: 100gbit}"});
  CHECK(by_waves.waves == 4);
  CHECK(by_waves.forward.rate == BitRate::gigabits(400));
  CHECK(by_waves.convergence == 8);
  const Link unsaid = base(10, "    balancer: ecmp").links.at(0);
  CHECK(unsaid.forward.rate == unsaid.access);
  CHECK(unsaid.convergence == 1);
}

TEST_CASE("access is the smaller site's") {
  const Scenario s = with_sets({"sites.west.nic=100gbit"});
  CHECK(s.links.at(0).access == BitRate::gigabits(1600));
  CHECK(s.links.at(0).convergence == 4);
}

TEST_CASE("impairments") {
  const DirectionSettings d =
      link_of({"links.west-east.loss=10ppm", "links.west-east.bit-error-rate=1e-12", "links.west-east.corrupt=0.1%",
               "links.west-east.duplicate=2ppm", "links.west-east.ce-mark=5%", "links.west-east.jitter=100ns",
               "links.west-east.ecn={kmin: 4MiB, kmax: 16MiB, pmax: 10%}",
               "links.west-east.listed-loss=[{qp: 17, psn: 5}, {opcode: 17, nth: 3}]"})
          .forward;
  CHECK(d.loss == Probability::of(1e-5));
  CHECK(d.bit_error == Probability::of(1e-12));
  CHECK(d.corrupt == Probability::of(1e-3));
  CHECK(d.duplicate == Probability::of(2e-6));
  CHECK(d.ce_mark == Probability::of(0.05));
  CHECK(d.jitter == Duration::nanoseconds(100));
  CHECK(d.ecn == Ecn{Bytes::mebi(4), Bytes::mebi(16), Probability::of(0.1)});
  REQUIRE(d.listed_loss.size() == 2);
  CHECK(d.listed_loss[0] == ListedLoss{17, 5, std::nullopt, 1});
  CHECK(d.listed_loss[1] == ListedLoss{std::nullopt, std::nullopt, 17, 3});
}

TEST_CASE("who answers what the near edge marks") {
  const auto interval = [](const std::string& more) {
    return link_of({"links.west-east.ecn={kmin: 4MiB, kmax: 16MiB, pmax: 10%" + more + "}"})
        .forward.ecn->near_cnp_interval;
  };
  CHECK(interval("") == std::nullopt);
  CHECK(interval(", cnp: receiver") == std::nullopt);
  CHECK(interval(", cnp: near-edge") == Duration::microseconds(50));
  CHECK(interval(", cnp: near-edge, cnp-interval: 4us") == Duration::microseconds(4));
  CHECK(interval(", cnp: near-edge, cnp-interval: 0") == Duration::zero());
}

TEST_CASE("burst loss by mean burst: r = 1/b, p = loss r / (1 - loss)") {
  const auto burst = link_of({"links.west-east.burst-loss={loss: 20%, mean-burst: 4}"}).forward.burst_loss;
  REQUIRE(burst.has_value());
  CHECK(burst->bad_to_good == Probability::of(0.25));
  CHECK(burst->good_to_bad.value() == Approx(0.0625).epsilon(1e-12));  // 0.2 x 0.25 / 0.8
  CHECK(burst->loss_good == Probability::never());
  CHECK(burst->loss_bad == Probability::always());
}

TEST_CASE("burst loss by tc-netem's gemodel: h and k are what is delivered") {
  const auto burst = link_of({"links.west-east.burst-loss={p: 1%, r: 25%, h: 50%, k: 75%}"}).forward.burst_loss;
  REQUIRE(burst.has_value());
  CHECK(burst == BurstLoss{Probability::of(0.01), Probability::of(0.25), Probability::of(0.25), Probability::of(0.5)});
  const auto gilbert = link_of({"links.west-east.burst-loss={p: 1%, r: 25%}"}).forward.burst_loss;
  CHECK(gilbert ==
        BurstLoss{Probability::of(0.01), Probability::of(0.25), Probability::never(), Probability::always()});
  CHECK_FALSE(link_of({"links.west-east.burst-loss=off"}).forward.burst_loss.has_value());
}

TEST_CASE("lossless: thresholds follow what is given") {
  CHECK(link_of({"links.west-east.lossless.pfc=off"}).lossless.pfc == PfcMode::off);
  const Lossless by_xoff =
      link_of({"links.west-east.lossless={buffer: 64MiB, xoff: 30MiB, far-buffer: 1MiB}"}).lossless;
  CHECK(by_xoff == Lossless{PfcMode::segmented, Bytes::mebi(64), Bytes::mebi(30), Bytes::mebi(20), Bytes::mebi(1)});
  const Lossless all = link_of({"links.west-east.lossless={buffer: 8MiB, xoff: 8MiB, xon: 8MiB}"}).lossless;
  CHECK(all.xon == all.buffer);
}

TEST_CASE("lossless over the distance: modes, and what of the far edge was written") {
  const Lossless plain = link_of({}).lossless;
  CHECK_FALSE(plain.sizes_far_buffer);
  CHECK_FALSE(plain.far_xoff.has_value());
  CHECK(plain.refresh);
  CHECK(plain.watchdog == Duration::zero());
  const Lossless sized = link_of({"links.west-east.lossless.pfc=end-to-end"}).lossless;
  CHECK(sized.pfc == PfcMode::end_to_end);
  CHECK(sized.sizes_far_buffer);
  const Lossless relay = link_of({"links.west-east.lossless={pfc: relay, far-xoff: 2MiB, watchdog: 3ms}"}).lossless;
  CHECK(relay.pfc == PfcMode::relay);
  CHECK(relay.sizes_far_buffer);
  CHECK(relay.watchdog == Duration::milliseconds(3));
  const Lossless matched =
      link_of({"links.west-east.lossless={pfc: rate-matched, far-buffer: 1GiB, slot: 20us}"}).lossless;
  CHECK(matched.pfc == PfcMode::rate_matched);
  CHECK_FALSE(matched.sizes_far_buffer);
  CHECK(matched.slot == Duration::microseconds(20));
  const Lossless all =
      link_of({"links.west-east.lossless={far-xoff: 9MiB, far-xon: 8MiB, headroom: 7MiB, far-rate: 90gbit, "
               "refresh: off, watchdog: 3ms}"})
          .lossless;
  CHECK(all.far_xoff == Bytes::mebi(9));
  CHECK(all.far_xon == Bytes::mebi(8));
  CHECK(all.headroom == Bytes::mebi(7));
  CHECK(all.far_rate == BitRate::gigabits(90));
  CHECK_FALSE(all.refresh);
  CHECK(all.watchdog == Duration::milliseconds(3));
  CHECK(link_of({"links.west-east.lossless={far-alpha: 0.5, watchdog: off, refresh: on}"}).lossless.far_alpha == 0.5);
}

TEST_CASE("reverse overrides single fields and inherits the rest") {
  const Link link = link_of({"links.west-east.loss=1%", "links.west-east.jitter=1us",
                             "links.west-east.ecn={kmin: 1MiB, kmax: 2MiB, pmax: 1%}",
                             "links.west-east.burst-loss={loss: 1%, mean-burst: 5}",
                             "links.west-east.reverse={loss: 0, delay: 2ms, rate: 100gbit, ecn: off}"});
  CHECK(link.forward.loss == Probability::of(0.01));
  CHECK(link.forward.delay == Duration::picoseconds(489'738'805));
  CHECK(link.forward.rate == BitRate::gigabits(400));
  DirectionSettings expected = link.forward;
  expected.loss = Probability::never();
  expected.delay = Duration::milliseconds(2);
  expected.rate = BitRate::gigabits(100);
  expected.ecn.reset();
  CHECK(link.reverse == expected);
  CHECK(link.distance == Distance::kilometres(100));
}

TEST_CASE("reverse: a convergence replaces inherited waves, a medium changes the inherited distance") {
  const Link link = link_of({"links.west-east.waves={count: 4, rate: 100gbit}",
                             "links.west-east.reverse={convergence: 16, medium: hpe-measured}"});
  CHECK(link.waves == 4);
  CHECK(link.reverse.rate == BitRate::gigabits(200));
  CHECK(link.reverse.delay.picoseconds() == 504'635'777);
  CHECK(link.reverse.equipment_delay == Duration::nanoseconds(61'600));
  CHECK(link.forward.equipment_delay == Duration::microseconds(10));
}

TEST_CASE("three sites in a triangle") {
  const std::string text =
      "farlink: 1\nname: triangle\n"
      "sites: {a: {gpus: 8, nic: 100gbit}, b: {gpus: 16, nic: 100gbit}, c: {gpus: 8, nic: 100gbit}}\n"
      "links:\n"
      "  a-b: {between: [a, b], distance: 80km}\n"
      "  b-c: {between: [b, c], distance: 100km}\n"
      "  c-a: {between: [c, a], distance: 120km}\n"
      "workload:\n"
      "  model: {preset: dense-7b, global-batch: 64}\n"
      "  parallelism: {tensor: 8, pipeline: 4, data: 1}\n";
  const Scenario s = parse(text, "t.yaml");
  REQUIRE(s.links.size() == 3);
  CHECK(s.links[2].west == "c");
  CHECK(s.links[1].access == BitRate::gigabits(800));
}

}  // namespace farlink::scenario
