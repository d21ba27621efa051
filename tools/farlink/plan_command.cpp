// SPDX-License-Identifier: Apache-2.0
// farlink plan: what being lossless over its distance takes of a scenario's links; with --live, what running it takes
// of a machine.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "control/headroom/plan.hpp"
#include "control/headroom/plan_text.hpp"
#include "control/json/json.hpp"
#include "control/live/live_plan.hpp"
#include "control/live/live_plan_text.hpp"
#include "control/report/write_file.hpp"
#include "control/scenario/parse.hpp"
#include "tools/farlink/command.hpp"

namespace farlink::cli {
namespace {

struct PlanOptions {
  std::filesystem::path scenario;
  std::vector<std::string> sets;
  std::string json;
  bool is_live = false;
};

template <class Plan>
ExitCode print(const PlanOptions& options, const Plan& plan) {
  std::string text = to_text(plan);
  if (!options.json.empty()) {
    const std::string document = json::to_text(to_json(plan));
    if (options.json == "-") {
      text = document;
    } else {
      report::write_file(options.json, document);
    }
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return ExitCode::met;
}

ExitCode plan(const PlanOptions& options) {
  const scenario::Scenario scenario = scenario::load(options.scenario, options.sets);
  if (options.is_live) return print(options, live::plan_live(live::demand_of(scenario)));
  return print(options, headroom::plan_lossless(scenario));
}

}  // namespace

void add_plan_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand(
      "plan", "What a scenario's links take to be lossless: headroom, XON, far buffers; or of a machine to run live");
  auto options = std::make_shared<PlanOptions>();
  command->add_option("SCENARIO", options->scenario, "scenario file")->required();
  command->add_flag("--live", options->is_live,
                    "plan for real traffic between DPDK ports instead: buffers, memory, hugepages, cores");
  command->add_option("--set", options->sets, "PATH=VALUE, set before planning; may be given several times")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all();
  command->add_option("--json", options->json, "write the figures as JSON; - is standard output")->type_name("FILE");
  command->footer(
      "examples:\n  farlink plan scenarios/field/unicom-lingang-300km.yaml --set "
      "links.west-east.lossless.pfc=end-to-end\n"
      "  farlink plan --live scenarios/lab/live-vhost.yaml\n"
      "  farlink plan --live scenarios/lab/live-vhost.yaml --set links.west-east.distance=80km --json -");
  command->callback([&chosen, options] { chosen = [options] { return plan(*options); }; });
}

}  // namespace farlink::cli
