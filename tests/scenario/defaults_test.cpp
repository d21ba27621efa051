// SPDX-License-Identifier: Apache-2.0
// What holds when a scenario does not say, and what it says in full.
#include <catch2/catch.hpp>

#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {

TEST_CASE("defaults of sites, transport and run") {
  const Scenario s = base();
  CHECK(s.name == "base");
  REQUIRE(s.sites.size() == 2);
  CHECK(s.sites[0].name == "west");
  CHECK(s.sites[1].name == "east");
  CHECK(s.sites[0] == Site{.name = "west",
                           .gpus = 16,
                           .gpus_per_node = 8,
                           .nic = BitRate::gigabits(200),
                           .in_node = {BitRate::gigabits(2400), Duration::microseconds(3)},
                           .fabric = {BitRate::gigabits(200), Duration::microseconds(8)}});
  CHECK(s.transport == Transport{});
  CHECK(s.transport.mtu == 4096);
  CHECK(s.transport.qps_per_pair == 8);
  CHECK(std::get<double>(s.transport.window) == 2.0);
  CHECK(s.transport.retry == 7U);
  CHECK(s.run == Run{.steps = 2, .warmup = 1, .seed = 1, .seeds = 1});
  CHECK(s.expect.empty());
}

TEST_CASE("values of sites and transport") {
  const Scenario s = with_sets(
      {"sites.west.in-node={bandwidth: 3600gbit, latency: 2us}", "sites.west.fabric.latency=5us",
       "sites.west.gpus-per-node=16", "transport.nak=every-gap", "transport.mtu=1024", "transport.qps-per-pair=1",
       "transport.window=64MiB", "transport.ack-every=1", "transport.ack-timeout=0", "transport.retry=endless",
       "run.steps=5", "run.warmup=0", "run.seed=77", "run.seeds=3"});
  CHECK(s.sites[0].in_node == LocalNetwork{BitRate::gigabits(3600), Duration::microseconds(2)});
  CHECK(s.sites[0].fabric == LocalNetwork{BitRate::gigabits(200), Duration::microseconds(5)});
  CHECK(s.sites[0].gpus_per_node == 16);
  CHECK(s.transport == Transport{.nak = NakMode::every_gap,
                                 .mtu = 1024,
                                 .qps_per_pair = 1,
                                 .window = Bytes::mebi(64),
                                 .ack_every = 1,
                                 .ack_timeout = 0,
                                 .retry = std::nullopt});
  CHECK(s.run == Run{.steps = 5, .warmup = 0, .seed = 77, .seeds = 3});
}

TEST_CASE("defaults of a training job") {
  const Training t = std::get<Training>(base().workload);
  CHECK(t.model.global_batch == 64);
  CHECK(t.model.micro_batch == 1);
  CHECK(t.model.gradient_bytes == 2);
  CHECK(t.model.activation_bytes == 2);
  CHECK(t.parallelism == Parallelism{.tensor = 8, .pipeline = 2, .data = 2});
  CHECK(t.parallelism.overlap == Overlap::backward);
  CHECK(t.collective == CollectiveAlgorithm::hierarchical_ring);
  CHECK(t.gpu == Gpu{.flops = 312e12, .utilisation = 0.45});
}

TEST_CASE("values of a training job") {
  const Scenario s =
      with_sets({"workload.parallelism.across-sites=data", "workload.parallelism.overlap=none",
                 "workload.parallelism.bucket=64MiB", "workload.collective=ring", "workload.gpu.flops=989tflops",
                 "workload.gpu.utilisation=41%", "workload.model.gradient-bytes=4"});
  const Training t = std::get<Training>(s.workload);
  CHECK(t.parallelism.across_sites == AcrossSites::data);
  CHECK(t.parallelism.overlap == Overlap::none);
  CHECK(t.parallelism.bucket == Bytes::mebi(64));
  CHECK(t.collective == CollectiveAlgorithm::ring);
  CHECK(t.gpu == Gpu{.flops = 989e12, .utilisation = 0.41});
  CHECK(t.model.gradient_bytes == 4);
}

TEST_CASE("flows: one GPU per site, NICs follow the link") {
  const Scenario s = with_sets({"workload.flows={}"}, 4, "  west: {}");
  CHECK(s.sites[0].gpus == 1);
  CHECK(s.sites[0].nic == BitRate::gigabits(400));
  CHECK(s.sites[1].gpus == 16);
  CHECK(s.sites[1].nic == BitRate::gigabits(200));
  CHECK(std::get<Flows>(s.workload) == Flows{.pairs = 1,
                                             .message = Bytes::gibi(1),
                                             .depth = 0,
                                             .messages = std::nullopt,
                                             .stop_losses = 4000,
                                             .stop_frames = 200'000'000});
}

TEST_CASE("a trace keeps its path, relative to the scenario's folder") {
  const std::vector<std::string> sets{"workload.trace=traces/job"};
  const Scenario s = parse(base_text(), "some/where/t.yaml", sets);
  CHECK(s.directory == "some/where");
  CHECK(std::get<Recorded>(s.workload) == Recorded{"traces/job", CollectiveAlgorithm::hierarchical_ring});
}

TEST_CASE("expectations") {
  using enum Expectation::Comparison;
  const Scenario s = base(16, "expect: {efficiency: \">= 95%\", mfu: \"<0.5\", exposed-communication: \"<= 1.5s\"}");
  CHECK(s.expect == std::vector<Expectation>{{"efficiency", at_least, 0.95, ">= 95%"},
                                             {"mfu", below, 0.5, "<0.5"},
                                             {"exposed-communication", at_most, 1.5, "<= 1.5s"}});
}

TEST_CASE("an empty section is the same as none") { CHECK(base(12, "transport:").transport == Transport{}); }

}  // namespace farlink::scenario
