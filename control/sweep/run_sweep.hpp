// SPDX-License-Identifier: Apache-2.0
// Makes the runs of a sweep that its store does not have yet, several at a time. Each is in the store as soon as it is
// done, so that an end at any moment loses at most what is under way.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "control/report/result.hpp"
#include "control/scenario/scenario.hpp"
#include "control/sweep/store.hpp"
#include "control/sweep/sweep.hpp"

namespace farlink::sweep {

// One run, over the sweep's fabric and with its attribution; asked whether to go on every so often, and throws
// fabric::Interrupted when not. Called from several threads.
using Measure = std::function<report::Result(const scenario::Scenario& scenario, const Sweep& sweep,
                                             const std::function<bool()>& keep_going)>;

struct SweepOptions {
  std::uint32_t jobs = 1;  // runs at a time, each on a thread
  std::string version = {}, host = {};
  bool retries = false;  // runs that failed or were invalid are made again
};

struct SweepProgress {
  std::size_t runs = 0;     // of the sweep, each once
  std::size_t done = 0;     // in the store, those that were there before with them
  std::size_t bad = 0;      // failed or invalid, of those made now
  std::uint32_t jobs = 1;   // at a time
  double seconds_left = 0;  // at the pace of those made now; 0: not known
};
// False asks to stop. One call at a time, from the thread of any run.
using SweepCallback = std::function<bool(const SweepProgress&)>;

struct SweepOutcome {
  std::size_t runs = 0, kept = 0, made = 0, bad = 0;  // kept: there before; bad: of those made
  bool is_interrupted = false;
};

// Every point is read and checked before the first run: throws scenario::ScenarioError with the point's values. Throws
// StoreError; runs that are in the store then stay there.
SweepOutcome run_sweep(const Sweep& sweep, Store& store, const Measure& measure, const SweepOptions& options,
                       const SweepCallback& progress = {});

}  // namespace farlink::sweep
