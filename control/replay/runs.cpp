// SPDX-License-Identifier: Apache-2.0
#include "control/replay/runs.hpp"

#include <algorithm>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "control/replay/run_replay.hpp"
#include "control/scenario/hash.hpp"

namespace farlink::replay {

bool accept(report::Result& result, const report::RunResult& run) {
  if (run.fabric.is_valid) return true;
  result.is_valid = false;
  result.why_invalid = "run '" + run.name + "': " + run.fabric.why_invalid;
  return false;
}

const Runs::Run* Runs::find(const scenario::Scenario& scenario) const {
  const auto found = known_.find(scenario::canonical_text(scenario));
  return found == known_.end() ? nullptr : &runs_[found->second];
}

void Runs::add(const scenario::Scenario& scenario, const std::string& name, bool may_abort) {
  if (!known_.emplace(scenario::canonical_text(scenario), runs_.size()).second) return;
  Run& run = runs_.emplace_back();
  run.scenario = scenario;
  run.name = name;
  run.may_abort = may_abort;
}

void Runs::run_all(std::uint32_t jobs) {
  wanted_ = runs_.size();
  jobs_ = static_cast<std::uint32_t>(std::min<std::size_t>(jobs, runs_.size()));
  std::vector<std::jthread> helpers;  // this thread works as well
  for (std::uint32_t i = 1; i < jobs_; ++i) helpers.emplace_back([this] { work(); });
  work();
  helpers.clear();  // joins
  if (is_interrupted_) throw fabric::Interrupted{};
}

const report::RunResult& Runs::result(const scenario::Scenario& scenario) const {
  const Run* run = find(scenario);
  if (run == nullptr) throw std::logic_error("Runs: the result of a run that was not added is asked for");
  if (run->error) std::rethrow_exception(run->error);
  if (!run->result)
    throw std::logic_error("Runs: the result of run '" + run->name + "', which was given up, is asked for");
  return *run->result;
}

void Runs::work() {
  while (const std::optional<std::size_t> number = next()) make(*number);
}

std::optional<std::size_t> Runs::next() {
  const std::lock_guard lock{mutex_};
  if (is_interrupted_ || next_ >= wanted_) return std::nullopt;
  return next_++;
}

void Runs::make(std::size_t number) {
  const Run& run = runs_[number];
  try {
    const bool has_second = replayed_.has_second(run.scenario);
    const Plan& plan = *replayed_.measured;
    const auto fabric = factory_(run.scenario, has_second ? &replayed_.places : &plan.graph());
    const auto ask = [&](double done, const fabric::Progress& engine) { return tell(number, done, engine); };
    const Plan* second = has_second ? replayed_.second : nullptr;
    end(number, run_replay(plan, run.scenario, *fabric, run.name, ask, second), nullptr);
  } catch (...) {
    end(number, std::nullopt, std::current_exception());
  }
}

bool Runs::tell(std::size_t number, double done, const fabric::Progress& engine) {
  const std::lock_guard lock{mutex_};
  if (is_interrupted_ || number >= wanted_) return false;
  runs_[number].done = done;
  runs_[number].frames = engine.data_frames;
  if (!progress_) return true;
  MeasureProgress report;
  report.run = runs_[number].name;
  report.run_number = static_cast<std::uint32_t>(number + 1);
  report.run_count = static_cast<std::uint32_t>(runs_.size());
  report.done = done;
  report.engine = engine;
  report.all.jobs = jobs_;
  for (const Run& run : runs_) {
    report.all.ended += run.has_ended ? 1 : 0;
    report.all.done += run.done / static_cast<double>(runs_.size());
    report.all.data_frames += run.frames;
  }
  is_interrupted_ = !progress_(report);
  return !is_interrupted_;
}

void Runs::end(std::size_t number, std::optional<report::RunResult> result, std::exception_ptr error) {
  const std::lock_guard lock{mutex_};
  Run& run = runs_[number];
  run.has_ended = true;
  run.result = std::move(result);
  run.error = std::move(error);
  const bool is_abort = run.may_abort && run.result && run.result->fabric.aborted_at_seconds;
  if (!run.result || (!run.result->fabric.is_valid && !is_abort)) {
    wanted_ = std::min(wanted_, number + 1);
    return;
  }
  run.done = 1;
  run.frames = run.result->fabric.data_frames;
}

}  // namespace farlink::replay
