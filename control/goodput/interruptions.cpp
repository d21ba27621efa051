// SPDX-License-Identifier: Apache-2.0
#include "control/goodput/interruptions.hpp"

#include <algorithm>
#include <cmath>

#include "dataplane/link/exponential.hpp"

namespace farlink::goodput {
namespace {

constexpr std::uint32_t no_link = ~std::uint32_t{0};  // whose draws are the job's own

}  // namespace

DrawnInterruptions::DrawnInterruptions(const scenario::Scenario& scenario, std::uint64_t seed, Duration end)
    : end_{end} {
  std::uint32_t cut = 0;
  for (std::uint32_t i = 0; i < scenario.links.size(); ++i) {
    if (!scenario.links[i].faults) continue;
    add({.draws = {seed, i, 0, link::Stage::fault}, .mtbf = scenario.links[i].faults->mtbf, .cut = cut++});
  }
  if (scenario.run.long_run && scenario.run.long_run->mtbf)
    add({.draws = {seed, no_link, 0, link::Stage::fault}, .mtbf = *scenario.run.long_run->mtbf});
}

void DrawnInterruptions::add(Source source) {
  advance(source);
  sources_.push_back(source);
}

// Whole microseconds, rounded up, as cuts of a run frame by frame.
void DrawnInterruptions::advance(Source& source) const {
  const Duration microsecond = Duration::microseconds(1);
  const double interval = link::exponential(source.draws, source.number++) * (source.mtbf / microsecond);
  if (interval > end_ / microsecond) {
    source.at = end_;
    return;
  }
  source.at += microsecond * std::max<std::int64_t>(1, std::llround(std::ceil(interval)));
}

std::optional<Interruption> DrawnInterruptions::next() {
  const auto first =
      std::min_element(sources_.begin(), sources_.end(), [](const Source& a, const Source& b) { return a.at < b.at; });
  if (first == sources_.end() || first->at >= end_) return std::nullopt;
  const Interruption interruption{first->at, first->cut};
  advance(*first);
  return interruption;
}

}  // namespace farlink::goodput
