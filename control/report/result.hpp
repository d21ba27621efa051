// SPDX-License-Identifier: Apache-2.0
// What a run found out: plain values that the text table, the JSON and the HTML report are written from. How each
// number is derived: docs/efficiency.md. Efficiencies 0-1, points 0-100, utilisation 0-1 of wire bytes.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "control/fabric/statistics.hpp"
#include "control/trace/graph.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::report {

using fabric::Completion;
using fabric::Dropped;
using fabric::FlowStatistics;
using fabric::LinkStatistics;
using fabric::Sample;

// One bar of the timeline.
struct Interval {
  double start_seconds = 0, end_seconds = 0;  // from the start of the drawn step
  trace::Phase phase = trace::Phase::other;
  bool is_communication = false;
  std::uint16_t microbatch = 0;
};
struct Lane {
  std::string name;  // "stage 3 (west)"
  std::vector<Interval> intervals;
};

// One replay: the single-site baseline, the stretched run, or a rung of the attribution.
// A job that ran beside the measured one.
struct SecondJob {
  std::uint64_t ranks = 0;
  std::uint64_t steps = 0;  // that all of its ranks ended before the measured job had
  double step_seconds = 0;  // mean of these; 0: none
};

struct RunResult {
  std::string name;           // "single-site", "across-sites", "without loss", ...
  double step_seconds = 0;    // slowest rank, mean of the steady-state steps
  std::vector<double> steps;  // every step, warm-up included
  // The steps that the mean is of; of several seeds one after the other.
  std::vector<double> steady_steps;
  double exposed_communication_seconds = 0;
  fabric::Statistics fabric;   // links, flows, messages, engine figures, validity
  std::vector<Lane> timeline;  // last step
  std::optional<SecondJob> second_job = {};
};

struct Attribution {
  std::string cause;  // loss congestion-control convergence distance schedule
  double points = 0;
  bool was_run = false;                     // false: nothing to remove, skipped with 0
  std::optional<double> points_error = {};  // standard error over seeds
};

// What one seed of several gave.
struct OfSeed {
  std::uint64_t seed = 0;
  double efficiency = 0;
  double step_single_site = 0, step_across_sites = 0;        // seconds
  double exposed_single_site = 0, exposed_across_sites = 0;  // seconds
  std::uint64_t retransmitted = 0, timeouts = 0;             // of the run across sites, like its messages
  Completion messages = {};
};

// Standard errors over seeds of figures that are means over them.
struct SeedErrors {
  double step_single_site = 0, step_across_sites = 0;
  double exposed_single_site = 0, exposed_across_sites = 0;
  std::optional<double> mfu_single_site, mfu_across_sites;
};

struct Met {
  std::string metric, expected;  // "efficiency", ">= 95%"
  double measured = 0;
  bool is_met = false;
};

// What a cut of a link does to the step in which it begins, found out frame by frame. What the shares leave of the step
// is where a cut meets no frame, and does nothing.
struct CutEffects {
  std::string link;
  double cut_seconds = 0;
  struct Moment {
    double moment = 0, share = 0;  // of the step, 0-1: when the cut that was tried began, and how much it stands for
    bool aborts = false;           // the job, so long after the cut began; else the step ends so much later
    double seconds = 0;
  };
  std::vector<Moment> moments;
};

// Hours of training (control/goodput). Shares are of the wall time; across sites unless it says otherwise; means over
// histories.
struct Goodput {
  struct Share {
    std::string of;  // useful checkpoints rework restarts stalls unfinished; together 1
    double share = 0;
  };
  double duration_seconds = 0;
  std::uint32_t histories = 0;
  double single_site = 0, across_sites = 0;    // training that counts
  double standard_error = 0, p5 = 0, p95 = 0;  // of across_sites, over histories
  double steps_single_site = 0, steps_across_sites = 0;
  std::optional<double> efficiency;  // steps across sites / steps in one site; none when there are none
  std::vector<Share> spent;
  double failures = 0, cuts = 0, aborts = 0;  // in one history; aborts: by cuts
  std::vector<CutEffects> effects;
};

struct Result {
  std::string scenario, scenario_hash, version;
  std::uint64_t seed = 0;
  std::uint32_t seeds = 1;
  std::string workload;  // one line for people
  std::uint64_t ranks = 0;
  bool is_valid = true;
  std::string why_invalid;
  std::optional<double> efficiency;        // none for lab flows
  std::optional<double> efficiency_error;  // standard error over seeds
  std::optional<double> mfu_single_site, mfu_across_sites;
  std::optional<SeedErrors> errors;  // with several seeds
  std::vector<OfSeed> by_seed;       // with several seeds
  RunResult single_site;             // empty for lab flows
  RunResult across_sites;
  std::vector<Attribution> attribution;
  std::optional<Goodput> goodput;  // of scenarios with run.duration
  std::vector<Met> expectations;
  std::string host;                      // where it ran; empty: not said
  std::vector<std::string> assumptions;  // said in the report: importer's and model's choices
};

}  // namespace farlink::report
