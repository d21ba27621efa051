// SPDX-License-Identifier: Apache-2.0
// Delivered data frames per second through RNIC -> link -> RNIC in virtual time, one core; beside it a bare ring-buffer
// loop with the same number of events, as what this machine does in this minute without any model.
#include <benchmark/benchmark.h>
#include <string_view>

#include "tests/bench/crowd.hpp"
#include "tests/bench/lab.hpp"
#include "tests/bench/live_bench.hpp"

namespace {

using namespace farlink;

// Arguments: queue pairs, kilometres, loss in 1e-9, trains.
void rnic_link_rnic(benchmark::State& state) {
  lab::Setup setup;
  setup.qps = static_cast<std::uint32_t>(state.range(0));
  setup.delay = units::Duration::from_seconds(static_cast<double>(state.range(1)) * 4.8974e-6);
  setup.loss = units::Probability::of(static_cast<double>(state.range(2)) * 1e-9);
  const double bdp_packets = 400e9 * 2 * setup.delay.seconds() / 8 / 4096;
  setup.nic.window = std::max<std::uint64_t>(64, static_cast<std::uint64_t>(2 * bdp_packets));
  lab::Lab lab{setup};
  lab.engine().set_trains(state.range(3) != 0);
  lab.run(200'000);  // fill the fibre
  std::uint64_t frames = 0;
  for (auto _ : state) frames += lab.run(2'000'000);
  state.counters["frames/s"] = benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
}
BENCHMARK(rnic_link_rnic)
    ->ArgNames({"qps", "km", "loss_ppb", "trains"})
    ->ArgsProduct({{64}, {300, 80}, {1000}, {0, 1}})
    ->ArgsProduct({{1}, {300}, {0}, {0, 1}})
    ->Args({64, 0, 0, 0})
    ->Unit(benchmark::kMillisecond);

// The same with congestion control beside it without, in one run. Arguments: 0 none; 1 DCQCN that is never told of
// marks; 2 DCQCN with one frame in 20,000 marked: the queue pairs are held to rates, and the link stays nearly full.
void congestion(benchmark::State& state) {
  lab::Setup setup;
  setup.nic.window = 100'000;
  if (state.range(0) > 0) {
    rnic::DcqcnConfig dcqcn;
    dcqcn.fast_recovery_steps = 1;
    setup.nic.congestion = dcqcn;
    setup.nic.cnp_interval = units::Duration::microseconds(50);
  }
  if (state.range(0) > 1) setup.ce_mark = units::Probability::of(5e-5);
  lab::Lab lab{setup};
  lab.run(200'000);
  std::uint64_t frames = 0;
  for (auto _ : state) frames += lab.run(2'000'000);
  const rnic::Nic& nic = lab.engine().site(0).nic(0);
  std::uint64_t cuts = 0;
  for (std::uint32_t i = 0; i < nic.qp_count(); ++i) cuts += nic.rate_cuts(rnic::first_qp_number + i);
  state.counters["cuts"] = static_cast<double>(cuts);
  state.counters["Gb/s"] = static_cast<double>(lab.delivered()) * 4178 * 8e-9 / lab.engine().last_event().seconds();
  state.counters["frames/s"] = benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
}
BENCHMARK(congestion)->ArgName("dcqcn")->Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

// PFC and DCQCN beside neither, in one run. Arguments: 0 off; 1 PFC over the distance, with pauses; 2 PFC and DCQCN
// that is told of marks.
void lossless(benchmark::State& state) {
  lab::Setup setup;
  setup.nic.window = 100'000;
  setup.is_lossless = state.range(0) > 0;
  if (state.range(0) > 1) {
    rnic::DcqcnConfig dcqcn;
    dcqcn.fast_recovery_steps = 1;
    setup.nic.congestion = dcqcn;
    setup.nic.cnp_interval = units::Duration::microseconds(50);
    setup.ce_mark = units::Probability::of(5e-5);
  }
  lab::Lab lab{setup};
  lab.run(400'000);
  std::uint64_t frames = 0;
  for (auto _ : state) frames += lab.run(2'000'000);
  state.counters["pauses"] = static_cast<double>(lab.pauses());
  state.counters["Gb/s"] = static_cast<double>(lab.delivered()) * 4178 * 8e-9 / lab.engine().last_event().seconds();
  state.counters["frames/s"] = benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
}
BENCHMARK(lossless)->ArgName("pfc")->Arg(0)->Arg(1)->Arg(2)->Unit(benchmark::kMillisecond);

// 512 RNICs a site with 16 queue pairs each, both ways. Arguments: kilometres, 0 makes the sites step together; trains.
void crowd(benchmark::State& state) {
  lab::Crowd::Setup setup;
  setup.delay = units::Duration::from_seconds(static_cast<double>(state.range(0)) * 4.8974e-6);
  lab::Crowd crowd{setup};
  crowd.engine().set_trains(state.range(1) != 0);
  crowd.run(1'000'000);
  std::uint64_t frames = 0;
  for (auto _ : state) frames += crowd.run(2'000'000);
  state.counters["frames/s"] = benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
}
BENCHMARK(crowd)
    ->ArgNames({"km", "trains"})
    ->Args({300, 0})
    ->Args({300, 1})
    ->Args({0, 0})
    ->Unit(benchmark::kMillisecond);

// The same with each site on a thread of its own, beside both on one: by the clock on the wall. Arguments: RNICs of a
// site; threads.
void sites_on_threads(benchmark::State& state) {
  lab::Crowd::Setup setup;
  setup.nics = static_cast<std::uint32_t>(state.range(0));
  setup.nic_rate = units::BitRate::gigabits(12800 / static_cast<std::uint64_t>(state.range(0)));
  setup.window = std::uint64_t{4096} * 512 / static_cast<std::uint64_t>(state.range(0));
  setup.delay = units::Duration::from_seconds(300 * 4.8974e-6);
  lab::Crowd crowd{setup};
  crowd.engine().set_threads(static_cast<std::uint32_t>(state.range(1)));
  crowd.run(1'000'000);
  std::uint64_t frames = 0;
  for (auto _ : state) frames += crowd.run(2'000'000);
  state.counters["frames/s"] = benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
}
BENCHMARK(sites_on_threads)
    ->ArgNames({"nics", "threads"})
    ->Args({512, 1})
    ->Args({512, 2})
    ->Args({8, 1})
    ->Args({8, 2})
    ->UseRealTime()
    ->MeasureProcessCPUTime()
    ->Unit(benchmark::kMillisecond);

// Three ring hops per frame, 64 bytes each: what the model's events cost without the model.
void bare_ring(benchmark::State& state) {
  constexpr std::size_t size = 1U << 16;
  std::vector<link::Descriptor> a(size), b(size), c(size);
  std::uint64_t frames = 0, sum = 0;
  for (auto _ : state) {
    for (int i = 0; i < 2'000'000; ++i, ++frames) {
      link::Descriptor& in = a[frames & (size - 1)];
      in.token = frames;
      in.line_bytes = 4178;
      b[frames & (size - 1)] = in;
      c[frames & (size - 1)] = b[(frames - 17'000) & (size - 1)];
      sum += c[(frames - 8) & (size - 1)].token;
    }
  }
  benchmark::DoNotOptimize(sum);
  state.counters["frames/s"] = benchmark::Counter(static_cast<double>(frames), benchmark::Counter::kIsRate);
}
BENCHMARK(bare_ring)->Unit(benchmark::kMillisecond);

}  // namespace

// farlink-bench --live is a program of its own in the same binary: DPDK starts once, and before anything else.
int main(int argc, char** argv) {
  if (argc > 1 && std::string_view(argv[1]) == "--live")
    return farlink::bench::live_main({argv + 2, static_cast<std::size_t>(argc - 2)});
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
}
