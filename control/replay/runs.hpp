// SPDX-License-Identifier: Apache-2.0
// The runs of one measurement, each on its own fabric. They do not depend on each other, so several may be under way at
// once; what is told of them does not depend on how many. A scenario that was added before is not run again.
#pragma once

#include <cstddef>
#include <deque>
#include <exception>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

#include "control/replay/efficiency.hpp"
#include "control/replay/jobs.hpp"

namespace farlink::replay {

class Runs {
 public:
  // All three must outlive this object; what is replayed is read by every run at once.
  Runs(const Jobs& replayed, const FabricFactory& factory, const MeasureCallback& progress)
      : replayed_{replayed}, factory_{factory}, progress_{progress} {}

  // In the order in which the results will be asked for. `may_abort`: a job that a failed queue pair aborts is a result
  // as well, although it is not valid.
  void add(const scenario::Scenario& scenario, const std::string& name, bool may_abort = false);

  // Makes the runs, up to `jobs` (1 or more) at a time, in the order they were added. A run that failed or is invalid
  // ends those behind it, whose results nobody will ask for, but not those before it. Throws fabric::Interrupted when
  // the callback says stop.
  void run_all(std::uint32_t jobs);

  // Of a scenario that was added. Throws what its run threw.
  const report::RunResult& result(const scenario::Scenario& scenario) const;

 private:
  struct Run {
    scenario::Scenario scenario;
    std::string name;
    bool may_abort = false;
    std::optional<report::RunResult> result;
    std::exception_ptr error;
    double done = 0;  // 0-1
    std::uint64_t frames = 0;
    bool has_ended = false;
  };

  void work();
  void make(std::size_t number);
  const Run* find(const scenario::Scenario& scenario) const;
  std::optional<std::size_t> next();
  bool tell(std::size_t number, double done, const fabric::Progress& engine);
  void end(std::size_t number, std::optional<report::RunResult> result, std::exception_ptr error);

  const Jobs& replayed_;
  const FabricFactory& factory_;
  const MeasureCallback& progress_;
  std::deque<Run> runs_;                                // scenario and name are constant while runs are made
  std::unordered_map<std::string, std::size_t> known_;  // scenarios as canonical text, into runs_
  std::uint32_t jobs_ = 1;

  std::mutex mutex_;  // of what follows, of the rest of each Run, and of the callback
  std::size_t next_ = 0;
  std::size_t wanted_ = 0;  // runs from this number on are not, or no longer, needed
  bool is_interrupted_ = false;
};

// False, with the reason in the result, when the run's emulator or link lost its way.
bool accept(report::Result& result, const report::RunResult& run);

}  // namespace farlink::replay
