// SPDX-License-Identifier: Apache-2.0
// Whole jobs, moved frame by frame, against the closed forms of step time (docs/model.md): at loss 0, four (distance,
// convergence) pairs with the pipeline across the sites and four with data parallelism across them, each within 0.005
// of efficiency; and nothing wrong with the link is 1.000 +- 0.002.
#include <catch2/catch.hpp>
#include <string>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/scenario/parse.hpp"
#include "tests/fabric_packets/measured.hpp"

namespace {

using namespace farlink;

constexpr double nic = 200e9;
constexpr double line_share = 4096.0 / 4178.0;  // payload of a full frame on the line
constexpr double gpu = 312e12 * 0.45;
constexpr double sequence = 1024, hidden = 4096;

struct Placement {
  std::string across;
  int tensor, pipeline, data, global_batch;
  int gpus() const { return tensor * pipeline * data; }
};
const Placement across_pipeline{"pipeline", 2, 8, 2, 64};
const Placement across_data{"data", 2, 2, 4, 128};

std::string text_of(const Placement& p, int kilometres, int convergence) {
  const std::string half = std::to_string(p.gpus() / 2);
  return "farlink: 1\nname: closed-form\nsites:\n  west: {gpus: " + half + ", nic: 200gbit}\n  east: {gpus: " + half +
         ", nic: 200gbit}\nlinks:\n  west-east: {between: [west, east], distance: " + std::to_string(kilometres) +
         "km, medium: g652, equipment-delay: " + (kilometres > 0 ? "10us" : "0") +
         ", convergence: " + std::to_string(convergence) +
         "}\nworkload:\n  model: {layers: 8, hidden: 4096, heads: 32, vocabulary: 32000, sequence: 1024, "
         "global-batch: " +
         std::to_string(p.global_batch) + ", micro-batch: 1}\n  parallelism: {tensor: " + std::to_string(p.tensor) +
         ", pipeline: " + std::to_string(p.pipeline) + ", data: " + std::to_string(p.data) +
         ", across-sites: " + p.across +
         ", overlap: none}\n  gpu: {flops: 312tflops, utilisation: 45%}\nrun: {steps: 2, warmup: 1}\n";
}

struct Measured {
  report::Result result;
  double parameters = 0;
};

Measured run(const Placement& placement, int kilometres, int convergence) {
  const scenario::Scenario scenario =
      scenario::parse(text_of(placement, kilometres, convergence), "closed-form.yaml", {});
  const auto& training = std::get<scenario::Training>(scenario.workload);
  return {test::measured(scenario), static_cast<double>(training.model.parameters)};
}

double one_way(int kilometres) { return kilometres * 1e3 * 1.4682 / 299792458 + 10e-6; }

}  // namespace

TEST_CASE("oracle O16 over packets: pipeline across sites, (m + p - 1)(t_f + t_b) + K_c L") {
  const auto [kilometres, convergence] = GENERATE(table<int, int>({{80, 1}, {120, 2}, {300, 4}, {600, 2}}));
  const Placement& p = across_pipeline;
  const Measured measured = run(p, kilometres, convergence);
  REQUIRE(measured.result.is_valid);
  const double m = p.global_batch / p.data, k = m - 2.0 * ((p.pipeline - 2 - (p.pipeline / 2 - 1)) / 2);
  const double message = sequence * hidden * 2 / p.tensor;  // bytes of one rank; tensor x data ranks share the link
  const double sharing = p.tensor * p.data;
  const double link = nic * p.gpus() / 2 / convergence;
  const double alone = message * 8 / (nic * line_share);
  const double shared = message * 8 / (std::min(nic, link / sharing) * line_share);
  const double base = measured.result.single_site.step_seconds;
  const double expected = base / (base + k * (one_way(kilometres) + shared - alone));
  INFO(kilometres << " km, " << convergence << ":1, base " << base << " s");
  CHECK(measured.result.efficiency.value() == Approx(expected).margin(0.005));
  CHECK(expected < 0.995);  // the link costs something, so that agreement means something
}

TEST_CASE("data parallelism across sites without overlap: T_comp + T_wan, T_wan = P e / C + 2 D") {
  const auto [kilometres, convergence] = GENERATE(table<int, int>({{80, 4}, {120, 8}, {300, 16}, {300, 4}}));
  const Placement& p = across_data;
  const Measured measured = run(p, kilometres, convergence);
  REQUIRE(measured.result.is_valid);
  const double bytes = measured.parameters * 2;  // per direction: 2 (K - 1) / K x P e with K = 2
  const double access = nic * p.gpus() / 2;
  const double wan = bytes * 8 / (access / convergence * line_share) + 2 * one_way(kilometres);
  const double wan_in_one_site = bytes * 8 / (access * line_share);
  const double base = measured.result.single_site.step_seconds;
  const double expected = base / (base + wan - wan_in_one_site);
  INFO(kilometres << " km, " << convergence << ":1, base " << base << " s");
  CHECK(measured.result.efficiency.value() == Approx(expected).margin(0.005));
  CHECK(expected < 0.99);
}

TEST_CASE("nothing wrong with the link is 1.000, and the base is the compute's closed form") {
  for (const Placement& p : {across_pipeline, across_data}) {
    const Measured measured = run(p, 0, 1);
    REQUIRE(measured.result.is_valid);
    CHECK(measured.result.efficiency.value() == Approx(1.0).margin(0.002));
    const double m = p.global_batch / p.data;
    const double compute = (m + p.pipeline - 1) * 6 * measured.parameters * sequence / (p.tensor * p.pipeline * gpu);
    CHECK(measured.result.single_site.step_seconds > compute);
    CHECK(measured.result.mfu_single_site.value() ==
          Approx(6 * measured.parameters * p.global_batch * sequence /
                 (p.gpus() * 312e12 * measured.result.single_site.step_seconds)));
  }
}
