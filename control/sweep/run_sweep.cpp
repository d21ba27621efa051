// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/run_sweep.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <exception>
#include <fstream>
#include <iterator>
#include <mutex>
#include <thread>
#include <vector>

#include "control/fabric/fabric.hpp"
#include "control/json/json.hpp"
#include "control/report/to_json.hpp"
#include "control/scenario/hash.hpp"
#include "control/scenario/parse.hpp"

namespace farlink::sweep {

namespace {

using Clock = std::chrono::steady_clock;

// A run that is to be made.
struct Task {
  std::vector<std::string> sets;
  std::string key;
};

std::string text_of(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) throw scenario::ScenarioError(file.string() + ": cannot be read; it is the sweep's scenario");
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string now_text() {
  const std::time_t now = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&now, &utc);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc)};
}

class Runner {
 public:
  Runner(const Sweep& sweep, Store& store, const Measure& measure, const SweepOptions& options,
         const SweepCallback& progress)
      : sweep_{sweep}, store_{store}, measure_{measure}, options_{options}, progress_{progress} {}

  SweepOutcome run() {
    text_ = text_of(sweep_.scenario);
    find_tasks();
    const auto jobs = static_cast<std::uint32_t>(
        std::min<std::size_t>(std::max(1U, options_.jobs), std::max<std::size_t>(1, tasks_.size())));
    began_ = Clock::now();
    tell();
    std::vector<std::jthread> threads;
    for (std::uint32_t i = 1; i < jobs; ++i) threads.emplace_back([this] { work(); });
    work();
    threads.clear();
    if (failure_) std::rethrow_exception(failure_);
    outcome_.is_interrupted = is_stopped_;
    return outcome_;
  }

 private:
  void find_tasks() {
    const std::unordered_set<std::string> there = store_.keys(!options_.retries);
    const std::vector<std::string> paths = paths_of(sweep_);
    std::unordered_set<std::string> seen;
    std::vector<Place> places;
    for (const Point& point : points_of(sweep_)) {
      for (const std::uint64_t seed : sweep_.seeds) {
        Task task;
        task.sets = sweep_.sets;
        for (std::size_t i = 0; i < paths.size(); ++i) task.sets.push_back(paths[i] + "=" + point.values[i]);
        task.sets.push_back("run.seed=" + std::to_string(seed));
        task.key = key_of(scenario_of(task).hash, sweep_.fabric, sweep_.has_attribution);
        places.push_back({point.values, seed, task.key});
        if (!seen.insert(task.key).second) continue;
        if (there.contains(task.key))
          ++outcome_.kept;
        else
          tasks_.push_back(std::move(task));
      }
    }
    outcome_.runs = seen.size();
    store_.set_places({sweep_.name, paths}, places);
  }

  scenario::Scenario scenario_of(const Task& task) const {
    return scenario::parse(text_, sweep_.scenario.string(), task.sets);
  }

  void work() {
    for (std::size_t i = next_++; i < tasks_.size() && !is_stopped_; i = next_++) {
      try {
        const RunRow row = row_of(tasks_[i]);
        const std::lock_guard lock{mutex_};
        store_.add(row);
        ++outcome_.made;
        outcome_.bad += row.status != Status::valid;
      } catch (const fabric::Interrupted&) {
        is_stopped_ = true;
      } catch (...) {
        const std::lock_guard lock{mutex_};
        if (!failure_) failure_ = std::current_exception();
        is_stopped_ = true;
      }
      tell();
    }
  }

  RunRow row_of(const Task& task) {
    const scenario::Scenario scenario = scenario_of(task);
    RunRow row;
    row.key = task.key;
    row.hash = scenario.hash;
    row.scenario = scenario::canonical_text(scenario);
    row.fabric = sweep_.fabric;
    row.version = options_.version;
    row.host = options_.host;
    row.seed = scenario.run.seed;
    const Clock::time_point began = Clock::now();
    try {
      const report::Result result = measure_(scenario, sweep_, [this] { return tell(); });
      row.status = result.is_valid ? Status::valid : Status::invalid;
      row.message = result.why_invalid;
      row.efficiency = result.efficiency;
      if (result.efficiency) {
        row.step_single_site = result.single_site.step_seconds;
        row.step_across_sites = result.across_sites.step_seconds;
        row.exposed_single_site = result.single_site.exposed_communication_seconds;
        row.exposed_across_sites = result.across_sites.exposed_communication_seconds;
      }
      row.result = json::to_line(report::to_json(result, true));
    } catch (const fabric::Interrupted&) {
      throw;
    } catch (const std::runtime_error& error) {  // a trace that does not fit these sites, say
      row.status = Status::failed;
      row.message = error.what();
    }
    row.wall_seconds = std::chrono::duration<double>(Clock::now() - began).count();
    row.finished = now_text();
    return row;
  }

  // False: stop.
  bool tell() {
    const std::lock_guard lock{mutex_};
    if (!progress_) return !is_stopped_;
    const double spent = std::chrono::duration<double>(Clock::now() - began_).count();
    const std::size_t left = tasks_.size() - outcome_.made;
    SweepProgress state{outcome_.runs, outcome_.kept + outcome_.made, outcome_.bad, options_.jobs, 0};
    if (outcome_.made > 0) state.seconds_left = spent * static_cast<double>(left) / static_cast<double>(outcome_.made);
    if (!progress_(state)) is_stopped_ = true;
    return !is_stopped_;
  }

  const Sweep& sweep_;
  Store& store_;
  const Measure& measure_;
  const SweepOptions& options_;
  const SweepCallback& progress_;
  std::string text_;
  std::vector<Task> tasks_;
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> is_stopped_ = false;
  std::mutex mutex_;  // store, outcome, failure and progress
  SweepOutcome outcome_;
  std::exception_ptr failure_;
  Clock::time_point began_;
};

}  // namespace

SweepOutcome run_sweep(const Sweep& sweep, Store& store, const Measure& measure, const SweepOptions& options,
                       const SweepCallback& progress) {
  return Runner{sweep, store, measure, options, progress}.run();
}

}  // namespace farlink::sweep
