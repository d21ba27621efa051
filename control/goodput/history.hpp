// SPDX-License-Identifier: Apache-2.0
// One history of a long job, exact to the picosecond: it trains step by step, stands still while it writes a
// checkpoint, and loses what it did since the last complete one when it is aborted. Steps are all of one length; what a
// cut of a link does to one was found out frame by frame (CutEffect). Rules, and the closed form they meet:
// docs/model.md.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

#include "control/scenario/scenario.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::goodput {

using units::Duration;

// What a cut does to the step in which it begins.
struct CutEffect {
  bool aborts = false;  // the job, `after` the cut began; else the step ends so much later
  Duration after;
};

// The cuts of one link: the effect of one that begins in the first, second, ... of equal parts of a step.
struct Cuts {
  Duration length;
  std::vector<CutEffect> by_part;  // not empty
};

struct Job {
  Duration duration, step;  // above zero
  scenario::Checkpoint checkpoint;
  std::vector<Cuts> cuts = {};
};

struct Interruption {
  Duration at;
  std::optional<std::uint32_t> cut = {};  // index into Job::cuts; unset: a failure of the job's own
};

// Where the time went; together the job's duration.
struct TimeSpent {
  Duration useful;       // steps that count
  Duration checkpoints;  // writing those that were completed
  Duration rework;       // done since the last complete checkpoint, and lost
  Duration restarts;     // from what ends the job until training goes on; for a cut, from its beginning
  Duration stalls;       // training that waited for a link, and was not aborted
  Duration unfinished;   // of the step that the end of the duration cut short
};

struct History {
  TimeSpent spent;
  std::uint64_t steps = 0;                                            // that count
  std::uint64_t checkpoints = 0, failures = 0, cuts = 0, aborts = 0;  // aborts: by a cut
};

// The next interruption, in order of time; none: there are no more.
using Interruptions = std::function<std::optional<Interruption>()>;

History history_of(const Job& job, const Interruptions& next);

}  // namespace farlink::goodput
