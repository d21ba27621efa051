// SPDX-License-Identifier: Apache-2.0
// Several runs at a time: the same bytes as one after the other, whoever ends first, and one voice towards the caller.
#include <atomic>
#include <barrier>
#include <catch2/catch.hpp>
#include <latch>

#include "control/json/json.hpp"
#include "control/replay/efficiency.hpp"
#include "control/report/to_json.hpp"
#include "tests/replay/ping_pong.hpp"

namespace farlink::replay {
namespace {

std::unique_ptr<testing::DelayLineFabric> make_fabric(const scenario::Scenario& scenario, const trace::Graph* graph) {
  return std::make_unique<testing::DelayLineFabric>(scenario, graph);
}

bool is_baseline(const scenario::Scenario& scenario) { return scenario.links[0].forward.delay == Duration::zero(); }
// Of the four runs only this one still has loss.
bool is_stretched(const scenario::Scenario& scenario) { return !scenario.links[0].forward.loss.is_zero(); }

std::string text_of(const report::Result& result) { return json::to_text(report::to_json(result, true)); }

Options with_jobs(std::uint32_t jobs) { return {.attribution = true, .version = "1", .jobs = jobs}; }

// So long that every run is told of many times.
scenario::Scenario long_run() {
  scenario::Scenario scenario = troubled();
  scenario.run.steps = 200;
  return scenario;
}

}  // namespace

TEST_CASE("the result is the same bytes for any number of jobs, with several seeds too") {
  const Job job = ping_pong();
  for (const std::uint32_t seeds : {1U, 3U}) {
    scenario::Scenario scenario = troubled();
    scenario.run.seeds = seeds;
    const std::string expected = text_of(measure(scenario, job.graph(), make_fabric, with_jobs(1)));
    for (const std::uint32_t jobs : {2U, 3U, 4U, 64U})
      CHECK(text_of(measure(scenario, job.graph(), make_fabric, with_jobs(jobs))) == expected);
  }
}

TEST_CASE("as many runs are under way at once as there are jobs, and no more") {
  const Job job = ping_pong();
  std::atomic<int> made{0}, alive{0}, most{0};
  std::barrier together{2};
  class Counted final : public fabric::Fabric {
   public:
    Counted(std::unique_ptr<fabric::Fabric> inner, std::atomic<int>& alive) : inner_{std::move(inner)}, alive_{alive} {}
    ~Counted() override { --alive_; }
    void run(std::span<fabric::SiteDriver* const> drivers, const fabric::ProgressCallback& progress) override {
      inner_->run(drivers, progress);
    }
    fabric::Statistics statistics() const override { return inner_->statistics(); }

   private:
    std::unique_ptr<fabric::Fabric> inner_;
    std::atomic<int>& alive_;
  };
  const FabricFactory factory = [&](const scenario::Scenario& scenario, const trace::Graph* graph) {
    ++made;
    const int now = ++alive;
    for (int before = most; before < now && !most.compare_exchange_weak(before, now);) continue;
    together.arrive_and_wait();  // would wait for ever if runs were made one by one
    return std::make_unique<Counted>(make_fabric(scenario, graph), alive);
  };
  const auto result = measure(troubled(), job.graph(), factory, with_jobs(2));
  CHECK(result.efficiency);
  CHECK(made == 4);
  CHECK(most == 2);
  CHECK(alive == 0);
}

TEST_CASE("progress is told by one voice, and adds up over the runs") {
  const Job job = ping_pong();
  std::atomic<bool> is_inside{false};
  bool has_overlapped = false;
  double last = 0;
  std::uint32_t most_ended = 0;
  const auto watch = [&](const MeasureProgress& progress) {
    has_overlapped |= is_inside.exchange(true);
    has_overlapped |= progress.all.done < last || progress.all.done >= 1;
    last = progress.all.done;
    most_ended = std::max(most_ended, progress.all.ended);
    has_overlapped |= progress.run_count != 4 || progress.all.jobs != 3 || progress.run_number > 4;
    is_inside = false;
    return true;
  };
  measure(long_run(), job.graph(), make_fabric, with_jobs(3), watch);
  CHECK_FALSE(has_overlapped);
  CHECK(last > 0.9);
  CHECK(most_ended <= 3);  // a run may end after the last word of all others
}

TEST_CASE("stop ends every run") {
  const Job job = ping_pong();
  int calls = 0;
  const auto stop_at_third = [&](const MeasureProgress&) { return ++calls < 3; };
  CHECK_THROWS_AS(measure(long_run(), job.graph(), make_fabric, with_jobs(4), stop_at_third), fabric::Interrupted);
  CHECK(calls == 3);  // nobody is asked again
}

TEST_CASE("of several that fail the first in order counts, not the first in time") {
  const Job job = ping_pong();
  std::latch later_has_failed{1};
  const FabricFactory throwing = [&](const scenario::Scenario& scenario,
                                     const trace::Graph* graph) -> std::unique_ptr<fabric::Fabric> {
    if (is_baseline(scenario)) {
      later_has_failed.wait();
      throw std::runtime_error("baseline");
    }
    if (!is_stretched(scenario)) return make_fabric(scenario, graph);
    later_has_failed.count_down();
    throw std::runtime_error("stretched");
  };
  CHECK_THROWS_WITH(measure(troubled(), job.graph(), throwing, with_jobs(2)), "baseline");

  std::latch rung_has_failed{1};
  const FabricFactory invalid = [&](const scenario::Scenario& scenario,
                                    const trace::Graph* graph) -> std::unique_ptr<fabric::Fabric> {
    auto fabric = make_fabric(scenario, graph);
    if (is_baseline(scenario)) return fabric;
    if (is_stretched(scenario)) {
      rung_has_failed.wait();
      fabric->break_conservation();
      return fabric;
    }
    rung_has_failed.count_down();
    throw std::runtime_error("rung");
  };
  const auto result = measure(troubled(), job.graph(), invalid, with_jobs(2));
  CHECK_FALSE(result.is_valid);
  CHECK(result.why_invalid == "run 'across-sites': link west-east, west->east: frames in do not equal frames out");
}

}  // namespace farlink::replay
