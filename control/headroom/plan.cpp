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
  plan.relay = bounds(Scheme::relay, plan.path);
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

// Room above the near edge's XOFF for what its RNICs have begun.
Bytes near_headroom(const Path& path) { return path.frame * (path.senders + 1ULL); }

// One sentence for each value that is short.
void add_notes(Plan& plan, const DirectionPlan& d, const scenario::Lossless& lossless) {
  const auto note = [&](const std::string& text) {
    plan.notes.push_back(d.link + " " + d.from + "->" + d.to + ": " + text);
  };
  const bool is_default = lossless.far_buffer == scenario::Lossless{}.far_buffer && !lossless.headroom &&
                          !lossless.far_xoff && !lossless.far_xon;
  const auto short_of = [&](const std::string& text, bool is_written = true) {
    note(text);
    if (is_written) plan.shortages.push_back(plan.notes.back());
  };
  if (d.mode == PfcMode::off)
    return note("pfc is off, so a far edge that fills drops; segmented would take " +
                units::to_text(whole(d.segmented.total)) + " of far buffer");
  if (lossless.buffer < lossless.xoff + near_headroom(d.path))
    short_of("the near buffer is short, and drops what its senders have begun when it pauses them: set" +
             setting(d, "buffer", whole(lossless.xoff + near_headroom(d.path))) + setting(d, "xoff", lossless.xoff));
  if (d.mode == PfcMode::rate_matched) {
    if (d.has.total < d.need.total)
      short_of("the far buffer is short, and the run is refused: set" + setting(d, "far-buffer", whole(d.need.total)));
    return;
  }
  const std::string buffer = setting(d, "far-buffer", whole(d.need.xoff) + whole(d.need.headroom));
  if (d.has.headroom < d.need.headroom)
    short_of("the headroom is short, and a far edge that fills drops: set" + buffer +
                 setting(d, "headroom", whole(d.need.headroom)),
             !is_default);
  if (lossless.far_alpha)
    return note(
        "far-alpha moves the threshold with what is free; whether XON leaves enough to drain depends on the "
        "other priorities");
  const std::string xoff = setting(d, "far-xoff", whole(d.need.xoff));
  if (d.mode == PfcMode::relay) {
    // Receivers that pause more often lose more, and need more for it.
    if (d.has.xon < d.need.xon || d.has.xoff - d.has.xon < d.need.xon)
      short_of("the receivers pause too often for what XON leaves them, and the exits may run dry: set" + buffer +
                   xoff + setting(d, "far-xon", whole(d.need.xoff) / 2),
               !is_default);
    return;
  }
  if (d.has.xon < d.need.xon)
    short_of("XON comes too late, and the exits run dry after a pause: set" + buffer + xoff +
                 setting(d, "far-xon", whole(d.need.xon)),
             !is_default);
}

}  // namespace

Plan plan_lossless(const scenario::Scenario& scenario) {
  Plan plan;
  for (const scenario::Link& link : scenario.links) {
    for (const std::uint32_t direction : {0U, 1U}) {
      plan.directions.push_back(plan_direction(scenario, link, direction));
      add_notes(plan, plan.directions.back(), link.lossless);
    }
  }
  return plan;
}

}  // namespace farlink::headroom
