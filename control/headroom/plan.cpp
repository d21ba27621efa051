// SPDX-License-Identifier: Apache-2.0
#include "control/headroom/plan.hpp"

#include <algorithm>
#include <variant>

#include "control/headroom/far_settings.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::headroom {

namespace {

using scenario::PfcMode;

std::uint32_t nics_of(const scenario::Scenario& scenario, const std::string& site) {
  if (const auto* flows = std::get_if<scenario::Flows>(&scenario.workload)) return flows->pairs;
  const auto found =
      std::find_if(scenario.sites.begin(), scenario.sites.end(), [&](const auto& s) { return s.name == site; });
  return found->gpus;
}

Bounds configured(const scenario::Lossless& lossless, const Bounds& need) {
  Bounds has;
  has.total = far_buffer(lossless, need);
  if (lossless.pfc == PfcMode::off || lossless.pfc == PfcMode::rate_matched) return has;
  const link::FarThresholdConfig config = thresholds(lossless, need, has.total);
  has.headroom = config.headroom;
  has.xoff = config.xoff;
  has.xon = config.xon;
  return has;
}

DirectionPlan plan_direction(const scenario::Scenario& scenario, const scenario::Link& link, std::uint32_t direction) {
  DirectionPlan plan;
  plan.link = link.name;
  plan.from = direction == 0 ? link.west : link.east;
  plan.to = direction == 0 ? link.east : link.west;
  plan.mode = link.lossless.pfc;
  plan.path = path_of(scenario, link, direction, nics_of(scenario, link.west), nics_of(scenario, link.east));
  plan.in_flight = units::bytes_in(plan.path.rate, plan.path.round_trip);
  plan.segmented = bounds(Scheme::segmented, plan.path);
  plan.end_to_end = bounds(Scheme::end_to_end, plan.path);
  plan.rate_matched = bounds(Scheme::rate_matched, plan.path);
  if (const auto scheme = scheme_of(plan.mode)) plan.need = bounds(*scheme, plan.path);
  plan.has = configured(link.lossless, plan.need);
  return plan;
}

// What to write: whole MiB that are enough.
Bytes whole(Bytes value) { return Bytes::mebi((value.count() + (1U << 20) - 1) >> 20); }

std::string setting(const DirectionPlan& d, const char* key, Bytes value) {
  return " links." + d.link + ".lossless." + key + "=" + units::to_text(value);
}

// One sentence for each value that is short.
void add_notes(std::vector<std::string>& notes, const DirectionPlan& d, const scenario::Lossless& lossless) {
  const auto note = [&](const std::string& text) {
    notes.push_back(d.link + " " + d.from + "->" + d.to + ": " + text);
  };
  if (d.mode == PfcMode::off)
    return note("pfc is off, so a far edge that fills drops; segmented would take " +
                units::to_text(whole(d.segmented.total)) + " of far buffer");
  if (d.mode == PfcMode::rate_matched) {
    if (d.has.total < d.need.total)
      note("the far buffer is short, and the run is refused: set" + setting(d, "far-buffer", whole(d.need.total)));
    return;
  }
  const std::string buffer = setting(d, "far-buffer", whole(d.need.xoff) + whole(d.need.headroom));
  if (d.has.headroom < d.need.headroom)
    note("the headroom is short, and a far edge that fills drops: set" + buffer +
         setting(d, "headroom", whole(d.need.headroom)));
  if (lossless.far_alpha)
    return note(
        "far-alpha moves the threshold with what is free; whether XON leaves enough to drain depends on the "
        "other priorities");
  if (d.has.xon < d.need.xon)
    note("XON comes too late, and the exits run dry after a pause: set" + buffer +
         setting(d, "far-xoff", whole(d.need.xoff)) + setting(d, "far-xon", whole(d.need.xon)));
}

}  // namespace

Plan plan_lossless(const scenario::Scenario& scenario) {
  Plan plan;
  for (const scenario::Link& link : scenario.links) {
    for (const std::uint32_t direction : {0U, 1U}) {
      plan.directions.push_back(plan_direction(scenario, link, direction));
      add_notes(plan.notes, plan.directions.back(), link.lossless);
    }
  }
  return plan;
}

}  // namespace farlink::headroom
