// SPDX-License-Identifier: Apache-2.0
// farlink plan --live: what a scenario takes of a machine to run live.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "control/json/json.hpp"
#include "control/live/live_plan.hpp"
#include "control/live/live_plan_text.hpp"
#include "control/report/write_file.hpp"
#include "control/scenario/parse.hpp"
#include "tools/farlink/command.hpp"
#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {
namespace {

struct PlanOptions {
  std::filesystem::path scenario;
  std::vector<std::string> sets;
  std::string json;
  bool is_live = false;
};

ExitCode plan(const PlanOptions& options) {
  if (!options.is_live) {
    throw UsageError(
        "plan: this version of farlink answers what a live run takes (plan --live SCENARIO); how far, how "
        "converged or how lossy a link may be comes with a later one");
  }
  const live::LivePlan plan = live::plan_live(live::demand_of(scenario::load(options.scenario, options.sets)));
  std::string text = live::to_text(plan);
  if (!options.json.empty()) {
    const std::string document = json::to_text(live::to_json(plan));
    if (options.json == "-") {
      text = document;
    } else {
      report::write_file(options.json, document);
    }
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ExitCode::met;
}

}  // namespace

void add_plan_command(CLI::App& app, Command& chosen) {
  CLI::App* command =
      app.add_subcommand("plan", "What a scenario takes to run live: buffers, memory, hugepages, cores");
  auto options = std::make_shared<PlanOptions>();
  command->add_option("SCENARIO", options->scenario, "scenario file")->required();
  command->add_flag("--live", options->is_live, "plan for real traffic between DPDK ports");
  command->add_option("--set", options->sets, "PATH=VALUE, set before planning; may be given several times")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all();
  command->add_option("--json", options->json, "write the figures as JSON; - is standard output")->type_name("FILE");
  command->footer(
      "examples:\n  farlink plan --live scenarios/lab/live-vhost.yaml\n"
      "  farlink plan --live scenarios/lab/live-vhost.yaml --set links.west-east.distance=80km --json -");
  command->callback([&chosen, options] { chosen = [options] { return plan(*options); }; });
}

}  // namespace farlink::cli
