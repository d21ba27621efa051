// SPDX-License-Identifier: Apache-2.0
// farlink sweep and farlink report as a user runs them: killed at any moment, broken off, and gone on with.
#include <atomic>
#include <catch2/catch.hpp>
#include <chrono>
#include <csignal>
#include <random>
#include <thread>

#include "control/json/json.hpp"
#include "tests/cli/process.hpp"

namespace farlink::cli_test {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

void write_sweep(const Folder& folder) {
  folder.write(
      "far.yaml",
      "farlink-sweep: 1\nscenario: " + repository_file("scenarios/quick-80km.yaml").string() +
          "\nset: {run.steps: 1, run.warmup: 0, workload.model.global-batch: 16}\n"
          "axes: {links.west-east.distance: [10km, 80km, 160km], links.west-east.convergence: [2, 8, 16, 32]}\n");
}

std::string csv_of(const Folder& folder, const std::string& database) {
  const Outcome outcome = run_farlink(folder.path(), {"report", database, "--csv", "-", "--deterministic"});
  CHECK(outcome.status == 0);
  return outcome.out;
}

}  // namespace

TEST_CASE("a sweep killed at ten moments ends as an undisturbed one") {
  const Folder folder;
  write_sweep(folder);
  const Outcome whole = run_farlink(folder.path(), {"sweep", "far.yaml", "--out", "whole.db"});
  INFO(whole.err);
  REQUIRE(whole.status == 0);
  CHECK(contains(whole.out, "12 runs, 12 made now, 0 there before"));
  std::mt19937 random(1);
  std::size_t killed = 0;
  for (int i = 0; i < 10; ++i) {
    const auto pause = std::chrono::milliseconds(std::uniform_int_distribution<>(5, 400)(random));
    const std::string command = "timeout -s KILL " + std::to_string(static_cast<double>(pause.count()) / 1000) + " " +
                                FARLINK_BINARY + " sweep far.yaml --out killed.db >/dev/null 2>&1";
    const int status = std::system(("cd " + folder.path().string() + " && " + command).c_str());
    killed += status != 0;
  }
  CHECK(killed > 0);
  const Outcome rest = run_farlink(folder.path(), {"sweep", "far.yaml", "--out", "killed.db"});
  INFO(rest.err);
  CHECK(rest.status == 0);
  CHECK(contains(rest.out, "12 runs"));
  CHECK(csv_of(folder, "killed.db") == csv_of(folder, "whole.db"));
  const Outcome again = run_farlink(folder.path(), {"sweep", "far.yaml", "--out", "killed.db"});
  CHECK(contains(again.out, "12 runs, 0 made now, 12 there before"));
  const Outcome json = run_farlink(folder.path(), {"report", "whole.db", "--json", "-"});
  CHECK(json::parse(json.out).at("runs").as_array().size() == 12);
  // Nothing but the files that were asked for.
  CHECK(folder.files() == std::vector<std::string>{"far.yaml", "killed.db", "whole.db"});
}

TEST_CASE("two sweeps do not fill one file") {
  const Folder folder;
  write_sweep(folder);
  std::thread first{[&] { run_farlink(folder.path(), {"sweep", "far.yaml", "--out", "r.db"}); }};
  Outcome second;
  for (int i = 0; i < 200; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
    if (!std::filesystem::exists(folder.path() / "r.db")) continue;
    second = run_farlink(folder.path(), {"sweep", "far.yaml", "--out", "r.db"});
    break;
  }
  first.join();
  // Refused, or the first was done already.
  if (second.status != 0) {
    CHECK(second.status == 2);
    CHECK(contains(second.err, "is being filled by another farlink sweep"));
  }
  CHECK(contains(run_farlink(folder.path(), {"sweep", "far.yaml", "--out", "r.db"}).out, "12 there before"));
}

TEST_CASE("what cannot be swept is refused in one line") {
  const Folder folder;
  folder.write("bad.yaml", "farlink-sweep: 1\nscenario: nowhere.yaml\naxes: {links.a.loss: [0, 1ppm]}\n");
  const Outcome missing = run_farlink(folder.path(), {"sweep", "bad.yaml"});
  CHECK(missing.status == 2);
  CHECK(contains(missing.err, "nowhere.yaml: cannot be read"));
  folder.write("typo.yaml", "farlink-sweep: 1\nscenario: " + repository_file("scenarios/quick-80km.yaml").string() +
                                "\naxes: {links.west-east.los: [0, 1ppm]}\n");
  const Outcome typo = run_farlink(folder.path(), {"sweep", "typo.yaml"});
  CHECK(typo.status == 2);
  CHECK(contains(typo.err, "links.west-east.loss"));
  const Outcome nowhere = run_farlink(folder.path(), {"sweep", "typo.yaml", "--out", "no/such/r.db"});
  CHECK(nowhere.status == 2);
  CHECK(contains(nowhere.err, "no/such/r.db"));
  folder.write("text.db", "this is no database at all");
  CHECK(run_farlink(folder.path(), {"report", "text.db"}).status == 2);
}

}  // namespace farlink::cli_test
