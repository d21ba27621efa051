// SPDX-License-Identifier: Apache-2.0
#include "control/live/state.hpp"

#include <algorithm>

#include "control/report/format.hpp"
#include "control/scenario/correction.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::live {
namespace {

using report::printable;

json::value text(std::string_view value) { return json::value(printable(value)); }

json::object dropped(const link::DropCounters& near, const link::DropCounters& far) {
  return {{"queue", near.queue + far.queue},
          {"headroom", near.headroom + far.headroom},
          {"random", near.random + far.random},
          {"burst", near.burst + far.burst},
          {"bit-error", near.bit_error + far.bit_error},
          {"listed", near.listed + far.listed},
          {"cut", near.cut + far.cut}};
}

json::object lag_of(const link::LagHistogram& lag) {
  const auto nanoseconds = [](units::Duration d) { return d.picoseconds() / 1'000; };
  return {{"count", lag.count()},
          {"median_ns", nanoseconds(lag.quantile(0.5))},
          {"p99_ns", nanoseconds(lag.quantile(0.99))},
          {"max_ns", nanoseconds(lag.largest())},
          {"early", lag.early()}};
}

std::string burst_text(const std::optional<scenario::BurstLoss>& burst) {
  if (!burst) return "off";
  const auto rest = [](units::Probability p) { return units::to_text(units::Probability::of(1 - p.value())); };
  return "p " + units::to_text(burst->good_to_bad) + ", r " + units::to_text(burst->bad_to_good) + ", h " +
         rest(burst->loss_bad) + ", k " + rest(burst->loss_good);
}

std::string ecn_text(const std::optional<scenario::Ecn>& ecn) {
  if (!ecn) return "off";
  return "kmin " + units::to_text(ecn->kmin) + ", kmax " + units::to_text(ecn->kmax) + ", pmax " +
         units::to_text(ecn->pmax);
}

std::string fec_text(const std::optional<scenario::Fec>& fec) {
  if (!fec) return "off";
  return std::string{scenario::code_text(fec->code)} + " at " + units::to_text(fec->pre_fec_ber);
}

json::object settings_of(const scenario::Link& link, const scenario::DirectionSettings& d) {
  return {{"rate", units::to_text(d.rate)},
          {"waves", link.waves},
          {"delay", units::to_text(d.delay)},
          {"equipment-delay", units::to_text(d.equipment_delay)},
          {"jitter", units::to_text(d.jitter)},
          {"loss", units::to_text(d.loss)},
          {"burst-loss", burst_text(d.burst_loss)},
          {"bit-error-rate", units::to_text(d.bit_error)},
          {"fec", fec_text(d.fec)},
          {"listed-loss", d.listed_loss.size()},
          {"corrupt", units::to_text(d.corrupt)},
          {"duplicate", units::to_text(d.duplicate)},
          {"ce-mark", units::to_text(d.ce_mark)},
          {"ecn", ecn_text(d.ecn)},
          {"pfc", scenario::to_text(link.lossless.pfc)},
          {"buffer", units::to_text(link.lossless.buffer)},
          {"far-buffer", units::to_text(link.lossless.far_buffer)}};
}

json::object direction_of(const dpdk::DirectionSnapshot& s, const LinkState& links, double capacity_bits) {
  const scenario::Link& link = links.scenario().links.at(s.link);
  const scenario::DirectionSettings& settings = s.direction == 0 ? link.forward : link.reverse;
  const double bits = static_cast<double>(s.near.line_bytes) * 8;
  return {{"direction", text(s.from + "->" + s.to)},
          {"is_adopted", s.config == links.configs().at(2 * s.link + s.direction)},
          {"is_cut", links.is_cut(s.link, s.direction)},
          {"settings", settings_of(link, settings)},
          {"frames_in", s.near.frames_in},
          {"frames_duplicated", s.far.frames_duplicated},
          {"frames_generated", s.generated},
          {"pauses_carried", s.near.frames_generated},
          {"frames_out", s.far.frames_out},
          {"frames_absorbed", s.far.frames_absorbed},
          {"frames_held", s.held},
          {"dropped", dropped(s.near.dropped, s.far.dropped)},
          {"ecn_marked", s.near.ecn_marked},
          {"wire_bytes", s.near.line_bytes},
          {"utilisation", capacity_bits > 0 ? bits / capacity_bits : 0.0},
          {"rate_bps", settings.rate.bits_per_second()},
          {"queue_bytes", s.near_queue_bytes},
          {"queue_peak_bytes", s.near.queue_peak_bytes},
          {"far_queue_bytes", s.far_queue_bytes},
          {"far_queue_peak_bytes", s.far.queue_peak_bytes},
          {"buffer_bytes", link.lossless.buffer.count()},
          {"one_way_delay_seconds", (settings.delay + settings.equipment_delay).seconds()},
          {"paused_seconds", s.near.paused.seconds()},
          {"xoff_sent", s.near.xoff_sent},
          {"far_buffer_bytes", s.config.far_edge.buffer.count()},
          {"far_paused_seconds", s.far.paused.seconds()},
          {"far_pauses", s.far.xoff_sent},
          {"pause_frames", s.far.signals_sent},
          {"pauses_expired", s.near.pauses_expired},
          {"watchdog_dropped", s.near.watchdog_dropped},
          {"lag", lag_of(s.lag)},
          {"late", s.late},
          {"no_frame", s.no_frame},
          {"capture_missed", s.capture_missed},
          {"time_went_back", s.near.time_went_back + s.far.time_went_back}};
}

json::object port_of(const dpdk::PortSnapshot& p) {
  const dpdk::PortCounters& c = p.counters;
  return {{"name", text(p.name)},
          {"site", text(p.site)},
          {"device", text(p.device)},
          {"driver", text(p.driver)},
          {"is_up", p.is_up},
          {"link_changes", p.link_changes},
          {"largest_frame", p.largest_frame},
          {"hands_over_pause", p.hands_over_pause},
          {"is_scheduled", p.is_scheduled},
          {"received", c.received},
          {"received_bytes", c.received_bytes},
          {"sent", c.sent},
          {"sent_bytes", c.sent_bytes},
          {"missed", c.missed},
          {"no_mbuf", c.no_mbuf},
          {"errors", c.errors},
          {"refused", c.refused},
          {"unsent", c.unsent},
          {"behind", c.behind},
          {"down", c.down},
          {"runts", c.runts},
          {"too_long", c.too_long},
          {"unroutable", c.unroutable},
          {"filtered", c.filtered},
          {"local", c.local},
          {"flooded", c.flooded},
          {"pause_received", c.pause_received},
          {"pause_sent", c.pause_sent}};
}

json::object worker_of(const dpdk::WorkerSnapshot& w) {
  return {{"lcore", w.lcore},
          {"does", text(w.does)},
          {"iterations", w.iterations},
          {"busy_iterations", w.busy_iterations},
          {"longest_gap_seconds", w.longest_gap.seconds()},
          {"stolen_seconds", w.stolen.seconds()},
          {"gaps", w.gaps}};
}

json::array links_of(const dpdk::Snapshot& snapshot, const LinkState& links, std::span<const double> capacity_bits) {
  json::array all;
  for (std::size_t i = 0; i < links.scenario().links.size(); ++i) {
    const scenario::Link& link = links.scenario().links[i];
    json::array directions;
    for (std::size_t d = 0; d < 2; ++d) {
      const auto found = std::find_if(snapshot.directions.begin(), snapshot.directions.end(),
                                      [&](const auto& s) { return s.link == i && s.direction == d; });
      if (found != snapshot.directions.end())
        directions.emplace_back(direction_of(*found, links, capacity_bits[2 * i + d]));
    }
    all.emplace_back(json::object{
        {"name", link.name}, {"west", link.west}, {"east", link.east}, {"directions", std::move(directions)}});
  }
  return all;
}

}  // namespace

json::object state_of(const dpdk::Snapshot& snapshot, const LinkState& links, std::span<const double> capacity_bits,
                      const std::vector<std::string>& further_reasons) {
  json::array reasons;
  for (const auto* list : {&snapshot.why_invalid, &further_reasons}) {
    for (const std::string& reason : *list) reasons.emplace_back(text(reason));
  }
  std::uint64_t held = 0;
  for (const dpdk::DirectionSnapshot& direction : snapshot.directions) held += direction.held;
  json::array ports, workers;
  for (const dpdk::PortSnapshot& port : snapshot.ports) ports.emplace_back(port_of(port));
  for (const dpdk::WorkerSnapshot& worker : snapshot.workers) workers.emplace_back(worker_of(worker));
  return {{"schema", 1},
          {"scenario", links.scenario().name},
          {"scenario_hash", links.scenario().hash},
          {"now_seconds", snapshot.now.seconds()},
          {"valid", reasons.empty()},
          {"why_invalid", std::move(reasons)},
          {"is_conserved", snapshot.is_conserved},
          {"held", held},
          {"clock_drift_ppm", snapshot.clock_drift_ppm},
          {"mbufs", snapshot.mbufs},
          {"mbufs_free", snapshot.mbufs_free},
          {"links", links_of(snapshot, links, capacity_bits)},
          {"ports", std::move(ports)},
          {"workers", std::move(workers)}};
}

}  // namespace farlink::live
