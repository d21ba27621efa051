// SPDX-License-Identifier: Apache-2.0
// second-job: what is read, and what is refused.
#include <catch2/catch.hpp>

#include "control/scenario/variants.hpp"
#include "tests/scenario/base_text.hpp"

namespace farlink::scenario {
namespace {

std::string with(const std::string& second) { return base_text() + second; }

Scenario read(const std::string& second) { return parse(with(second), "t.yaml", {}); }

std::string why_not(const std::string& second) {
  try {
    read(second);
  } catch (const ScenarioError& error) {
    return error.what();
  }
  return {};
}

const std::string workload =
    "  workload: {model: {layers: 8, hidden: 1024, heads: 16, global-batch: 64}, parallelism: {tensor: 1, pipeline: 2, "
    "data: PARTS}}\n";

std::string of_parts(const std::string& parts) {
  std::string text = workload;
  return text.replace(text.find("PARTS"), 5, parts);
}

}  // namespace

TEST_CASE("a second job has a workload of its own, and the sites' GPUs unless it says otherwise") {
  const Scenario plain = base();
  CHECK_FALSE(plain.second_job);
  const std::uint32_t all = plain.sites[0].gpus + plain.sites[1].gpus;
  const Scenario both = read("second-job:\n" + of_parts(std::to_string(all / 2)));
  REQUIRE(both.second_job);
  CHECK(both.second_job->gpus == std::vector<std::uint32_t>{plain.sites[0].gpus, plain.sites[1].gpus});
  CHECK(both.hash != plain.hash);
  const Scenario smaller = read("second-job:\n  sites: {west: {gpus: 4}, east: {gpus: 4}}\n" + of_parts("4"));
  CHECK(smaller.second_job->gpus == std::vector<std::uint32_t>{4, 4});
  const Scenario alone = of_second_job(smaller);
  CHECK(alone.sites[1].gpus == 4);
  CHECK(std::get<Training>(alone.workload).parallelism.data == 4);
  CHECK_FALSE(alone.second_job);
  CHECK_FALSE(single_site(smaller).second_job);
  CHECK(without_loss(smaller).second_job);
}

TEST_CASE("a second job that cannot be is refused") {
  using Catch::Matchers::Contains;
  CHECK_THAT(why_not("second-job: {}\n"), Contains("workload"));
  CHECK_THAT(why_not("second-job:\n  workload: {flows: {pairs: 1}}\n"), Contains("is of the measured job"));
  CHECK_THAT(why_not("second-job:\n  sites: {wst: {gpus: 4}}\n" + of_parts("4")), Contains("did you mean 'west'?"));
  CHECK_THAT(why_not("second-job:\n  sites: {west: {gpus: 4}, east: {gpus: 4}}\n" + of_parts("3")),
             Contains("'second-job.workload.parallelism' tensor x pipeline x data = 1 x 2 x 3 = 6 ranks, but the sites "
                      "have 8 gpus"));
  CHECK_THAT(refusal(base_text(), {"links.west-east.background=job"}), Contains("second-job"));
}

}  // namespace farlink::scenario
