// SPDX-License-Identifier: Apache-2.0
// farlink sweep: many runs of one scenario, kept in a file, and gone on with when they were broken off.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <unistd.h>

#include "control/fabric_flows/limits.hpp"
#include "control/fabric_flows/rate_fabric.hpp"
#include "control/fabric_packets/packet_fabric.hpp"
#include "control/sweep/run_sweep.hpp"
#include "control/sweep/sweep_file.hpp"
#include "tools/farlink/command.hpp"
#include "tools/farlink/interruption.hpp"
#include "tools/farlink/lock_file.hpp"
#include "tools/farlink/measurement.hpp"
#include "tools/farlink/usable_cpus.hpp"

namespace farlink::cli {
namespace {

namespace fs = std::filesystem;

struct SweepCommandOptions {
  fs::path sweep, out;  // out "": NAME.db
  std::uint32_t jobs = 0;
  bool retries = false;
};

report::Result measure(const scenario::Scenario& scenario, const sweep::Sweep& what,
                       const std::function<bool()>& keep_going) {
  if (std::holds_alternative<scenario::Flows>(scenario.workload) ||
      std::holds_alternative<scenario::NoWorkload>(scenario.workload))
    throw std::runtime_error("has no training job, so there is no efficiency");
  const bool is_of_flows = what.fabric == "flows";
  if (is_of_flows) fabric_flows::check_limits(scenario);
  const replay::FabricFactory factory = [is_of_flows](const scenario::Scenario& of, const trace::Graph* job) {
    return is_of_flows ? fabric_flows::make_rate_fabric(of, job) : fabric_packets::make_packet_fabric_on({}, of, job);
  };
  const auto progress = [&keep_going](const replay::MeasureProgress&) { return keep_going(); };
  return measure_scenario(scenario, factory, {what.has_attribution, 1, is_of_flows}, progress);
}

std::string host_name() {
  char name[256] = {};
  return gethostname(name, sizeof name - 1) == 0 ? name : "";
}

// On a terminal alone.
class SweepLine {
 public:
  ~SweepLine() {
    if (is_drawn_) std::fputs("\n", stderr);
  }
  void show(const sweep::SweepProgress& state) {
    const auto now = std::chrono::steady_clock::now();
    if (!is_terminal_ || (is_drawn_ && state.done == done_ && now - drawn_ < std::chrono::seconds(1))) return;
    done_ = state.done;
    drawn_ = now;
    is_drawn_ = true;
    std::string left;
    if (state.seconds_left > 0) {
      const auto seconds = std::lround(state.seconds_left);
      left = seconds < 120 ? ", " + std::to_string(seconds) + " s left"
                           : ", " + std::to_string(seconds / 60) + " min left";
    }
    std::fprintf(stderr, "\r\033[K%zu of %zu runs, %u at a time%s%s", state.done, state.runs, state.jobs, left.c_str(),
                 state.bad > 0 ? (", " + std::to_string(state.bad) + " not valid").c_str() : "");
    std::fflush(stderr);
  }

 private:
  bool is_terminal_ = isatty(STDERR_FILENO) != 0;
  bool is_drawn_ = false;
  std::size_t done_ = 0;
  std::chrono::steady_clock::time_point drawn_;
};

ExitCode run(const SweepCommandOptions& options) {
  const sweep::Sweep what = sweep::load(options.sweep);
  const fs::path out = options.out.empty() ? fs::path(what.name + ".db") : options.out;
  const LockFile lock{fs::path(out.string() + ".lock"), out.string() + " is being filled by another farlink sweep"};
  catch_interruption();
  sweep::Store store{out, sweep::Store::Access::write};
  const sweep::SweepOptions how{.jobs = options.jobs > 0 ? options.jobs : std::max(1U, usable_cpus()),
                                .version = FARLINK_VERSION,
                                .host = host_name(),
                                .retries = options.retries};
  sweep::SweepOutcome outcome;
  {
    SweepLine line;
    outcome = sweep::run_sweep(what, store, measure, how, [&line](const sweep::SweepProgress& state) {
      line.show(state);
      return !is_interrupted();
    });
  }
  store.finish();
  std::printf("%s: %zu runs, %zu made now, %zu there before", what.name.c_str(), outcome.runs, outcome.made,
              outcome.kept);
  if (outcome.bad > 0) std::printf(", %zu not valid", outcome.bad);
  std::printf("\nresults: %s\n", out.string().c_str());
  if (outcome.is_interrupted) {
    std::fprintf(stderr, "farlink: interrupted; %zu of %zu runs are kept, the same command goes on with the rest\n",
                 outcome.kept + outcome.made, outcome.runs);
    return ExitCode::interrupted;
  }
  return outcome.bad > 0 ? ExitCode::invalid_run : ExitCode::met;
}

}  // namespace

void add_sweep_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("sweep", "Run a scenario at many points, and keep the results in a file");
  auto options = std::make_shared<SweepCommandOptions>();
  command->add_option("SWEEP", options->sweep, "a YAML file with a scenario and axes; docs/sweeps.md describes it")
      ->required();
  command
      ->add_option("-o,--out", options->out,
                   "the SQLite file of the results; NAME.db when not given. Runs that it has are not made again")
      ->type_name("FILE");
  command->add_option("-j,--jobs", options->jobs, "runs at a time; as many as there are CPUs when not given")
      ->type_name("N")
      ->check(CLI::Range(1, 4096));
  command->add_flag("--retry", options->retries, "make runs again that failed or were invalid");
  command->footer(
      "examples:\n"
      "  farlink sweep scenarios/sweeps/distance-convergence.yaml --out results.db\n"
      "  farlink report results.db --csv results.csv");
  command->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
}

}  // namespace farlink::cli
