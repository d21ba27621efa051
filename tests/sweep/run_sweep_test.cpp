// SPDX-License-Identifier: Apache-2.0
// Which runs are made, and what is kept of them; the measurement itself is a function of the scenario here.
#include "control/sweep/run_sweep.hpp"

#include <atomic>
#include <catch2/catch.hpp>
#include <map>
#include <mutex>

#include "control/fabric/fabric.hpp"
#include "control/sweep/sweep_file.hpp"
#include "tests/cli/process.hpp"

namespace farlink::sweep {
namespace {

// Efficiency = 1 / (1 + convergence x seed / 100), and how often each was asked for.
struct Asked {
  std::mutex mutex;
  std::map<std::string, int> times;
  std::size_t stops_after = ~std::size_t{0};

  Measure measure() {
    return [this](const scenario::Scenario& s, const Sweep&, const std::function<bool()>& keep_going) {
      std::size_t number = 0;
      {
        const std::lock_guard lock{mutex};
        ++times[s.hash];
        number = times.size();
      }
      if (number > stops_after || !keep_going()) throw fabric::Interrupted();
      report::Result result;
      const double rate = static_cast<double>(s.links[0].forward.rate.bits_per_second());
      if (s.run.seed == 13) throw std::runtime_error("unlucky");
      result.is_valid = s.run.seed != 12;
      result.why_invalid = result.is_valid ? "" : "a queue pair ran out of retries";
      if (result.is_valid) result.efficiency = 1 / (1 + 1e11 * static_cast<double>(s.run.seed) / rate);
      return result;
    };
  }
};

Sweep sweep_of(const std::string& seeds, const std::string& convergences = "[1, 2, 4, 8, 16]") {
  return parse("farlink-sweep: 1\nscenario: quick-80km.yaml\naxes: {links.west-east.convergence: " + convergences +
                   "}\nseeds: " + seeds + "\n",
               "scenarios/far.yaml");
}

std::map<std::string, double> found(Store& store) {
  std::map<std::string, double> by_key;
  for (const Store::Found& f : store.all())
    if (f.row && f.row->efficiency) by_key[f.place.key] = *f.row->efficiency;
  return by_key;
}

}  // namespace

TEST_CASE("every run is made once, on any number of threads") {
  std::map<std::string, double> first;
  for (const std::uint32_t jobs : {1U, 3U}) {
    const cli_test::Folder folder;
    Store store{folder.path() / "r.db", Store::Access::write};
    Asked asked;
    const SweepOutcome outcome = run_sweep(sweep_of("3"), store, asked.measure(), {.jobs = jobs});
    CHECK(outcome.runs == 15);
    CHECK(outcome.made == 15);
    CHECK(asked.times.size() == 15);
    for (const auto& [hash, times] : asked.times) CHECK(times == 1);
    const auto all = found(store);
    CHECK(all.size() == 15);
    if (jobs == 1) first = all;
    CHECK(all == first);
  }
}

TEST_CASE("a sweep that was stopped goes on, and one that was extended makes what is new") {
  const cli_test::Folder folder;
  Store store{folder.path() / "r.db", Store::Access::write};
  Asked stopped;
  stopped.stops_after = 4;
  const SweepOutcome half = run_sweep(sweep_of("2"), store, stopped.measure(), {.jobs = 1});
  CHECK(half.is_interrupted);
  CHECK(half.made == 4);
  CHECK(store.keys(true).size() == 4);
  Asked rest;
  const SweepOutcome whole = run_sweep(sweep_of("2"), store, rest.measure(), {.jobs = 2});
  CHECK(whole.kept == 4);
  CHECK(whole.made == 6);
  CHECK(rest.times.size() == 6);
  Asked more;
  const SweepOutcome extended = run_sweep(sweep_of("[1, 2, 3]", "[32, 16, 1]"), store, more.measure(), {.jobs = 2});
  CHECK(extended.runs == 9);
  CHECK(extended.kept == 4);
  CHECK(extended.made == 5);
  CHECK(store.all().size() == 9);
  CHECK(store.keys(true).size() == 15);
}

TEST_CASE("runs that fail or are invalid are kept with their reason, and made again when asked for") {
  const cli_test::Folder folder;
  Store store{folder.path() / "r.db", Store::Access::write};
  Asked asked;
  const SweepOutcome outcome = run_sweep(sweep_of("[11, 12, 13]", "[1]"), store, asked.measure(), {});
  CHECK(outcome.made == 3);
  CHECK(outcome.bad == 2);
  const std::vector<Store::Found> all = store.all();
  CHECK(all[0].row->status == Status::valid);
  CHECK(all[1].row->status == Status::invalid);
  CHECK(all[1].row->message == "a queue pair ran out of retries");
  CHECK(all[2].row->status == Status::failed);
  CHECK(all[2].row->message == "unlucky");
  CHECK_FALSE(all[2].row->efficiency);
  CHECK(run_sweep(sweep_of("[11, 12, 13]", "[1]"), store, asked.measure(), {}).made == 0);
  CHECK(run_sweep(sweep_of("[11, 12, 13]", "[1]"), store, asked.measure(), {.retries = true}).made == 2);
}

TEST_CASE("a value that the scenario refuses ends the sweep before its first run") {
  const cli_test::Folder folder;
  Store store{folder.path() / "r.db", Store::Access::write};
  Asked asked;
  CHECK_THROWS_WITH(run_sweep(sweep_of("1", "[1, 2, plenty]"), store, asked.measure(), {}), Catch::Contains("plenty"));
  CHECK(asked.times.empty());
}

TEST_CASE("progress counts what is done, and can stop the sweep") {
  const cli_test::Folder folder;
  Store store{folder.path() / "r.db", Store::Access::write};
  Asked asked;
  std::size_t last = 0;
  const SweepOutcome outcome =
      run_sweep(sweep_of("2"), store, asked.measure(), {.jobs = 1}, [&](const SweepProgress& state) {
        CHECK(state.runs == 10);
        CHECK(state.done >= last);
        last = state.done;
        return state.done < 3;
      });
  CHECK(outcome.is_interrupted);
  CHECK(outcome.made == 3);
}

}  // namespace farlink::sweep
