// SPDX-License-Identifier: Apache-2.0
// The hash changes with what a result depends on, and with nothing else.
#include "control/scenario/hash.hpp"

#include <catch2/catch.hpp>
#include <set>

#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {

TEST_CASE("the hash is stable") {
  const Scenario s = base();
  CHECK(s.hash.size() == 16);
  CHECK(s.hash == hash_of(s));
  CHECK(s.hash == base().hash);
  CHECK(s.hash == "34c245d9ec55c40f");  // a change here makes old results incomparable; say so in the changelog
}

TEST_CASE("wording, names and expectations do not change it") {
  const std::string hash = base().hash;
  CHECK(base(2, "name: other").hash == hash);
  CHECK(base(9, "    distance: 100000m").hash == hash);
  CHECK(base(10, "    convergence: 8").hash == hash);
  CHECK(base(12, "transport: {nak: once, mtu: 4096, window: 2bdp}").hash == hash);
  CHECK(base(16, "expect: {efficiency: \">= 95%\"}").hash == hash);
  CHECK(base(12, "transport: {congestion-control: {scheme: none}}").hash == hash);
  CHECK(parse(base_text(), "elsewhere/t.yaml").hash == hash);
}

TEST_CASE("every value that a result depends on changes it") {
  const std::vector<std::string> sets{"sites.west.nic=100gbit",
                                      "sites.east.gpus-per-node=16",
                                      "sites.west.in-node.latency=1us",
                                      "sites.west.fabric.bandwidth=1gbit",
                                      "links.west-east.distance=101km",
                                      "links.west-east.equipment-delay=0",
                                      "links.west-east.jitter=1ns",
                                      "links.west-east.rate=401gbit",
                                      "links.west-east.loss=1ppb",
                                      "links.west-east.burst-loss={loss: 1%, mean-burst: 2}",
                                      "links.west-east.burst-loss={loss: 1%, mean-burst: 3}",
                                      "links.west-east.bit-error-rate=1e-15",
                                      "links.west-east.listed-loss=[{qp: 1}]",
                                      "links.west-east.listed-loss=[{psn: 1}]",
                                      "links.west-east.corrupt=1ppb",
                                      "links.west-east.duplicate=1ppb",
                                      "links.west-east.ce-mark=1ppb",
                                      "links.west-east.ecn={kmin: 1MiB, kmax: 2MiB, pmax: 1%}",
                                      "links.west-east.ecn={kmin: 1MiB, kmax: 2MiB, pmax: 1%, cnp: near-edge}",
                                      "links.west-east.ecn={kmin: 1MiB, kmax: 2MiB, pmax: 1%, cnp: near-edge, "
                                      "cnp-interval: 9us}",
                                      "links.west-east.reverse.loss=1ppb",
                                      "links.west-east.waves={count: 2, rate: 200gbit}",
                                      "links.west-east.lossless.pfc=off",
                                      "links.west-east.lossless.buffer=128MiB",
                                      "links.west-east.lossless.xoff=100MiB",
                                      "links.west-east.lossless.xon=1MiB",
                                      "links.west-east.lossless.far-buffer=1MiB",
                                      "links.west-east.lossless.pfc=end-to-end",
                                      "links.west-east.lossless={pfc: end-to-end, far-buffer: 64MiB}",
                                      "links.west-east.lossless.pfc=rate-matched",
                                      "links.west-east.lossless.pfc=relay",
                                      "links.west-east.lossless={pfc: rate-matched, slot: 20us}",
                                      "links.west-east.lossless.far-xoff=1MiB",
                                      "links.west-east.lossless.far-xon=1MiB",
                                      "links.west-east.lossless.far-alpha=2",
                                      "links.west-east.lossless.headroom=1MiB",
                                      "links.west-east.lossless.far-rate=90gbit",
                                      "links.west-east.lossless.refresh=off",
                                      "links.west-east.lossless.watchdog=1ms",
                                      "transport.nak=every-gap",
                                      "transport.congestion-control=dcqcn",
                                      "transport.congestion-control={scheme: dcqcn, preset: paper}",
                                      "transport.congestion-control={scheme: dcqcn, g: 1%}",
                                      "transport.congestion-control={scheme: dcqcn, initial-alpha: 1%}",
                                      "transport.congestion-control={scheme: dcqcn, alpha-timer: 9us}",
                                      "transport.congestion-control={scheme: dcqcn, decrease-interval: 9us}",
                                      "transport.congestion-control={scheme: dcqcn, increase-timer: 9us}",
                                      "transport.congestion-control={scheme: dcqcn, byte-counter: 9MB}",
                                      "transport.congestion-control={scheme: dcqcn, fast-recovery-steps: 9}",
                                      "transport.congestion-control={scheme: dcqcn, additive-increase: 9mbit}",
                                      "transport.congestion-control={scheme: dcqcn, hyper-increase: 9mbit}",
                                      "transport.congestion-control={scheme: dcqcn, largest-cut: 9%}",
                                      "transport.congestion-control={scheme: dcqcn, least-rate: 9mbit}",
                                      "transport.congestion-control={scheme: dcqcn, clamp-target: true}",
                                      "transport.congestion-control={scheme: dcqcn, cnp-interval: 9us}",
                                      "transport.congestion-control={scheme: rate-limit, rate: 9gbit}",
                                      "transport.congestion-control=swift",
                                      "transport.congestion-control={scheme: swift, base-delay: 9us}",
                                      "transport.congestion-control={scheme: swift, target: 9us}",
                                      "transport.congestion-control={scheme: swift, flow-scaling: 9us}",
                                      "transport.congestion-control={scheme: swift, window-increase: 9}",
                                      "transport.congestion-control={scheme: swift, multiplicative-decrease: 0.9}",
                                      "transport.congestion-control={scheme: swift, largest-cut: 9%}",
                                      "transport.mtu=1024",
                                      "transport.qps-per-pair=1",
                                      "transport.window=3bdp",
                                      "transport.window=3MiB",
                                      "transport.ack-every=4",
                                      "transport.ack-timeout=14",
                                      "transport.retry=endless",
                                      "workload.model.preset=dense-100b",
                                      "workload.model.sequence=1024",
                                      "workload.model.global-batch=128",
                                      "workload.model.micro-batch=2",
                                      "workload.model.gradient-bytes=4",
                                      "workload.model.activation-bytes=4",
                                      "workload.parallelism.across-sites=data",
                                      "workload.parallelism.overlap=none",
                                      "workload.parallelism.bucket=1MiB",
                                      "workload.collective=ring",
                                      "workload.gpu.flops=989tflops",
                                      "workload.gpu.utilisation=44%",
                                      "workload.flows.pairs=1",
                                      "workload.flows.pairs=2",
                                      "workload.trace=a",
                                      "workload.trace=b",
                                      "run.steps=3",
                                      "run.warmup=0",
                                      "run.seed=2",
                                      "run.seeds=2"};
  std::set<std::string> hashes{base().hash};
  for (const std::string& set : sets) {
    INFO(set);
    CHECK(hashes.insert(with_sets({set}).hash).second);
  }
}

}  // namespace farlink::scenario
