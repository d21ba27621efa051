// SPDX-License-Identifier: Apache-2.0
// O6 and O7: what random loss leaves of the goodput under go-back-N. A run is as long as its sampling error asks for;
// the number of recoveries is in the row.
#include <cmath>

#include "tools/validate/flows.hpp"
#include "tools/validate/formulas.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

struct Path {
  const char* name;
  double gigabits;
  double km;  // 0: in a data centre, 10 us round trip

  double rate() const { return gigabits * 1e9; }
  double packets_per_round_trip() const {
    const double delay = km > 0 ? (123.2 + 10.0927 * km) * 1e-6 : 10e-6;
    return round_trip(delay, rate()) / packet_time(rate());
  }
  std::vector<std::string> sets() const {
    if (km > 0) return {set_rate(gigabits), set_distance(km)};
    return {set_rate(gigabits), "links.west-east.delay=5us", "links.west-east.equipment-delay=0"};
  }
};

struct Measured {
  double share = 0;       // of the goodput without loss
  double recoveries = 0;  // p x packets delivered: losses of packets that were wanted
  double timeouts = 0, delivered = 0;
};

Measured measure(const Settings& settings, const Path& path, double p, std::uint64_t frames,
                 const std::vector<std::string>& more) {
  std::vector<std::string> sets = path.sets();
  sets.push_back(set_loss(p));
  for (const auto& set : stop_at(frames)) sets.push_back(set);
  sets.insert(sets.end(), more.begin(), more.end());
  const fabric::Statistics statistics = run_flows(settings, sets);
  const fabric::FlowStatistics& flow = statistics.flows.at(0);
  const auto delivered = static_cast<double>(statistics.data_frames);
  return {flow.goodput_bps / (path.rate() * payload_share), delivered * p, static_cast<double>(flow.timeouts),
          delivered};
}

void add_ideal(std::vector<Row>& rows, const Settings& settings, const Path& path, double p, int queue_pairs) {
  const double window = path.packets_per_round_trip() / queue_pairs;
  const double share = go_back_n_ideal(p, window);
  // At least 200 round trips, since the first one delivers nothing.
  const auto frames = static_cast<std::uint64_t>(
      std::max(recoveries_for(share) * (1 / p + window + 1), 200 * path.packets_per_round_trip()));
  if (!settings.affords(frames)) return;
  const Measured measured =
      measure(settings, path, p, frames, {"transport.qps-per-pair=" + std::to_string(queue_pairs)});
  rows.push_back({"O6", "goodput share, " + std::string(path.name),
                  "p " + short_number(p) + ", N " + std::to_string(queue_pairs) + ", W/N " + short_number(window) +
                      ", " + "about " + short_number(std::round(measured.recoveries), 6) + " recoveries",
                  "", share, measured.share, 0.05, Tolerance::relative});
}

}  // namespace

std::vector<Row> go_back_n(const Settings& settings) {
  constexpr Path paths[] = {{"100 Gb/s, in a data centre", 100, 0},
                            {"100 Gb/s, 80 km", 100, 80},
                            {"100 Gb/s, 100 km", 100, 100},
                            {"100 Gb/s, 300 km", 100, 300},
                            {"400 Gb/s, 100 km", 400, 100}};
  std::vector<Row> rows;
  for (const Path& path : paths)
    for (const double p : {1e-5, 1e-4, 1e-3, 1e-2}) add_ideal(rows, settings, path, p, 1);
  for (const int queue_pairs : {4, 16, 64})
    for (const double p : {1e-4, 1e-3, 1e-2}) add_ideal(rows, settings, paths[2], p, queue_pairs);
  return rows;
}

namespace {

// 100 Gb/s and one distance; n: of the timer.
void add_with_timer(std::vector<Row>& rows, const Settings& settings, const Path& path, double p, int n) {
  const double window = path.packets_per_round_trip();
  const double timer = 4.096e-6 * std::pow(2, n) / packet_time(path.rate());
  const double share = go_back_n_with_timer(p, window, timer, expected_timeouts(p));
  // Parts of the time that recoveries and timeouts take; good packets needed for three standard errors within 5 %.
  const double of_losses = p * (window + 2) * share, of_timeouts = p * p * timer * share;
  const double sent_per_good = 1 + p * (window + 1);
  const double good_for_losses = std::max(200.0, 4000 * of_losses * of_losses) / p;
  const double good_for_timeouts = 4000 * of_timeouts * of_timeouts / (p * p);
  constexpr double most_sent = 1.2e8;
  const bool is_direct = std::max(good_for_losses, good_for_timeouts) * sent_per_good <= most_sent;
  const double good = is_direct ? std::max(good_for_losses, good_for_timeouts) : most_sent / sent_per_good;
  const auto frames = static_cast<std::uint64_t>(good * sent_per_good);
  if (!settings.affords(frames)) return;
  const Measured measured =
      measure(settings, path, p, frames, {"transport.nak=once", "transport.ack-timeout=" + std::to_string(n)});
  const std::string parameters = "p " + short_number(p) + ", W " + short_number(window) + ", RTO 2^" +
                                 std::to_string(n) + ", " + "about " +
                                 short_number(std::round(measured.recoveries), 6) + " recoveries, " +
                                 short_number(measured.timeouts, 6) + " timeouts";
  if (is_direct) {
    rows.push_back({"O7", "goodput share, " + std::string(path.name), parameters, "", share, measured.share, 0.05,
                    Tolerance::relative});
    return;
  }
  // Too few timeouts for the goodput to settle: their number is held against chance, their cost against the formula.
  const double chance = expected_timeouts(p) * measured.delivered;
  rows.push_back({"O7", "number of timeouts, " + std::string(path.name), parameters + "; tolerance 3 sigma", "", chance,
                  measured.timeouts, 3 * std::sqrt(chance), Tolerance::absolute});
  rows.push_back({"O7", "goodput share at that number, " + std::string(path.name), parameters, "",
                  go_back_n_with_timer(p, window, timer, measured.timeouts / measured.delivered), measured.share, 0.05,
                  Tolerance::relative});
}

}  // namespace

std::vector<Row> go_back_n_nak_once(const Settings& settings) {
  // 3000 packets of 334 ns are 1003 us: 87.2 km of the measured fibre.
  constexpr Path in_data_centre{"100 Gb/s, in a data centre", 100, 0}, far{"100 Gb/s, 87 km", 100, 87};
  std::vector<Row> rows;
  for (const Path& path : {in_data_centre, far})
    for (const int n : {14, 17})
      for (const double p : {1e-4, 1e-3}) add_with_timer(rows, settings, path, p, n);
  return rows;
}

}  // namespace farlink::validate
