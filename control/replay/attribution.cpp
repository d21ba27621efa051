// SPDX-License-Identifier: Apache-2.0
#include "control/replay/attribution.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <variant>

#include "control/scenario/hash.hpp"
#include "control/scenario/variants.hpp"

namespace farlink::replay {

namespace {

std::ptrdiff_t events_of_backpressure(const scenario::Scenario& scenario) {
  return std::count_if(scenario.events.begin(), scenario.events.end(), [](const scenario::Event& event) {
    const auto sets_it = [](const std::string& value) { return value.starts_with("lossless"); };
    return std::any_of(event.set.begin(), event.set.end(), sets_it) ||
           std::any_of(event.route.begin(), event.route.end(), sets_it);
  });
}

bool has_congestion_control(const scenario::Scenario& scenario) {
  return !std::holds_alternative<std::monostate>(scenario.transport.congestion_control);
}

bool has_same_backpressure(const scenario::Scenario& a, const scenario::Scenario& b) {
  if (events_of_backpressure(a) != events_of_backpressure(b)) return false;
  return std::equal(a.links.begin(), a.links.end(), b.links.begin(), b.links.end(),
                    [](const scenario::Link& x, const scenario::Link& y) { return x.lossless == y.lossless; });
}

}  // namespace

std::vector<Rung> ladder(const scenario::Scenario& scenario) {
  using Remove = scenario::Scenario (*)(scenario::Scenario);
  constexpr std::pair<const char*, Remove> steps[] = {{"loss", scenario::without_loss},
                                                      {"congestion-control", scenario::without_congestion_control},
                                                      {"convergence", scenario::without_convergence},
                                                      {"distance", scenario::without_distance}};
  std::vector<Rung> rungs;
  for (const auto& [cause, remove] : steps) {
    const scenario::Scenario& before = rungs.empty() ? scenario : rungs.back().scenario;
    scenario::Scenario after = remove(before);
    // Marks that no congestion control answers move no frame: without one, only the missing back-pressure counts.
    const bool is_unanswered = std::string_view{cause} == "congestion-control" && !has_congestion_control(before) &&
                               has_same_backpressure(before, after);
    const bool changes = !is_unanswered && !is_same_run(before, after);
    rungs.push_back({cause, std::move(after), changes});
  }
  return rungs;
}

bool is_same_run(const scenario::Scenario& a, const scenario::Scenario& b) {
  return scenario::canonical_text(a) == scenario::canonical_text(b);
}

std::vector<report::Attribution> attribute(double efficiency, std::span<const Rung> rungs,
                                           std::span<const double> after) {
  std::vector<report::Attribution> attribution;
  double before = efficiency;
  for (std::size_t i = 0; i < rungs.size(); ++i) {
    const double now = rungs[i].changes ? after[i] : before;
    attribution.push_back({rungs[i].cause, 100 * now - 100 * before, rungs[i].changes});
    before = now;
  }
  const double rest = 100 - 100 * before;
  attribution.push_back({"schedule", rest, rest != 0});
  return attribution;
}

}  // namespace farlink::replay
