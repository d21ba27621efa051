// SPDX-License-Identifier: Apache-2.0
// farlink plan and farlink doctor as a user runs them.
#include <catch2/catch.hpp>

#include "control/json/json.hpp"
#include "tests/cli/process.hpp"

namespace farlink::cli_test {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("plan --live prints the sum, and the same as JSON") {
  const Folder folder;
  const std::string scenario = repository_file("scenarios/lab/live-vhost.yaml").string();
  const Outcome text = run_farlink(folder.path(), {"plan", "--live", scenario});
  CHECK(text.status == 0);
  CHECK(text.err.empty());
  for (const char* part : {"west-east: west->east", "west-east: east->west", "mbufs", "hugepages of 2 MiB", "cores"}) {
    CHECK(contains(text.out, part));
  }
  const Outcome json = run_farlink(folder.path(), {"plan", "--live", scenario, "--json", "-"});
  CHECK(json.status == 0);
  const json::value plan = json::parse(json.out);
  CHECK(plan.at("directions").as_array().size() == 2);
  const std::uint64_t memory = plan.at("memory_bytes").to_number<std::uint64_t>();
  const Outcome shorter = run_farlink(
      folder.path(), {"plan", "--live", scenario, "--set", "links.west-east.distance=1km", "--json", "short.json"});
  CHECK(shorter.status == 0);
  CHECK(json::parse(folder.read("short.json")).at("memory_bytes").to_number<std::uint64_t>() < memory);
}

TEST_CASE("plan prints what being lossless takes, and says what is short") {
  const Folder folder;
  const std::string scenario = repository_file("scenarios/lab/one-queue-pair.yaml").string();
  const Outcome sized =
      run_farlink(folder.path(), {"plan", scenario, "--set", "links.west-east.lossless.pfc=end-to-end"});
  CHECK(sized.status == 0);
  CHECK(sized.err.empty());
  for (const char* part : {"west-east: west->east", "end-to-end", "headroom", "XON", "needs", "has", "rate-matched"})
    CHECK(contains(sized.out, part));
  CHECK_FALSE(contains(sized.out, "note:"));
  const Outcome is_short = run_farlink(
      folder.path(), {"plan", scenario, "--set", "links.west-east.lossless.far-buffer=1MiB", "--json", "-"});
  CHECK(is_short.status == 0);
  const json::value plan = json::parse(is_short.out);
  const json::value& direction = plan.at("directions").at(0);
  CHECK(direction.at("pfc") == "segmented");
  CHECK(direction.at("need").at("headroom_bytes").to_number<std::uint64_t>() >
        direction.at("has").at("headroom_bytes").to_number<std::uint64_t>());
  CHECK_FALSE(plan.at("notes").as_array().empty());
}

TEST_CASE("a scenario that is not there is an input error") {
  const Folder folder;
  CHECK(run_farlink(folder.path(), {"plan", "no.yaml"}).status == 2);
  CHECK(run_farlink(folder.path(), {"plan", "--live", "no.yaml"}).status == 2);
  CHECK(run_farlink(folder.path(), {"plan", "--live"}).status == 2);
  CHECK(folder.files().empty());
}

TEST_CASE("the doctor's exit status is its verdict on this machine") {
  const Folder folder;
  const Outcome text = run_farlink(folder.path(), {"doctor", "--json", "doctor.json"});
  CHECK(text.err.empty());
  const json::value json = json::parse(folder.read("doctor.json"));
  const bool is_possible = json.at("is_live_possible").as_bool();
  CHECK(text.status == (is_possible ? 0 : 1));
  CHECK(contains(text.out, is_possible ? "live use is possible" : "live use is impossible"));
  for (const json::value& check : json.at("checks").as_array()) {
    CHECK(check.at("mend").as_string().empty() == (check.at("status").as_string() == "ok"));
  }
  CHECK(run_farlink(folder.path(), {"doctor", "now"}).status == 2);
}

}  // namespace farlink::cli_test
