// SPDX-License-Identifier: Apache-2.0
#include "control/report/page_data.hpp"

#include <cmath>

#include "control/report/format.hpp"
#include "control/report/to_json.hpp"

namespace farlink::report {

namespace {

constexpr unsigned communication_bit = 16;

std::int64_t nanoseconds(double seconds) { return std::isfinite(seconds) ? std::llround(seconds * 1e9) : 0; }

json::value lane(const Lane& lane) {
  json::array intervals;
  intervals.reserve(lane.intervals.size() * 4);
  std::int64_t last_end = 0;
  for (const Interval& i : lane.intervals) {
    const std::int64_t start = nanoseconds(i.start_seconds);
    const std::int64_t end = nanoseconds(i.end_seconds);
    intervals.emplace_back(start - last_end);
    intervals.emplace_back(end - start);
    intervals.emplace_back(static_cast<unsigned>(i.phase) + (i.is_communication ? communication_bit : 0U));
    intervals.emplace_back(i.microbatch);
    last_end = end;
  }
  return json::object{{"name", printable(lane.name)}, {"intervals", std::move(intervals)}};
}

json::array lanes(const RunResult& run) {
  json::array out;
  for (const Lane& l : run.timeline) out.emplace_back(lane(l));
  return out;
}

json::value series(const LinkStatistics& link) {
  json::array start, utilisation, queue;
  for (const Sample& s : link.samples) {
    start.emplace_back(nanoseconds(s.start_seconds));
    utilisation.emplace_back(std::round(s.utilisation * 1e4));  // hundredths of a percent
    queue.emplace_back(s.queue_peak_bytes);
  }
  return json::object{
      {"start", std::move(start)}, {"utilisation", std::move(utilisation)}, {"queue", std::move(queue)}};
}

// In the order of trace::Phase.
json::array phase_names() {
  return {"other", "forward", "backward", "tensor", "activation", "gradient_activation", "gradient", "optimizer"};
}

}  // namespace

json::value page_data(const Result& result, bool deterministic) {
  json::array samples;
  for (const LinkStatistics& l : result.across_sites.fabric.links) samples.emplace_back(series(l));
  return json::object{
      {"result", to_json(result, deterministic)},
      {"phases", phase_names()},
      {"timeline", {{"single_site", lanes(result.single_site)}, {"across_sites", lanes(result.across_sites)}}},
      {"samples", std::move(samples)}};
}

}  // namespace farlink::report
