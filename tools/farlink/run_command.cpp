// SPDX-License-Identifier: Apache-2.0
// farlink run: one scenario to its efficiency, on the screen, as JSON and as a report.
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <spdlog/spdlog.h>
#include <string>
#include <vector>

#include "control/fabric_flows/limits.hpp"
#include "control/fabric_flows/rate_fabric.hpp"
#include "control/fabric_live/live_fabrics.hpp"
#include "control/fabric_packets/packet_fabric.hpp"
#include "control/headroom/plan.hpp"
#include "control/report/to_html.hpp"
#include "control/report/to_json.hpp"
#include "control/report/to_text.hpp"
#include "control/report/write_file.hpp"
#include "control/scenario/parse.hpp"
#include "tools/farlink/command.hpp"
#include "tools/farlink/interruption.hpp"
#include "tools/farlink/measurement.hpp"
#include "tools/farlink/progress_line.hpp"
#include "tools/farlink/usable_cpus.hpp"
#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {
namespace {

namespace fs = std::filesystem;

struct RunOptions {
  fs::path scenario;
  std::vector<std::string> sets;  // PATH=VALUE
  std::string json;               // a file, "-" for standard output, "" for none
  fs::path output;                // "": farlink-out/NAME
  std::string attribution = "full";
  std::uint32_t jobs = 0;  // 0: not given
  std::uint32_t threads = 1;
  std::string trains = "on";
  std::string fabric = "packets";
  bool is_deterministic = false;
  bool is_live = false;
  bool is_without_report = false;
};

// Found out before the run, not after minutes of it.
void check_targets(const RunOptions& options, const fs::path& output) {
  if (!options.json.empty() && options.json != "-") {
    const fs::path folder = fs::absolute(options.json).parent_path();
    if (!fs::is_directory(folder))
      throw UsageError("--json " + options.json + ": there is no folder " + folder.string());
    if (fs::is_directory(options.json)) throw UsageError("--json " + options.json + ": is a folder; give a file name");
  }
  if (options.is_without_report) return;
  for (fs::path folder = fs::absolute(output); !folder.empty(); folder = folder.parent_path()) {
    if (!fs::exists(folder)) continue;
    if (!fs::is_directory(folder))
      throw UsageError("-o " + output.string() + ": " + folder.string() + " is not a folder");
    return;
  }
}

// What carries the messages of each run: frames in virtual time, flows, or live frames.
replay::FabricFactory factory_for(fabric_live::LiveFabrics* live, const RunOptions& options) {
  if (options.fabric == "flows") return fabric_flows::make_rate_fabric;
  const fabric_packets::Speed speed{options.threads, options.trains == "on"};
  if (live == nullptr)
    return [speed](const scenario::Scenario& scenario, const trace::Graph* graph) {
      return fabric_packets::make_packet_fabric_on(speed, scenario, graph);
    };
  return [live](const scenario::Scenario& scenario, const trace::Graph* graph) { return live->make(scenario, graph); };
}

std::uint32_t jobs_of(const RunOptions& options) {
  return options.jobs > 0 ? options.jobs : std::max(1U, usable_cpus() / options.threads);
}

report::Result measure(const scenario::Scenario& scenario, const RunOptions& options, fabric_live::LiveFabrics* live) {
  const Measurement how{.has_attribution = options.attribution == "full",
                        .jobs = live != nullptr ? 1 : jobs_of(options),  // live runs would take each other's time
                        .is_of_flows = options.fabric == "flows"};
  ProgressLine line;
  const auto progress = [&line](const replay::MeasureProgress& state) {
    line.show(state);
    return !is_interrupted();
  };
  report::Result result = measure_scenario(scenario, factory_for(live, options), how, progress);
  if (live != nullptr) result.assumptions.insert(result.assumptions.end(), live->notes().begin(), live->notes().end());
  if (is_interrupted()) throw fabric::Interrupted();
  return result;
}

// Everything is made before anything is written.
void write_outputs(const report::Result& result, const RunOptions& options, const fs::path& output) {
  const std::string document = json::to_text(report::to_json(result, options.is_deterministic));
  std::string text = report::to_text(result, options.is_deterministic);
  if (!options.is_without_report) {
    const std::string page = report::to_html(result, options.is_deterministic);
    fs::create_directories(output);
    report::write_file(output / "report.html", page);
    report::write_file(output / "result.json", document);
    text += "report: " + (output / "report.html").string() + "\n";
  }
  if (options.json == "-") {
    text = document;
  } else if (!options.json.empty()) {
    report::write_file(options.json, document);
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
}

// What needs live ports and real time is not quietly left out.
void check_virtual(const scenario::Scenario& scenario, const fs::path& file) {
  if (std::holds_alternative<scenario::NoWorkload>(scenario.workload)) {
    throw UsageError(file.string() + ": has ports and no workload, so there is nothing to run in virtual time; use " +
                     "farlink up " + file.string() + ", or give it a workload");
  }
}

ExitCode run(const RunOptions& options) {
  if (options.is_live && options.is_deterministic)
    throw UsageError("--deterministic: no two runs in real time are the same; leave it or --live out");
  if (options.is_live && options.fabric == "flows")
    throw UsageError("--fabric flows: flows have no frames for --live to send; leave one of them out");
  const scenario::Scenario scenario = scenario::load(options.scenario, options.sets);
  if (options.fabric == "flows") fabric_flows::check_limits(scenario);
  if (!options.is_live) check_virtual(scenario, options.scenario);
  const fs::path output = options.output.empty() ? fs::path("farlink-out") / scenario.name : options.output;
  check_targets(options, output);
  catch_interruption();
  const auto live = options.is_live ? std::make_unique<fabric_live::LiveFabrics>(scenario) : nullptr;
  if (live) {
    for (const std::string& note : live->notes()) spdlog::warn("{}", note);
  }
  if (!live) {  // a live far edge pauses nobody
    for (const std::string& shortage : headroom::plan_lossless(scenario).shortages) spdlog::warn("{}", shortage);
  }
  spdlog::info("running {}", scenario.name);
  const report::Result result = measure(scenario, options, live.get());
  write_outputs(result, options, output);
  if (!result.is_valid) {
    spdlog::error("the run is invalid: {}", result.why_invalid);
    return ExitCode::invalid_run;
  }
  const bool is_met =
      std::all_of(result.expectations.begin(), result.expectations.end(), [](auto& met) { return met.is_met; });
  return is_met ? ExitCode::met : ExitCode::missed;
}

}  // namespace

void add_run_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("run", "Run a scenario: efficiency, what took the rest, report");
  auto options = std::make_shared<RunOptions>();
  command->add_option("SCENARIO", options->scenario, "a YAML file; farlink schema describes it")->required();
  command->add_option("--set", options->sets, "change a value, for example links.west-east.loss=10ppm; may be repeated")
      ->type_name("PATH=VALUE")
      ->expected(1)
      ->take_all();
  command
      ->add_option("--json", options->json,
                   "write the result as JSON; - is standard output, which then carries nothing else")
      ->type_name("FILE");
  command
      ->add_option("-o,--output", options->output,
                   "folder of report.html and result.json; farlink-out/NAME when not given")
      ->type_name("DIR");
  command
      ->add_option("--attribution", options->attribution, "full: say what took the lost points; none: two runs alone")
      ->check(CLI::IsMember({"full", "none"}))
      ->capture_default_str();
  command
      ->add_option(
          "-j,--jobs", options->jobs,
          "how many of the runs (baseline, stretched, one for each further seed and cause) at a time, each on "
          "a thread; results do not depend on it; when not given, as many as there are CPUs that this process may use "
          "for --threads each")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command
      ->add_option("--threads", options->threads,
                   "how many threads the sites of one run share, the fibre's delay being the lookahead; results do not "
                   "depend on it. Lab flows, jobs with transport.on-error: reconnect and --live take one")
      ->type_name("N")
      ->check(CLI::Range(1, 64))
      ->capture_default_str();
  command
      ->add_option(
          "--trains", options->trains,
          "on: what RNICs do while nothing can disturb them is worked out RNIC by RNIC; off: every frame is an "
          "event of its own. Results do not depend on it, their speed does")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  command
      ->add_option("--fabric", options->fabric,
                   "packets: every frame that crosses a link is moved, in virtual time; flows: messages are fluids "
                   "with closed forms for transport and loss, hundreds of times as fast, and within a point of "
                   "efficiency where docs/flows.md says so")
      ->check(CLI::IsMember({"packets", "flows"}))
      ->capture_default_str();
  command->add_flag("--deterministic", options->is_deterministic,
                    "leave out wall time and rates: equal seeds, equal bytes");
  command->add_flag("--no-report", options->is_without_report, "write no report.html and result.json");
  command->add_flag("--live", options->is_live,
                    "in real time, with real frames through in-process DPDK ports and the live link; no NIC needed");
  command->footer(
      "examples:\n"
      "  farlink run scenarios/quick-80km.yaml\n"
      "  farlink run scenarios/quick-80km.yaml --set links.west-east.distance=300km --set run.seed=2\n"
      "  farlink run scenarios/quick-80km.yaml --json - --no-report --attribution none\n"
      "  farlink run --live scenarios/lab/live-one-queue-pair.yaml");
  command->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
}

}  // namespace farlink::cli
