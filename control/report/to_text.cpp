// SPDX-License-Identifier: Apache-2.0
#include "control/report/to_text.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <string_view>
#include <utility>

#include "control/report/format.hpp"
#include "control/report/step_distribution.hpp"

namespace farlink::report {

namespace {

constexpr std::size_t label_columns = 24;
constexpr std::size_t figure_columns = 14;
constexpr double bar_columns = 40;

std::string points_text(double points) {
  // Shared rounding with the percentages: two decimals, and never "-0.00".
  const std::string text = percent_text(points / 100, 2);
  const std::string figure = text.substr(0, text.size() - 2);
  return figure == "-0.00" ? "0.00" : figure;
}

// A bar of eighth blocks; a share too small to be seen still leaves a mark.
std::string bar(double share) {
  static constexpr std::array<std::string_view, 8> eighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
  const double length = std::clamp(share, 0.0, 1.0) * bar_columns * 8;
  auto parts = static_cast<std::size_t>(std::lround(length));
  if (parts == 0 && share > 0) parts = 1;
  std::string out;
  for (std::size_t i = 0; i < parts / 8; ++i) out += "█";
  return out + std::string(eighths[parts % 8]);
}

std::string signed_seconds(double difference) { return (difference < 0 ? "" : "+") + seconds_text(difference); }

std::string measured_text(const Met& m) {
  return m.metric == "exposed-communication" ? seconds_text(m.measured) : percent_text(m.measured);
}

void add_headline(std::string& out, const Result& r) {
  out += printable(r.scenario) + '\n' + printable(r.workload) + "\n\n";
  if (!r.is_valid) {
    out += "  INVALID RUN: " + printable(r.why_invalid) + "\n  No figure below may be used.\n\n";
  } else if (r.efficiency) {
    std::string figure = percent_text(*r.efficiency);
    if (r.efficiency_error)
      figure += " +- " + percent_text(*r.efficiency_error) + " (" + std::to_string(r.seeds) + " seeds)";
    out += "  EQUIVALENT COMPUTE EFFICIENCY   " + figure + '\n';
  }
  if (!r.is_valid) return;
  for (const Met& m : r.expectations) {
    out += "  " + std::string(m.is_met ? "met      " : "NOT MET  ") + printable(m.metric) + ' ' + printable(m.expected);
    if (m.metric != "efficiency") out += ", measured " + measured_text(m);
    out += '\n';
  }
  if (r.efficiency || !r.expectations.empty()) out += '\n';
}

void add_runs(std::string& out, const Result& r) {
  if (r.single_site.step_seconds <= 0 && r.across_sites.step_seconds <= 0) return;
  const auto row = [&](std::string_view label, const std::string& single, const std::string& across,
                       const std::string& more) {
    out += "  " + left(label, label_columns) + right(single, figure_columns) + right(across, figure_columns);
    out += more.empty() ? "\n" : "   " + more + '\n';
  };
  const double single = r.single_site.step_seconds;
  const double across = r.across_sites.step_seconds;
  const double exposed_single = r.single_site.exposed_communication_seconds;
  const double exposed_across = r.across_sites.exposed_communication_seconds;
  const auto error = [&](double of_single, double of_across) {
    return r.errors ? "; +- " + seconds_text(of_single) + ", " + seconds_text(of_across) : std::string{};
  };
  const SeedErrors errors = r.errors.value_or(SeedErrors{});
  row("", "one site", "across sites", "");
  row("step time", seconds_text(single), seconds_text(across),
      signed_seconds(across - single) + error(errors.step_single_site, errors.step_across_sites));
  if (r.across_sites.steady_steps.size() > 1) {
    const StepDistribution one = distribution_of(r.single_site.steady_steps);
    const StepDistribution two = distribution_of(r.across_sites.steady_steps);
    row("  shortest", seconds_text(one.min_seconds), seconds_text(two.min_seconds),
        "of " + count_text(one.steps) + " and " + count_text(two.steps) + " steps");
    row("  p50", seconds_text(one.p50_seconds), seconds_text(two.p50_seconds), "");
    row("  p99", seconds_text(one.p99_seconds), seconds_text(two.p99_seconds), "");
    row("  longest", seconds_text(one.max_seconds), seconds_text(two.max_seconds), "");
  }
  if (r.mfu_single_site && r.mfu_across_sites) {
    row("model FLOP utilisation", percent_text(*r.mfu_single_site), percent_text(*r.mfu_across_sites), "");
  }
  row("exposed communication", seconds_text(exposed_single), seconds_text(exposed_across),
      signed_seconds(exposed_across - exposed_single) + error(errors.exposed_single_site, errors.exposed_across_sites));
  out += '\n';
}

void add_attribution(std::string& out, const Result& r) {
  if (r.attribution.empty() || !r.is_valid) return;
  double largest = 0;
  for (const Attribution& a : r.attribution) largest = std::max(largest, std::fabs(a.points));
  out += "  points lost to\n";
  for (const Attribution& a : r.attribution) {
    out += "    " + left(printable(a.cause), label_columns - 2) + right(points_text(a.points), 7) + "  ";
    if (!a.was_run) {
      out += "nothing to remove";
    } else if (largest > 0) {
      out += a.points < 0 ? "(gain) " + bar(-a.points / largest) : bar(a.points / largest);
    }
    out.erase(out.find_last_not_of(' ') + 1);
    if (a.points_error) out += "  +- " + points_text(*a.points_error);
    out += '\n';
  }
  out += '\n';
}

// What some of a link's cuts do, and in which share of a step: "+12 s to +13 s in 20.0 % of a step"; empty for none.
std::string effects_text(const CutEffects& e, bool aborts) {
  double share = 0, least = 0, most = 0;
  for (const CutEffects::Moment& m : e.moments) {
    if (m.aborts != aborts || (!aborts && m.seconds <= 0)) continue;
    least = share > 0 ? std::min(least, m.seconds) : m.seconds;
    most = std::max(most, m.seconds);
    share += m.share;
  }
  if (share <= 0) return {};
  const std::string sign = aborts ? "" : "+";
  std::string text = (aborts ? "aborts after " : "") + sign + seconds_text(least);
  if (seconds_text(most) != seconds_text(least)) text += " to " + sign + seconds_text(most);
  return text + " in " + percent_text(share, 1) + " of a step";
}

std::string effects_text(const CutEffects& e) {
  std::string text;
  for (const bool aborts : {false, true})
    if (const std::string some = effects_text(e, aborts); !some.empty()) text += (text.empty() ? "" : ", ") + some;
  return "a cut of " + printable(e.link) + " for " + seconds_text(e.cut_seconds) + ": " +
         (text.empty() ? "nothing" : text + ", else nothing");
}

std::string hours_text(double seconds) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.4g h", seconds / 3'600);
  return text.data();
}

std::string times_text(double count) {
  const double tenths = std::round(count * 10) / 10;
  const auto whole = static_cast<std::uint64_t>(tenths);
  return count_text(whole) + "." +
         std::to_string(static_cast<int>(std::lround((tenths - static_cast<double>(whole)) * 10)));
}

void add_goodput(std::string& out, const Result& r) {
  if (!r.goodput || !r.is_valid) return;
  const Goodput& g = *r.goodput;
  const auto row = [&](std::string_view label, const std::string& single, const std::string& across,
                       const std::string& more) {
    out += "  " + left(label, label_columns) + right(single, figure_columns) + right(across, figure_columns);
    out += more.empty() ? "\n" : "   " + more + '\n';
  };
  out += "  over " + hours_text(g.duration_seconds) + ", " + count_text(g.histories) + " histories\n";
  row("", "one site", "across sites", "");
  row("goodput", percent_text(g.single_site), percent_text(g.across_sites),
      "+- " + percent_text(g.standard_error) + "; nine in ten " + percent_text(g.p5) + " to " + percent_text(g.p95));
  row("steps that count", times_text(g.steps_single_site), times_text(g.steps_across_sites),
      g.efficiency ? percent_text(*g.efficiency) + " of one site" : "");
  for (const Goodput::Share& share : g.spent)
    if (share.of != "useful" && share.share > 0) row("  " + share.of, "", percent_text(share.share), "");
  row("interruptions", "", times_text(g.failures + g.cuts),
      times_text(g.failures) + " failures, " + times_text(g.cuts) + " cuts of which " + times_text(g.aborts) +
          " abort");
  for (const CutEffects& effects : g.effects) out += "  " + effects_text(effects) + '\n';
  out += '\n';
}

std::string causes_text(const Dropped& d) {
  const std::array<std::pair<std::string_view, std::uint64_t>, 7> causes{{{"queue", d.queue},
                                                                          {"headroom", d.headroom},
                                                                          {"random", d.random},
                                                                          {"burst", d.burst},
                                                                          {"bit-error", d.bit_error},
                                                                          {"listed", d.listed},
                                                                          {"cut", d.cut}}};
  std::string out;
  for (const auto& [cause, count] : causes) {
    if (count > 0) out += (out.empty() ? "" : ", ") + std::string(cause) + ' ' + count_text(count);
  }
  return out;
}

// Of a far edge that has held its near edge back.
std::string far_edge_text(const LinkStatistics& l) {
  std::string text = "far edge: queue peak " + bytes_text(l.far_queue_peak_bytes) + " of " +
                     bytes_text(l.far_buffer_bytes) + ", held back " + seconds_text(l.far_paused_seconds) + " in " +
                     count_text(l.far_pauses) + " pauses, " + count_text(l.pause_frames) + " pause frames";
  if (l.pauses_expired > 0) text += "; " + count_text(l.pauses_expired) + " pauses expired";
  if (l.watchdog_dropped > 0) text += "; watchdog dropped " + count_text(l.watchdog_dropped);
  return text;
}

void add_link(std::string& out, const LinkStatistics& l) {
  out += "  " + left(printable(l.name) + "  " + printable(l.direction), 26) + right(count_text(l.frames_in), 15) +
         right(count_text(l.dropped.total()), 12) + right(percent_text(l.utilisation, 1), 10) +
         right(bytes_text(l.queue_peak_bytes), 12) + right(seconds_text(l.paused_seconds), 11) +
         right(count_text(l.ecn_marked), 12) + '\n';
  std::string more = rate_text(l.rate_bps) + ", " + seconds_text(l.one_way_delay_seconds) + " one way, buffer " +
                     bytes_text(l.buffer_bytes);
  if (l.dropped.total() > 0) more += "; dropped: " + causes_text(l.dropped);
  if (l.frames_duplicated > 0) more += "; duplicated " + count_text(l.frames_duplicated);
  if (l.frames_background > 0) {
    more += "; traffic of others " + count_text(l.frames_background) + " frames";
    if (l.background_dropped > 0) more += ", dropped " + count_text(l.background_dropped);
  }
  if (!l.is_conserved()) more += "; FRAMES NOT ACCOUNTED FOR";
  out += "    " + more + '\n';
  if (l.near_cnps > 0) out += "    near edge: " + count_text(l.near_cnps) + " CNPs sent to the senders\n";
  if (l.far_pauses > 0 || l.pause_frames > 0) out += "    " + far_edge_text(l) + '\n';
}

void add_links(std::string& out, const fabric::Statistics& fabric) {
  if (fabric.links.empty()) return;
  out += "  " + left("link", 26) + right("frames in", 15) + right("dropped", 12) + right("used", 10) +
         right("queue peak", 12) + right("paused", 11) + right("ECN marked", 12) + '\n';
  for (const LinkStatistics& l : fabric.links) add_link(out, l);
  out += '\n';
}

void add_events(std::string& out, const fabric::Statistics& fabric) {
  constexpr std::size_t most = 20;
  if (fabric.events.empty()) return;
  out += "  events\n";
  for (std::size_t i = 0; i < std::min(most, fabric.events.size()); ++i) {
    const fabric::LinkEvent& e = fabric.events[i];
    out += "    " + left(seconds_text(e.at_seconds), 12) + left(printable(e.link) + "  " + printable(e.direction), 26) +
           printable(e.what) + (e.lag_seconds ? ", " + seconds_text(*e.lag_seconds) + " late" : "") + '\n';
  }
  if (fabric.events.size() > most)
    out += "    and " + count_text(fabric.events.size() - most) + " more, which the JSON result lists\n";
  out += '\n';
}

std::string completion_text(const Completion& c) {
  return "p50 " + seconds_text(c.p50_seconds) + ", p99 " + seconds_text(c.p99_seconds) + ", max " +
         seconds_text(c.max_seconds);
}

void add_flows(std::string& out, const fabric::Statistics& fabric) {
  if (fabric.flows.empty()) return;
  out += "  " + left("flow", 26) + right("goodput", 15) + right("sent", 15) + right("retransmitted", 16) +
         right("lost", 12) + right("timeouts", 11) + '\n';
  for (const FlowStatistics& f : fabric.flows) {
    out += "  " + left(printable(f.name), 26) + right(rate_text(f.goodput_bps), 15) + right(count_text(f.sent), 15) +
           right(count_text(f.retransmitted), 16) + right(count_text(f.lost), 12) + right(count_text(f.timeouts), 11) +
           '\n';
    out += "    " + count_text(f.completion.messages) + " messages: " + completion_text(f.completion);
    if (f.goodput_error_bps) out += "; goodput +- " + rate_text(*f.goodput_error_bps) + " over the seeds";
    out += '\n';
  }
  out += '\n';
}

std::string live_text(const fabric::LiveStatistics& l) {
  return "frames late by p50 " + seconds_text(l.lag_median_ns * 1e-9) + ", p99 " + seconds_text(l.lag_p99_ns * 1e-9) +
         ", max " + seconds_text(l.lag_max_ns * 1e-9) + "; stolen from the link " + seconds_text(l.stolen_seconds) +
         ", longest pause " + seconds_text(l.longest_gap_seconds) + "; from the workload " +
         seconds_text(l.control_stolen_seconds);
}

void add_engine(std::string& out, const Result& r, bool deterministic) {
  const fabric::Statistics& f = r.across_sites.fabric;
  const auto row = [&](std::string_view label, const std::string& text) {
    out += "  " + left(label, 12) + text + '\n';
  };
  if (f.messages.messages > 0) {
    row("messages", count_text(f.messages.messages) + " across sites: " + completion_text(f.messages));
    row("recovery", count_text(f.retransmitted) + " frames retransmitted, " + count_text(f.timeouts) + " timeouts");
  }
  if (const auto& second = r.across_sites.second_job)
    row("second job", count_text(second->ranks) + " ranks beside, " + count_text(second->steps) + " steps of " +
                          seconds_text(second->step_seconds) + " meanwhile");
  if (f.parity > 0)
    row("coding", count_text(f.parity) + " parity packets sent, " + count_text(f.rebuilt) + " lost packets rebuilt");
  if (f.reconnects > 0) row("errors", count_text(f.reconnects) + " queue pairs failed and were opened anew");
  if (f.cnps_sent + f.rate_cuts > 0) {
    row("congestion", count_text(f.cnps_sent) + " CNPs sent, " + count_text(f.cnps_received) + " received, " +
                          count_text(f.rate_cuts) + " rate cuts");
  }
  row("engine", count_text(f.data_frames) + " data frames, " + seconds_text(f.virtual_seconds) +
                    (f.live ? " live" : " virtual") + (f.fabric.empty() ? "" : ", as " + printable(f.fabric)));
  if (f.live) row("kept time", live_text(*f.live));
  if (!deterministic && f.wall_seconds > 0) {
    const double millions = static_cast<double>(f.data_frames) / f.wall_seconds * 1e-6;
    row("speed", (f.fabric.empty() ? "" : "as if ") + points_text(millions) + " million frames/s, " +
                     seconds_text(f.wall_seconds) + " wall, " + std::to_string(f.threads) +
                     (f.threads == 1 ? " thread" : " threads"));
  }
  const bool is_conserved = std::all_of(f.links.begin(), f.links.end(), [](const auto& l) { return l.is_conserved(); });
  row("validity", !r.is_valid         ? "INVALID: " + printable(r.why_invalid)
                  : !f.fabric.empty() ? "valid, as far as flows go: docs/flows.md"
                  : is_conserved      ? "valid, every frame accounted for"
                                      : "frames not accounted for");
  row("run", "farlink " + printable(r.version) + ", scenario " + printable(r.scenario_hash) + ", seed " +
                 std::to_string(r.seed));
}

}  // namespace

std::string to_text(const Result& result, bool deterministic) {
  std::string out;
  add_headline(out, result);
  add_runs(out, result);
  add_attribution(out, result);
  add_goodput(out, result);
  add_flows(out, result.across_sites.fabric);
  add_links(out, result.across_sites.fabric);
  add_events(out, result.across_sites.fabric);
  add_engine(out, result, deterministic);
  return out;
}

}  // namespace farlink::report
