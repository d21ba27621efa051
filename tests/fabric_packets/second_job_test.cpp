// SPDX-License-Identifier: Apache-2.0
// A second job beside the measured one, frame by frame.
#include <catch2/catch.hpp>

#include "control/scenario/variants.hpp"
#include "tests/fabric_packets/measured.hpp"

namespace {

using namespace farlink;

// Two GPUs at each site, replicas across, gradients of 1e8 x 2 bytes over 50 Gb/s: 32 ms of line time each way, little
// to compute.
std::string job(const std::string& second) {
  return "farlink: 1\nname: t\nsites:\n  west: {gpus: 2, gpus-per-node: 2, nic: 100gbit}\n  east: {gpus: 2, "
         "gpus-per-node: 2, nic: 100gbit}\nlinks:\n  west-east: {between: [west, east], distance: 10km, rate: 50gbit, "
         "lossless: {pfc: segmented, buffer: 16MiB}}\ntransport: {qps-per-pair: 4}\nworkload:\n" +
         std::string{
             "  model: {layers: 2, hidden: 1024, heads: 16, sequence: 64, global-batch: 2}\n  parallelism: "
             "{tensor: 2, data: 2, across-sites: data, overlap: none}\n  gpu: {utilisation: 90%}\n"} +
         second + "run: {steps: 3, warmup: 1}\n";
}

std::string beside(const std::string& utilisation, const std::string& sites = "") {
  return "second-job:\n" + sites +
         "  workload:\n    model: {layers: 2, hidden: 1024, heads: 16, sequence: 64, global-batch: 2}\n    "
         "parallelism: "
         "{tensor: 2, data: 2, across-sites: data, overlap: none}\n    gpu: {utilisation: " +
         utilisation + "}\n";
}

report::Result run(const std::string& text, bool attribution = false, std::uint32_t jobs = 1) {
  const scenario::Scenario scenario = scenario::parse(text, "job.yaml", {});
  const auto graph_of = [](const scenario::Scenario& of) {
    trace::Graph graph = trace::generate(std::get<scenario::Training>(of.workload), of.sites);
    trace::check(graph);
    return graph;
  };
  const trace::Graph graph = graph_of(scenario);
  const trace::Graph second = scenario.second_job ? graph_of(scenario::of_second_job(scenario)) : trace::Graph{};
  replay::Options options;
  options.attribution = attribution;
  options.jobs = jobs;
  if (scenario.second_job) options.second_job = &second;
  report::Result result = replay::measure(scenario, graph, fabric_packets::make_packet_fabric, options);
  REQUIRE(result.is_valid);
  for (const fabric::LinkStatistics& link : result.across_sites.fabric.links) CHECK(link.is_conserved());
  return result;
}

}  // namespace

// Both begin together and take the same time to compute, so they exchange at the same time, each at half of the rate.
TEST_CASE("two equal jobs share the link: the exchange takes twice as long") {
  const report::Result alone = run(job(""));
  const report::Result shared = run(job(beside("90%")));
  const double exchange = alone.across_sites.exposed_communication_seconds;
  CHECK(exchange > 0.9 * alone.across_sites.step_seconds);
  const double more = shared.across_sites.step_seconds - alone.across_sites.step_seconds;
  CHECK(more == Approx(exchange).epsilon(0.05));
  REQUIRE(shared.across_sites.second_job);
  CHECK(shared.across_sites.second_job->ranks == 4);
  CHECK(shared.across_sites.second_job->steps >= 2);
  CHECK(shared.across_sites.second_job->step_seconds == Approx(shared.across_sites.step_seconds).epsilon(0.05));
}

TEST_CASE("the baseline has no second job, and what it takes is convergence's") {
  const report::Result alone = run(job(""), true), shared = run(job(beside("90%")), true);
  CHECK(shared.single_site.step_seconds == alone.single_site.step_seconds);
  CHECK_FALSE(shared.single_site.second_job);
  double of_convergence = 0, points = 0;
  for (const report::Attribution& cause : shared.attribution) {
    points += cause.points;
    if (cause.cause == "convergence") of_convergence = cause.points;
  }
  CHECK(points == Approx(100 * (1 - *shared.efficiency)));
  double of_convergence_alone = 0;
  for (const report::Attribution& cause : alone.attribution)
    if (cause.cause == "convergence") of_convergence_alone = cause.points;
  CHECK(of_convergence - of_convergence_alone == Approx(100 * (*alone.efficiency - *shared.efficiency)).margin(0.01));
}

TEST_CASE("a second job that has not sent anything yet changes nothing") {
  const report::Result alone = run(job("")), shared = run(job(beside("0.0001%")));
  CHECK(shared.across_sites.steps == alone.across_sites.steps);
  CHECK(shared.across_sites.fabric.data_frames == alone.across_sites.fabric.data_frames);
  CHECK(shared.across_sites.second_job->steps == 0);
}

TEST_CASE("a smaller second job, and runs side by side, give the same result every time") {
  const std::string text = job(beside("90%", "  sites: {west: {gpus: 2}, east: {gpus: 2}}\n"));
  const report::Result one = run(text), two = run(text, false, 2);
  CHECK(one.across_sites.steps == two.across_sites.steps);
  for (std::size_t i = 0; i < one.across_sites.fabric.links.size(); ++i) {
    CHECK(one.across_sites.fabric.links[i].frames_in == two.across_sites.fabric.links[i].frames_in);
    CHECK(one.across_sites.fabric.links[i].wire_bytes == two.across_sites.fabric.links[i].wire_bytes);
  }
}
