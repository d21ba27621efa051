// SPDX-License-Identifier: Apache-2.0
// run.duration, run.checkpoint, run.mtbf: hours of training.
#include "control/scenario/sections.hpp"

namespace farlink::scenario {
namespace {

constexpr double most_interruptions = 50'000;

void check_workload(const Reader& top, const Reader& run) {
  const Reader workload = top.section("workload");
  if (!top.has("workload") || workload.has("flows"))
    run.refuse("duration", "is of a training job: its steps are what the hours are composed of");
  if (!top.list("events").empty())
    run.refuse("duration",
               "leaves no place for 'events', which have their time in seconds of the steps; write "
               "links.NAME.faults, or leave one of them out");
}

// Each cut is measured in the last step but one, so that the last one shows what it leaves behind.
void check_faults(const Reader& top, const Reader& reader, const Run& run, Duration duration) {
  for (const auto& [name, link] : top.named("links")) {
    if (!link.has("faults")) continue;
    const Reader faults = link.section("faults");
    if (faults.has("until"))
      faults.refuse("until", "is for runs of seconds; with run.duration faults come all the time");
    if (duration / faults.duration("mtbf", {}) > most_interruptions)
      faults.refuse("mtbf", "leaves room for more than 50000 cuts in run.duration; make it longer");
    if (run.steps < run.warmup + 2)
      reader.refuse("steps", "must be two more than warmup (" + std::to_string(run.warmup) +
                                 ") with faults and duration: a cut is measured in the last step but one, and what it "
                                 "leaves behind in the last");
  }
}

}  // namespace

std::optional<LongRun> read_long_run(const Reader& top, const Run& run) {
  const Reader reader = top.section("run");
  if (!reader.has("duration")) {
    for (const auto* key : {"checkpoint", "mtbf"})
      if (reader.has(key)) reader.refuse(key, "is for hours of training; give run.duration, such as 24h");
    return std::nullopt;
  }
  if (!reader.has("checkpoint"))
    reader.refuse("checkpoint",
                  "is missing; with duration write for example "
                  "checkpoint: {every: 30min, write: 60s, restart: 5min}");
  check_workload(top, reader);
  LongRun hours;
  hours.duration = reader.duration("duration", {});
  const Reader checkpoint = reader.section("checkpoint");
  hours.checkpoint.every = checkpoint.duration("every", {});
  hours.checkpoint.write = checkpoint.duration("write", {});
  hours.checkpoint.restart = checkpoint.duration("restart", {});
  if (reader.has("mtbf")) hours.mtbf = reader.duration("mtbf", {});
  if (hours.mtbf && hours.duration / *hours.mtbf > most_interruptions)
    reader.refuse("mtbf", "leaves room for more than 50000 failures in run.duration; make it longer");
  check_faults(top, reader, run, hours.duration);
  return hours;
}

}  // namespace farlink::scenario
