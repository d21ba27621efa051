// SPDX-License-Identifier: Apache-2.0
// The number and its reasons: baseline, stretched run (once per seed) and the rungs of the attribution, each a replay
// of the same graph over a fabric of its own. Equivalent compute efficiency = step time of the baseline
// (scenario::single_site) / step time across sites; MFU = model FLOPs / (peak FLOP/s x step time).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "control/fabric/fabric.hpp"
#include "control/report/result.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::replay {

// Makes the fabric of one run. The graph is null for lab flows.
using FabricFactory = std::function<std::unique_ptr<fabric::Fabric>(const scenario::Scenario&, const trace::Graph*)>;

struct Options {
  bool attribution = true;                   // false: baseline and stretched run alone
  std::string version;                       // of the program, for the result
  const trace::Graph* second_job = nullptr;  // of Scenario::second_job; has passed trace::check, outlives the call
  std::uint32_t jobs = 1;                    // runs at a time, each on a thread of its own; changes wall time alone
};

struct MeasureProgress {
  std::string run;               // "single-site", "across-sites", "without loss", ...
  std::uint32_t run_number = 1;  // 1-based
  std::uint32_t run_count = 1;
  double done = 0;  // of this run's steps, 0-1
  fabric::Progress engine;
  struct All {
    std::uint32_t jobs = 1;  // runs at a time
    std::uint32_t ended = 0;
    double done = 0;  // of all runs, 0-1
    std::uint64_t data_frames = 0;
  } all;
};
// False asks to stop: measure() throws fabric::Interrupted. One call at a time, from the thread of any run.
using MeasureCallback = std::function<bool(const MeasureProgress&)>;

// The graph must have passed trace::check. Runs that equal an earlier one are not run again, rungs that change nothing
// are skipped with 0. With several jobs the factory is called from several threads, and holds as many fabrics at once.
// With several seeds: baseline, stretched run and rungs are made with each seed that makes a difference to them, and
// compared seed by seed; efficiency, step times, exposed communication and points are means over the seeds with their
// standard errors, steady steps are those of all seeds, the rest of single_site and across_sites is the first seed's.
// A run whose statistics are invalid ends the measurement: is_valid false, the reason, no efficiency. Throws
// fabric::Interrupted, trace::TraceError, std::invalid_argument (no steady step).
report::Result measure(const scenario::Scenario& scenario, const trace::Graph& graph, const FabricFactory& factory,
                       const Options& options, const MeasureCallback& progress = {});

// Lab flows: the fabric runs them itself. No graph, no efficiency. With several seeds one run for each: goodputs are
// means with their standard errors, all else is the first seed's. Throws fabric::Interrupted.
report::Result measure_flows(const scenario::Scenario& scenario, const FabricFactory& factory, const Options& options,
                             const MeasureCallback& progress = {});

// Each expectation against the result; one whose metric the result lacks is not met. Throws std::invalid_argument for a
// metric other than efficiency, mfu, exposed-communication (both of the run across sites; seconds) and goodput.
std::vector<report::Met> evaluate(const scenario::Scenario& scenario, const report::Result& result);

}  // namespace farlink::replay
