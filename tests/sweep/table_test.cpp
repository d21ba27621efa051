// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/table.hpp"

#include <catch2/catch.hpp>

namespace farlink::sweep {
namespace {

Store::Found run_of(const std::string& value, std::uint64_t seed, std::optional<double> efficiency) {
  Store::Found found;
  found.place = {{value}, seed, "k"};
  RunRow row;
  row.hash = "00ff";
  row.fabric = "packets";
  row.status = efficiency ? Status::valid : Status::failed;
  row.message = efficiency ? "" : "no, \"never\"";
  row.efficiency = efficiency;
  if (efficiency) row.step_single_site = 1.5, row.step_across_sites = 2;
  if (efficiency) row.result = R"({"attribution":[{"cause":"loss","points":1.25},{"cause":"distance","points":0}]})";
  row.version = "1.2.3";
  row.wall_seconds = 0.5;
  row.finished = "2026-01-02T03:04:05Z";
  row.host = "here";
  found.row = row;
  return found;
}

}  // namespace

TEST_CASE("CSV has a line for each run, quoted where it must be") {
  Store::Found missing;
  missing.place = {{"120km"}, 1, "m"};
  const std::string csv =
      to_csv({"far", {"links.a.distance"}}, {run_of("80km", 1, 0.75), run_of("80km", 2, {}), missing}, true);
  CHECK(csv ==
        "links.a.distance,seed,status,efficiency,step_single_site_seconds,step_across_sites_seconds,"
        "exposed_single_site_seconds,exposed_across_sites_seconds,points_loss,points_congestion-control,"
        "points_convergence,points_distance,points_schedule,fabric,scenario_hash,message\r\n"
        "80km,1,valid,0.75,1.5,2.0,,,1.25,,,0,,packets,00ff,\r\n"
        "80km,2,failed,,,,,,,,,,,packets,00ff,\"no, \"\"never\"\"\"\r\n"
        "120km,1,missing,,,,,,,,,,,,,\r\n");
  const std::string whole = to_csv({"far", {"links.a.distance"}}, {run_of("80km", 1, 0.75)}, false);
  CHECK(whole.find("message,version,wall_seconds,finished,host\r\n") != std::string::npos);
  CHECK(whole.find(",1.2.3,0.5,2026-01-02T03:04:05Z,here\r\n") != std::string::npos);
}

TEST_CASE("the table for documents has means over seeds with their standard errors") {
  const std::string text = to_markdown(
      {"far", {"x"}}, {run_of("1", 1, 0.90), run_of("1", 2, 0.92), run_of("2", 1, 0.5), run_of("3", 1, {})});
  CHECK(text ==
        "| x | efficiency | step, one site | step, across sites | runs |\n|---|---|---|---|---|\n"
        "| 1 | 91.00 % ± 1.00 % | 1.5 s | 2 s | 2 |\n| 2 | 50.00 % | 1.5 s | 2 s | 1 |\n| 3 | | | | 0 of 1 |\n");
}

TEST_CASE("JSON has the same") {
  const json::value all = to_json({"far", {"x"}}, {run_of("1", 7, 0.9)}, true);
  CHECK(all.at("sweep") == "far");
  const json::value& run = all.at("runs").at(0);
  CHECK(run.at("values").at("x") == "1");
  CHECK(run.at("seed") == 7U);
  CHECK(run.at("efficiency") == 0.9);
  CHECK(run.at("points_loss") == 1.25);
  CHECK(run.at("points_schedule").is_null());
  CHECK(run.as_object().if_contains("host") == nullptr);
}

}  // namespace farlink::sweep
