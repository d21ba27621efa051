// SPDX-License-Identifier: Apache-2.0
#include "control/report/to_json.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "control/report/format.hpp"
#include "control/report/step_distribution.hpp"

namespace farlink::report {

namespace {

// JSON has no infinity: what could not be measured is null.
json::value number(double value) { return std::isfinite(value) ? json::value(value) : json::value(nullptr); }
json::value number(const std::optional<double>& value) { return value ? number(*value) : json::value(nullptr); }
json::value text(std::string_view value) { return json::value(printable(value)); }
json::value step_seconds(const RunResult& run) {
  return run.step_seconds > 0 ? number(run.step_seconds) : json::value(nullptr);
}

json::object dropped(const Dropped& d) {
  return {{"queue", d.queue},         {"headroom", d.headroom}, {"random", d.random}, {"burst", d.burst},
          {"bit-error", d.bit_error}, {"listed", d.listed},     {"cut", d.cut}};
}

json::object completion(const Completion& c) {
  return {{"p50_seconds", number(c.p50_seconds)},
          {"p99_seconds", number(c.p99_seconds)},
          {"max_seconds", number(c.max_seconds)},
          {"messages", c.messages}};
}

json::object link(const LinkStatistics& l) {
  json::object out{{"name", text(l.name)},
                   {"direction", text(l.direction)},
                   {"frames_in", l.frames_in},
                   {"frames_duplicated", l.frames_duplicated},
                   {"frames_generated", l.frames_generated},
                   {"frames_out", l.frames_out},
                   {"frames_absorbed", l.frames_absorbed},
                   {"frames_held", l.frames_held},
                   {"dropped", dropped(l.dropped)},
                   {"ecn_marked", l.ecn_marked},
                   {"wire_bytes", l.wire_bytes},
                   {"utilisation", number(l.utilisation)},
                   {"queue_peak_bytes", l.queue_peak_bytes},
                   {"buffer_bytes", l.buffer_bytes},
                   {"rate_bps", number(l.rate_bps)},
                   {"one_way_delay_seconds", number(l.one_way_delay_seconds)},
                   {"paused_seconds", number(l.paused_seconds)},
                   {"far_queue_peak_bytes", l.far_queue_peak_bytes},
                   {"far_buffer_bytes", l.far_buffer_bytes},
                   {"far_paused_seconds", number(l.far_paused_seconds)},
                   {"far_pauses", l.far_pauses},
                   {"pause_frames", l.pause_frames},
                   {"pauses_expired", l.pauses_expired},
                   {"watchdog_dropped", l.watchdog_dropped}};
  if (l.near_cnps > 0) out["near_cnps"] = l.near_cnps;
  if (l.frames_background == 0) return out;
  out["frames_background"] = l.frames_background;
  out["background_dropped"] = l.background_dropped;
  return out;
}

json::object flow(const FlowStatistics& f) {
  json::object out{{"name", text(f.name)},
                   {"goodput_bps", number(f.goodput_bps)},
                   {"sent", f.sent},
                   {"retransmitted", f.retransmitted},
                   {"lost", f.lost},
                   {"timeouts", f.timeouts},
                   {"completion", completion(f.completion)}};
  if (f.goodput_error_bps) out["goodput_error_bps"] = number(*f.goodput_error_bps);
  return out;
}

json::object event(const fabric::LinkEvent& e) {
  json::object out{{"at_seconds", number(e.at_seconds)},
                   {"link", text(e.link)},
                   {"direction", text(e.direction)},
                   {"what", text(e.what)}};
  if (e.lag_seconds) out["lag_seconds"] = number(*e.lag_seconds);
  return out;
}

json::object engine(const Result& result, bool deterministic) {
  const fabric::Statistics& fabric = result.across_sites.fabric;
  json::object out{{"frames", fabric.data_frames}, {"virtual_seconds", number(fabric.virtual_seconds)}};
  if (deterministic) return out;
  const double rate = fabric.wall_seconds > 0 ? static_cast<double>(fabric.data_frames) / fabric.wall_seconds : 0;
  out["wall_seconds"] = number(fabric.wall_seconds);
  out["frames_per_second"] = number(rate);
  out["threads"] = fabric.threads;
  if (!result.host.empty()) out["host"] = text(result.host);
  return out;
}

json::object live(const fabric::LiveStatistics& l) {
  return {{"lag_median_ns", number(l.lag_median_ns)},
          {"lag_p99_ns", number(l.lag_p99_ns)},
          {"lag_max_ns", number(l.lag_max_ns)},
          {"control_lag_p99_ns", number(l.control_lag_p99_ns)},
          {"excess_delay_median_ns", number(l.excess_delay_median_ns)},
          {"stolen_seconds", number(l.stolen_seconds)},
          {"control_stolen_seconds", number(l.control_stolen_seconds)},
          {"longest_gap_seconds", number(l.longest_gap_seconds)}};
}

template <typename Items, typename Convert>
json::array array_of(const Items& items, Convert convert) {
  json::array out;
  out.reserve(items.size());
  for (const auto& item : items) out.emplace_back(convert(item));
  return out;
}

json::object distribution(const std::vector<double>& seconds) {
  constexpr std::size_t most = 10'000;
  const StepDistribution d = distribution_of(seconds);
  json::array all;
  for (std::size_t i = 0; i < std::min(most, seconds.size()); ++i) all.emplace_back(number(seconds[i]));
  return {{"steps", d.steps},
          {"min_seconds", number(d.min_seconds)},
          {"p50_seconds", number(d.p50_seconds)},
          {"p99_seconds", number(d.p99_seconds)},
          {"max_seconds", number(d.max_seconds)},
          {"seconds", std::move(all)}};
}

json::object of_seed(const OfSeed& s) {
  return {
      {"seed", s.seed},
      {"efficiency", number(s.efficiency)},
      {"step_seconds", {{"single_site", number(s.step_single_site)}, {"across_sites", number(s.step_across_sites)}}},
      {"exposed_communication_seconds", number(s.exposed_across_sites)},
      {"exposed_communication_single_site_seconds", number(s.exposed_single_site)},
      {"messages", completion(s.messages)},
      {"retransmitted", s.retransmitted},
      {"timeouts", s.timeouts}};
}

// Only where there is more than one step, and more than one seed.
void add_spread(json::object& out, const Result& r) {
  if (r.across_sites.steady_steps.size() > 1) {
    out["step_distribution"] = {{"single_site", distribution(r.single_site.steady_steps)},
                                {"across_sites", distribution(r.across_sites.steady_steps)}};
  }
  if (!r.errors || !r.is_valid) return;
  const SeedErrors& e = *r.errors;
  out["errors"] = {
      {"step_seconds", {{"single_site", number(e.step_single_site)}, {"across_sites", number(e.step_across_sites)}}},
      {"mfu", {{"single_site", number(e.mfu_single_site)}, {"across_sites", number(e.mfu_across_sites)}}},
      {"exposed_communication_seconds", number(e.exposed_across_sites)},
      {"exposed_communication_single_site_seconds", number(e.exposed_single_site)}};
  out["by_seed"] = array_of(r.by_seed, of_seed);
}

json::object attribution(const Attribution& a) {
  json::object out{{"cause", text(a.cause)}, {"points", number(a.points)}, {"was_run", a.was_run}};
  if (a.points_error) out["points_error"] = number(*a.points_error);
  return out;
}

json::object cut_effects(const CutEffects& e) {
  return {{"link", text(e.link)},
          {"cut_seconds", number(e.cut_seconds)},
          {"moments", array_of(e.moments, [](const auto& m) {
             return json::object{{"moment", number(m.moment)},
                                 {"share", number(m.share)},
                                 {"aborts", m.aborts},
                                 {"seconds", number(m.seconds)}};
           })}};
}

json::object goodput(const Goodput& g) {
  json::object spent;
  for (const Goodput::Share& share : g.spent) spent[share.of] = number(share.share);
  return {{"duration_seconds", number(g.duration_seconds)},
          {"histories", g.histories},
          {"single_site", number(g.single_site)},
          {"across_sites", number(g.across_sites)},
          {"standard_error", number(g.standard_error)},
          {"p5", number(g.p5)},
          {"p95", number(g.p95)},
          {"steps", {{"single_site", number(g.steps_single_site)}, {"across_sites", number(g.steps_across_sites)}}},
          {"efficiency", number(g.efficiency)},
          {"spent", std::move(spent)},
          {"failures", number(g.failures)},
          {"cuts", number(g.cuts)},
          {"aborts", number(g.aborts)},
          {"effects", array_of(g.effects, cut_effects)}};
}

void add_efficiency(json::object& out, const Result& r) {
  out["efficiency"] = r.is_valid ? number(r.efficiency) : json::value(nullptr);
  out["efficiency_error"] = r.is_valid ? number(r.efficiency_error) : json::value(nullptr);
  out["step_seconds"] = {{"single_site", step_seconds(r.single_site)}, {"across_sites", step_seconds(r.across_sites)}};
  out["mfu"] = {{"single_site", number(r.mfu_single_site)}, {"across_sites", number(r.mfu_across_sites)}};
  out["exposed_communication_seconds"] = number(r.across_sites.exposed_communication_seconds);
  out["exposed_communication_single_site_seconds"] = number(r.single_site.exposed_communication_seconds);
  out["attribution"] = array_of(r.attribution, attribution);
  out["expectations"] = array_of(r.expectations, [](const Met& m) {
    return json::object{{"metric", text(m.metric)},
                        {"expected", text(m.expected)},
                        {"measured", number(m.measured)},
                        {"met", m.is_met}};
  });
}

}  // namespace

json::value to_json(const Result& r, bool deterministic) {
  const fabric::Statistics& fabric = r.across_sites.fabric;
  json::object out{{"schema", 1},
                   {"version", text(r.version)},
                   {"scenario", text(r.scenario)},
                   {"scenario_hash", text(r.scenario_hash)},
                   {"seed", r.seed},
                   {"seeds", r.seeds},
                   {"workload", text(r.workload)},
                   {"ranks", r.ranks},
                   {"valid", r.is_valid},
                   {"why_invalid", r.is_valid ? json::value(nullptr) : text(r.why_invalid)}};
  add_efficiency(out, r);
  add_spread(out, r);
  if (r.goodput) out["goodput"] = goodput(*r.goodput);
  out["links"] = array_of(fabric.links, link);
  out["flows"] = array_of(fabric.flows, flow);
  if (!fabric.events.empty()) out["events"] = array_of(fabric.events, event);
  out["messages"] = completion(fabric.messages);
  out["retransmitted"] = fabric.retransmitted;
  out["timeouts"] = fabric.timeouts;
  if (const auto& second = r.across_sites.second_job)
    out["second_job"] = {
        {"ranks", second->ranks}, {"steps", second->steps}, {"step_seconds", number(second->step_seconds)}};
  if (fabric.parity > 0) out["erasure_coding"] = {{"parity_sent", fabric.parity}, {"rebuilt", fabric.rebuilt}};
  if (fabric.reconnects > 0) out["reconnects"] = fabric.reconnects;
  out["cnps_sent"] = fabric.cnps_sent;
  out["cnps_received"] = fabric.cnps_received;
  out["rate_cuts"] = fabric.rate_cuts;
  out["engine"] = engine(r, deterministic);
  if (fabric.live) out["live"] = live(*fabric.live);
  if (!fabric.fabric.empty()) out["fabric"] = text(fabric.fabric);
  out["assumptions"] = array_of(r.assumptions, [](const std::string& a) { return text(a); });
  return out;
}

}  // namespace farlink::report
