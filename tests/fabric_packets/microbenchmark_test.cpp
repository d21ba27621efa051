// SPDX-License-Identifier: Apache-2.0
// One collective of eight ranks with 1 MiB on a ring of 400 Gb/s, as ASTRA-sim's microbenchmarks have it: n - 1 steps
// (all-reduce twice as many) of alpha + S / (n B), of an all-gather alpha + b / B (docs/model.md). Its own files are
// used where they are at hand, so that the meaning of their sizes is seen, too.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "control/collective/time_in_site.hpp"
#include "control/trace/import_chakra.hpp"
#include "control/trace/place.hpp"
#include "tests/fabric_packets/measured.hpp"

namespace {

using namespace farlink;
using trace::Collective;

constexpr double bytes_per_second = 50e9;
constexpr double alpha = 500e-9;
constexpr double mebibyte = 1 << 20;
constexpr double largest_overhead = 4178.0 / 4096;  // a full frame on the line, and its payload

struct Row {
  std::string name;
  Collective collective;
  double steps, step_bytes;
};
const Row rows[] = {{"all_reduce", Collective::all_reduce, 14, mebibyte / 8},
                    {"all_gather", Collective::all_gather, 7, mebibyte},
                    {"reduce_scatter", Collective::reduce_scatter, 7, mebibyte / 8}};

trace::Graph job(const Row& row) {
  trace::Graph graph;
  graph.ranks.resize(8);
  trace::Node node;
  node.kind = trace::NodeKind::collective;
  node.collective = row.collective;
  node.bytes = units::Bytes::mebi(1);
  graph.groups = {{"all", {0, 1, 2, 3, 4, 5, 6, 7}}};
  for (std::uint32_t rank = 0; rank < 8; ++rank) graph.ranks.own(rank).add(node, {});
  for (std::uint32_t rank = 0; rank < 8; ++rank) graph.lane_of_rank.push_back(rank);
  graph.site_of_rank.assign(8, 0);
  return graph;
}

// Seconds of the step with the ring over two sites of four ranks, `kilometres` apart.
double step_of(trace::Graph graph, int kilometres) {
  const scenario::Scenario scenario = scenario::parse(
      "farlink: 1\nname: microbenchmark\nsites:\n"
      "  west: {gpus: 4, gpus-per-node: 4, nic: 400gbit, in-node: {bandwidth: 400gbit, latency: 500ns}}\n"
      "  east: {gpus: 4, gpus-per-node: 4, nic: 400gbit, in-node: {bandwidth: 400gbit, latency: 500ns}}\nlinks:\n"
      "  west-east: {between: [west, east], distance: " +
          std::to_string(kilometres) +
          "km, equipment-delay: 0, convergence: 1}\nworkload: {trace: microbenchmark, collective: ring}\n"
          "run: {steps: 1, warmup: 0}\n",
      "microbenchmark.yaml", {});
  trace::place(graph, scenario.sites);
  trace::check(graph);
  replay::Options options;
  options.attribution = false;
  const report::Result result = replay::measure(scenario, graph, fabric_packets::make_packet_fabric, options);
  return result.across_sites.step_seconds;
}

}  // namespace

TEST_CASE("a ring of eight ranks over two sites at 0 km takes the time of its closed form") {
  for (const Row& row : rows) {
    // Two of the eight hops are the link: there the frames' headers count, and there is no alpha.
    const double fastest = row.step_bytes / bytes_per_second;
    const double expected = row.steps * (alpha + fastest);
    const double step = step_of(job(row), 0);
    INFO(row.name << ": " << step * 1e6 << " us, closed form " << expected * 1e6 << " us");
    CHECK(step > row.steps * fastest);
    CHECK(step < row.steps * std::max(alpha + fastest, fastest * largest_overhead + alpha));
    CHECK(step == Approx(expected).epsilon(0.03));
    const scenario::LocalNetwork ring{units::BitRate::gigabits(400), units::Duration::nanoseconds(500)};
    CHECK(collective::time_in_site(row.collective, units::Bytes::mebi(1), 8, ring).seconds() ==
          Approx(expected).margin(1e-11));
  }
}

TEST_CASE("a ring over two sites waits for the fibre as often as its data crosses it") {
  // The data of a rank goes round the ring once (all-reduce: nearly twice) and crosses both ways; of the steps that it
  // waits for, those that cross are (steps) / 4 on average, since two of eight hops cross.
  const double one_way = 100e3 * 1.4682 / 299'792'458;
  for (const Row& row : rows) {
    const double longer = step_of(job(row), 100) - step_of(job(row), 0);
    INFO(row.name);
    CHECK(longer == Approx(one_way * (row.steps == 14 ? 4 : 2)).epsilon(0.01));
  }
}

TEST_CASE("ASTRA-sim's microbenchmark files are these jobs") {
  const std::filesystem::path folder = "../shared/traces/chakra/microbench_8npus_1MB";
  if (!std::filesystem::exists(folder)) {
    WARN("no sample traces in " << folder << ": skipped");
    return;
  }
  for (const Row& row : rows) {
    const trace::Graph read = trace::import_chakra(folder / row.name);
    INFO(row.name);
    CHECK(step_of(read, 0) == step_of(job(row), 0));
    CHECK(step_of(read, 100) == step_of(job(row), 100));
  }
}
