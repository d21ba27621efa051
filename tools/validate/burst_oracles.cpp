// SPDX-License-Identifier: Apache-2.0
// O21: Gilbert-Elliott loss. Rate and burst length of the stage itself, frame by frame, and goodput through the whole
// path.
#include <cmath>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/scenario/parse.hpp"
#include "dataplane/link/impairments/burst_loss.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/formulas.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

struct Case {
  double p, burst;
};

std::string set_bursts(const Case& c) {
  return "links.west-east.burst-loss={loss: " + short_number(c.p * 1e6, 12) +
         "ppm, mean-burst: " + short_number(c.burst) + "}";
}

std::string describe(const Case& c) { return "p " + short_number(c.p) + ", mean burst " + short_number(c.burst); }

// The stage as the scenario configures it, without anything around it.
void add_stage(std::vector<Row>& rows, const Settings& settings, const Case& c) {
  const auto frames = static_cast<std::uint64_t>(20'000 * c.burst / c.p);  // 20,000 bursts: 3 % is four standard errors
  if (!settings.affords(frames)) return;
  const std::vector<std::string> sets{set_bursts(c), "links.west-east.loss=0"};
  const auto configs = fabric_packets::direction_configs(scenario::load(settings.bench, sets), 0, 1, 1);
  link::BurstLoss stage{configs[0].impairments.burst, link::Random{1, 0, 0, link::Stage::burst_state},
                        link::Random{1, 0, 0, link::Stage::burst_loss}};
  std::uint64_t lost = 0, bursts = 0;
  bool was_lost = false;
  for (std::uint64_t i = 0; i < frames; ++i) {
    const bool is_lost = stage.loses(i);
    lost += is_lost ? 1 : 0;
    bursts += is_lost && !was_lost ? 1 : 0;
    was_lost = is_lost;
  }
  const auto n = static_cast<double>(frames);
  const std::string of = std::to_string(bursts) + " bursts";
  rows.push_back({"O21", "loss rate of the stage", describe(c) + ", " + of + "; tolerance 3 sigma", "", c.p,
                  static_cast<double>(lost) / n, 3 * std::sqrt(c.p * (2 * c.burst - 1) / n), Tolerance::absolute});
  rows.push_back({"O21", "frames lost in a row, mean", describe(c) + ", " + of, "", c.burst,
                  static_cast<double>(lost) / static_cast<double>(bursts), 0.03, Tolerance::relative});
}

void add_goodput(std::vector<Row>& rows, const Settings& settings, const Case& c, double km) {
  const double rate = 100e9;
  const double window = round_trip((123.2 + 10.0927 * km) * 1e-6, rate) / packet_time(rate);
  const double share = go_back_n_bursts(c.p, c.burst, window);
  const auto frames = static_cast<std::uint64_t>(recoveries_for(share) * (c.burst / c.p + window + c.burst));
  if (!settings.affords(frames)) return;
  std::vector<std::string> sets{set_distance(km), "links.west-east.loss=0", set_bursts(c),
                                "links.west-east.reverse.burst-loss=off"};
  for (const auto& set : stop_at(frames)) sets.push_back(set);
  const double goodput = run_flows(settings, sets).flows.at(0).goodput_bps;
  rows.push_back(
      {"O21", "goodput share, go-back-N, 100 Gb/s, " + short_number(km) + " km",
       describe(c) + ", W " + short_number(window) + ", " + short_number(static_cast<double>(frames), 3) + " frames",
       "", share, goodput / (rate * payload_share), 0.05, Tolerance::relative});
}

}  // namespace

std::vector<Row> burst_loss(const Settings& settings) {
  std::vector<Row> rows;
  for (const Case& c : {Case{1e-2, 5}, {1e-3, 1}, {1e-3, 20}, {1e-2, 100}}) add_stage(rows, settings, c);
  for (const Case& c : {Case{1e-3, 5}, {1e-3, 20}, {1e-4, 5}}) add_goodput(rows, settings, c, 100);
  return rows;
}

}  // namespace farlink::validate
