// SPDX-License-Identifier: Apache-2.0
// Bad input: one line of a sound scenario is changed, and the whole message is compared.
#include <catch2/catch.hpp>

#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

struct Row {
  std::size_t line;  // of base_text.hpp
  std::string_view text;
  std::string_view message;
};

void check_rows(const std::vector<Row>& rows) {
  for (const Row& row : rows) {
    INFO(row.text);
    CHECK(refusal(base_text(row.line, row.text)) == row.message);
  }
}

}  // namespace

TEST_CASE("the base itself is sound") { CHECK(refusal(base_text()).empty()); }

TEST_CASE("unknown keys are refused with the nearest one") {
  check_rows({
      {11, "    los: 0", "t.yaml:11: 'links.west-east.los' is not a key here; did you mean 'loss'?"},
      {2, "nmae: base", "t.yaml:2: 'nmae' is not a key here; did you mean 'name'?"},
      {12, "transport: {nack: once}", "t.yaml:12: 'transport.nack' is not a key here; did you mean 'nak'?"},
      {16, "run: {sed: 1, speed: 3}", "t.yaml:16: 'run.sed' is not a key here; did you mean 'seed'?"},
      {16, "run: {colour: 1}",
       "t.yaml:16: 'run.colour' is not a key here; allowed: steps, warmup, seed, seeds, duration, checkpoint, mtbf"},
      {11, "    reverse: {between: [east, west]}",
       "t.yaml:11: 'links.west-east.reverse.between' is not a key here; allowed: distance, delay, medium, "
       "equipment-delay, "
       "jitter, convergence, rate, framing, overhead, loss, burst-loss, bit-error-rate, fec, listed-loss, corrupt, "
       "duplicate, ce-mark, "
       "ecn, background"},
      {11, "    listed-loss: [{qp: 1}, {qpn: 2}]",
       "t.yaml:11: 'links.west-east.listed-loss[1].qpn' is not a key here; did you mean 'qp'?"},
  });
}

TEST_CASE("units are required, and must fit") {
  check_rows({
      {9, "    distance: 300", "t.yaml:9: 'links.west-east.distance' '300': missing unit; one of m, km"},
      {9, "    delay: 1.5km",
       "t.yaml:9: 'links.west-east.delay' '1.5km': unknown unit 'km'; one of ps, ns, us, ms, s, min, h"},
      {10, "    rate: 400",
       "t.yaml:10: 'links.west-east.rate' '400': missing unit; one of bit, kbit, mbit, gbit, tbit"},
      {11, "    loss: 0.1",
       "t.yaml:11: 'links.west-east.loss' '0.1': missing unit; one of %, ppm, ppb, or an exponent such as 1e-12"},
      {4, "  west: {gpus: 16, nic: fast}",
       "t.yaml:4: 'sites.west.nic' 'fast': not a number with a unit; write a number such as 1.5 and one of bit, kbit, "
       "mbit, "
       "gbit, tbit directly behind it; or link"},
      {12, "transport: {window: 3}",
       "t.yaml:12: 'transport.window' '3': missing unit; one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB; or a multiple "
       "of the "
       "bandwidth-delay product, such as 2bdp"},
      {4, "  west: {gpus: 16.5, nic: 200gbit}",
       "t.yaml:4: 'sites.west.gpus' '16.5': not a whole number; digits alone are allowed"},
      {10, "    convergence: 16km",
       "t.yaml:10: 'links.west-east.convergence' '16km': not a number; it has no unit here"},
  });
}

TEST_CASE("impossible values") {
  check_rows({
      {10, "    convergence: 0", "t.yaml:10: 'links.west-east.convergence' '0': too small; must be above 0"},
      {11, "    loss: 120%", "t.yaml:11: 'links.west-east.loss' '120%': a probability is at most 100%"},
      {11, "    jitter: -1us", "t.yaml:11: 'links.west-east.jitter' '-1us': must not be negative"},
      {10, "    rate: 0", "t.yaml:10: 'links.west-east.rate' '0': too small; must be at least 1mbit"},
      {9, "    distance: 2000000km", "t.yaml:9: 'links.west-east.distance' '2000000km': too large; at most 1000000km"},
      {4, "  west: {gpus: 0, nic: 200gbit}", "t.yaml:4: 'sites.west.gpus' '0': too small; must be at least 1"},
      {12, "transport: {ack-timeout: 32}", "t.yaml:12: 'transport.ack-timeout' '32': too large; at most 31"},
      {12, "transport: {retry: 8}", "t.yaml:12: 'transport.retry' '8': too large; at most 7; or endless"},
      {12, "transport: {mtu: 1500}",
       "t.yaml:12: 'transport.mtu' '1500' is not known; one of 256, 512, 1024, 2048, 4096"},
      {12, "transport: {qps-per-pair: 0}", "t.yaml:12: 'transport.qps-per-pair' '0': too small; must be at least 1"},
      {12, "transport: {window: 0bdp}",
       "t.yaml:12: 'transport.window' '0bdp': a window is above 0bdp and at most 1000000bdp"},
      {12, "transport: {window: 100B}", "t.yaml:12: 'transport.window' is below one mtu; nothing could be sent"},
      {16, "run: {steps: 1}", "t.yaml:16: 'run.steps' must be more than warmup (1); steps include the warm-up"},
      {16, "run: {seeds: 0}", "t.yaml:16: 'run.seeds' '0': too small; must be at least 1"},
      {1, "farlink: 2", "t.yaml:1: 'farlink' '2' is not known; one of 1"},
      {2, "name: Base Line",
       "t.yaml:2: 'name' 'Base Line': not a name; a to z, 0 to 9 and - are allowed, 64 letters at most"},
      {5, "  East: {gpus: 16, nic: 200gbit}", "t.yaml:5: 'sites' 'East' is no name; a to z, 0 to 9 and - are allowed"},
      {10, "    convergence: 1e-9",
       "t.yaml:10: 'links.west-east.convergence' leaves a rate outside 1mbit to 100000tbit; the rate is access "
       "capacity / "
       "convergence"},
      {11, "    ecn: {kmin: 16MiB, kmax: 4MiB, pmax: 10%}",
       "t.yaml:11: 'links.west-east.ecn.kmin' is above kmax; kmin is at most kmax"},
      {11, "    ecn: {kmin: 1MiB, kmax: 4MiB, pmax: 10%, cnp-interval: 4us}",
       "t.yaml:11: 'links.west-east.ecn.cnp-interval' is for CNPs of the near edge; set cnp: near-edge, or "
       "transport.congestion-control.cnp-interval for those of the receivers"},
      {11, "    ecn: {kmin: 1MiB, kmax: 4MiB, pmax: 10%, cnp: sender}",
       "t.yaml:11: 'links.west-east.ecn.cnp' 'sender' is not known; one of receiver, near-edge"},
      {11, "    lossless: {xoff: 300MiB}",
       "t.yaml:11: 'links.west-east.lossless.xoff' is above the buffer; xon <= xoff <= buffer"},
      {11, "    lossless: {xoff: 3MiB, xon: 4MiB}",
       "t.yaml:11: 'links.west-east.lossless.xon' is above xoff; xon <= xoff <= buffer"},
      {11, "    lossless: {pfc: relay, far-alpha: 0.5}",
       "t.yaml:11: 'links.west-east.lossless.far-alpha' is for a threshold of the far edge, and a relay repeats the "
       "pauses of its receivers; use far-xoff and far-xon, or segmented"},
      {11, "    lossless: {far-xoff: 3MiB, far-xon: 4MiB}",
       "t.yaml:11: 'links.west-east.lossless.far-xon' is above far-xoff; far-xon <= far-xoff"},
      {11, "    lossless: {far-xoff: 60MiB, headroom: 6MiB}",
       "t.yaml:11: 'links.west-east.lossless.headroom' does not fit; far-xoff + headroom <= far-buffer, 64MiB"},
      {11, "    lossless: {far-xoff: 65MiB}",
       "t.yaml:11: 'links.west-east.lossless.far-xoff' does not fit; far-xoff + headroom <= far-buffer, 64MiB"},
      {11, "    lossless: {watchdog: soon}",
       "t.yaml:11: 'links.west-east.lossless.watchdog' 'soon': not a number with a unit; write a number such as 1.5 "
       "and "
       "one of ps, ns, us, ms, s, min, h directly behind it; or off"},
      {11, "    lossless: {pfc: end-to-end, watchdog: 1ms}",
       "t.yaml:11: 'links.west-east.lossless.watchdog' is for a near queue that is paused, and 'end-to-end' pauses "
       "none; "
       "use segmented"},
      {11, "    lossless: {refresh: maybe}",
       "t.yaml:11: 'links.west-east.lossless.refresh' 'maybe' is not known; one of on, off"},
      {11, "    lossless: {far-alpha: 0}",
       "t.yaml:11: 'links.west-east.lossless.far-alpha' '0': too small; must be above 0"},
      {11, "    lossless: {buffer: 4KiB}",
       "t.yaml:11: 'links.west-east.lossless.buffer' must hold a frame, 4224B at this mtu"},
      {11, "    burst-loss: {loss: 60%, mean-burst: 1}",
       "t.yaml:11: 'links.west-east.burst-loss.loss' is too high for its mean-burst; at most mean-burst / (mean-burst "
       "+ 1)"},
      {11, "    burst-loss: {loss: 1%}",
       "t.yaml:11: 'links.west-east.burst-loss.mean-burst' is missing; give both 'loss' and 'mean-burst'"},
      {16, "expect: {efficiency: 95%}",
       "t.yaml:16: 'expect.efficiency' '95%': not a comparison; write one of >= <= > < and a value, such as \">= "
       "95%\""},
  });
}

TEST_CASE("keys that exclude each other, and keys that are missing") {
  check_rows({
      {11, "    convergence: 16",
       "t.yaml:11: 'links.west-east.convergence' and 'rate' exclude each other; give one of convergence, rate or "
       "waves"},
      {11, "    delay: 1ms",
       "t.yaml:11: 'links.west-east.delay' and 'distance' exclude each other; give one of distance or delay"},
      {11, "    lossless: {far-alpha: 1, far-xon: 1MiB}",
       "t.yaml:11: 'links.west-east.lossless.far-xon' and 'far-alpha' exclude each other; give one of far-xoff or "
       "far-alpha"},
      {9, "    jitter: 0", "t.yaml:7: 'links.west-east' needs one of distance or delay"},
      {8, "    balancer: ecmp",
       "t.yaml:7: 'links.west-east.between' is missing; the two sites; the forward direction leaves the first"},
      {4, "  west: {gpus: 16}", "t.yaml:4: 'sites.west.nic' is missing; the NIC rate per GPU, such as 200gbit"},
      {4, "  west: {nic: 200gbit}", "t.yaml:4: 'sites.west.gpus' is missing; the number of accelerators at this site"},
      {14, "  model: {preset: dense-7b, layers: 3, global-batch: 64}",
       "t.yaml:14: 'workload.model.layers' and 'preset' exclude each other; give one of preset or layers"},
      {14, "  model: {preset: dense-7b}", "t.yaml:14: 'workload.model.global-batch' is missing; sequences per step"},
      {14, "  model: {layers: 2, hidden: 64, global-batch: 64}",
       "t.yaml:14: 'workload.model.heads' is missing; a shape needs layers, hidden and heads (or give a preset)"},
      {14, "  gpu: {utilisation: 45%}", "t.yaml:13: 'workload' needs one of model, trace or flows"},
      {14, "  trace: a.et",
       "t.yaml:15: 'workload.parallelism' and 'trace' exclude each other; give one of model, trace or flows"},
      {2, "", "t.yaml:1: 'name' is missing; name of the scenario"},
      {11, "    waves: {count: 2}", "t.yaml:11: 'links.west-east.waves.rate' is missing; rate of one wave"},
      {11, "    loss:", "t.yaml:11: 'links.west-east.loss' has no value; random, per frame"},
      {12, "transport: once",
       "t.yaml:12: 'transport' must be a map of keys: preset, retransmission, nak, congestion-control, mtu, "
       "qps-per-pair, channels, channel-buffer, chunk, qps-per-channel, window, ack-every, ack-timeout, "
       "adaptive-timer, slow-restart, retry, on-error, reconnect-after, erasure-coding"},
      {10, "    rate: [400gbit]",
       "t.yaml:10: 'links.west-east.rate' must be a single value; of the link, all waves together"},
  });
}

TEST_CASE("what is not built is refused, never ignored") {
  check_rows({
      {11, "    balancer: magic",
       "t.yaml:11: 'links.west-east.balancer' 'magic' is not known; one of ecmp, flowlet, per-packet, planned"},
      {11, "    fec: {code: rs, pre-fec-ber: 1e-2}",
       "t.yaml:11: 'links.west-east.fec.code' 'rs' is not known; one of kp4, kr4, cfec, ofec, none"},
      {11, "    fec: {code: kp4}",
       "t.yaml:11: 'links.west-east.fec.pre-fec-ber' is missing; bit errors before correction"},
      {11, "    fec: {pre-fec-ber: 1e-4}\n    bit-error-rate: 1e-12",
       "t.yaml:12: 'links.west-east.bit-error-rate' and 'fec' exclude each other; give one of bit-error-rate or fec"},
      {11, "    flowlet-gap: 1ms",
       "t.yaml:11: 'links.west-east.flowlet-gap' says nothing while the balancer is ecmp; set balancer: flowlet, or "
       "leave it "
       "out"},
      {12, "transport: {reconnect-after: 2s}",
       "t.yaml:12: 'transport.reconnect-after' says nothing while on-error is abort; set on-error: reconnect, or leave "
       "it "
       "out"},
  });
}

TEST_CASE("sites and links that do not fit each other") {
  check_rows({
      {8, "    between: [west, eats]", "t.yaml:8: 'links.west-east.between' 'eats' is no site; did you mean 'east'?"},
      {8, "    between: [west, north]",
       "t.yaml:8: 'links.west-east.between' 'north' is no site; the sites are west, east"},
      {8, "    between: [west, west]",
       "t.yaml:8: 'links.west-east.between' names one site twice; a link joins two sites"},
      {8, "    between: [west]",
       "t.yaml:8: 'links.west-east.between' must be a list of two site names, such as [west, east]"},
      {11, "  other: {between: [east, west], distance: 1km}",
       "t.yaml:11: 'links.other.between' link 'west-east' joins these two sites already; use waves for parallel lines"},
      {4, "  west: {gpus: 16, nic: link}\n  north: {gpus: 1, nic: link}",
       "t.yaml:5: 'sites.north.nic' can follow a link only when the site has exactly one; write a rate such as "
       "200gbit"},
  });
  CHECK(refusal(base_text(4, "  west: {gpus: 16, nic: link}"), {"links.west-east.convergence=2"}) ==
        "t.yaml:7: 'links.west-east.rate' is missing, and the NICs of site 'west' follow it; give 'rate' or 'waves', "
        "or give "
        "the site a 'nic'");
}

TEST_CASE("ranks that do not fit the sites or the model") {
  check_rows({
      {15, "  parallelism: {tensor: 8, pipeline: 2, data: 3}",
       "t.yaml:15: 'workload.parallelism' tensor x pipeline x data = 8 x 2 x 3 = 48 ranks, but the sites have 32 gpus; "
       "make "
       "them equal"},
      {15, "  parallelism: {tensor: 2, pipeline: 1, data: 16}",
       "t.yaml:15: 'workload.parallelism.pipeline' = 1 stages of 32 gpus cannot be split over the sites: 'west' has "
       "16; every "
       "site holds a whole number of them"},
      {15, "  parallelism: {tensor: 8, pipeline: 4, across-sites: data}",
       "t.yaml:15: 'workload.parallelism.data' = 1 replicas of 32 gpus cannot be split over the sites: 'west' has 16; "
       "every "
       "site "
       "holds a whole number of them"},
      {15, "  parallelism: {tensor: 16, pipeline: 2}",
       "t.yaml:15: 'workload.parallelism.tensor' = 16 does not divide the 8 gpus-per-node of site 'west'; tensor "
       "groups stay "
       "in a node"},
      {14, "  model: {preset: dense-7b, global-batch: 63}",
       "t.yaml:14: 'workload.model.global-batch' = 63 is no multiple of data x micro-batch = 2 x 1 = 2"},
      {14, "  model: {layers: 1, hidden: 64, heads: 8, global-batch: 64}",
       "t.yaml:15: 'workload.parallelism.pipeline' = 2 is more than the model's 1 layers"},
      {14, "  model: {layers: 2, hidden: 64, heads: 4, global-batch: 64}",
       "t.yaml:15: 'workload.parallelism.tensor' = 8 does not divide the model's 4 heads"},
      {14, "  model: {layers: 2, hidden: 64, heads: 7, global-batch: 64}",
       "t.yaml:14: 'workload.model.heads' do not divide hidden; each head takes hidden / heads"},
      {14, "  model: {layers: 2, hidden: 64, heads: 8, kv-heads: 3, global-batch: 64}",
       "t.yaml:14: 'workload.model.kv-heads' do not divide heads; heads share key-value heads evenly"},
  });
  // An odd pipeline over two equal sites: 3 stages of 10 gpus, 15 gpus each.
  CHECK(refusal(base_text(15, "  parallelism: {tensor: 2, pipeline: 3, data: 5}"),
                {"sites.west.gpus=15", "sites.east.gpus=15"}) ==
        "t.yaml:15: 'workload.parallelism.pipeline' = 3 stages of 10 gpus cannot be split over the sites: 'west' has "
        "15; every "
        "site holds a whole number of them");
}

TEST_CASE("flows and traces") {
  const std::string flows = "  flows: {pairs: 2}\n#";
  CHECK(refusal(base_text(14, "  flows: {pairs: 17}"), {"workload.flows.depth=1"}) ==
        "t.yaml:14: 'workload.flows.pairs' = 17 need as many gpus (one NIC each), but site 'west' has 16");
  CHECK(refusal(base_text(16, "expect: {efficiency: \">= 95%\"}"), {"workload.flows.pairs=1"}) ==
        "t.yaml:16: 'expect.efficiency' applies to training; flows have no step");
  CHECK(refusal(base_text(16, "expect: {mfu: \">= 40%\"}"), {"workload.trace=x"}) ==
        "t.yaml:16: 'expect.mfu' needs a model; a trace does not say its FLOPs");
  CHECK(refusal(base_text(5, "  east: {gpus: 16, nic: 200gbit}\n  north: {gpus: 16, nic: 200gbit}"),
                {"workload.trace=x"}) ==
        "t.yaml:7: 'links' has none between 'west' and 'north', which this workload needs");
}

TEST_CASE("files that are no scenario") {
  CHECK(refusal("") ==
        "t.yaml:1: a scenario is a map of keys: farlink, name, sites, links, transport, workload, run, expect, ports, "
        "dpdk, "
        "events, armed, second-job");
  CHECK(refusal("- a\n") ==
        "t.yaml:1: a scenario is a map of keys: farlink, name, sites, links, transport, workload, run, expect, ports, "
        "dpdk, "
        "events, armed, second-job");
  CHECK_THROWS_WITH(load("does/not/exist.yaml"), Catch::StartsWith("does/not/exist.yaml: cannot be read; "));
  CHECK_THROWS_WITH(load("scenarios"), "scenarios: is a folder; name a scenario file");
}

}  // namespace farlink::scenario
