// SPDX-License-Identifier: Apache-2.0
// O9: how long a message takes under selective repeat, the mean of a thousand, one at a time on an idle line, over the
// same without loss. Where the receiver tells of gaps, one queue pair sends the message. Where a timer of its own has
// to find each packet's loss, each packet has a queue pair of its own, with nothing behind it that would show the gap;
// all times are stretched until three round trips are what RNICs have a timer for.
#include <cmath>
#include <stdexcept>

#include "control/fabric/idle_site.hpp"
#include "control/fabric_packets/packet_fabric.hpp"
#include "control/scenario/parse.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/formulas.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

constexpr std::uint64_t messages = 1'000;
constexpr double gigabits = 100;

struct Case {
  double km, p;
  std::uint64_t mebibytes;
  double told, timed;  // Monte Carlo of 400 samples, +-5 %; RTO of one and of three round trips
};
constexpr Case cases[] = {{100, 1e-4, 1, 1.04, 1.07}, {100, 1e-4, 16, 1.08, 1.37}, {100, 1e-4, 256, 1.01, 1.06},
                          {100, 1e-3, 1, 1.23, 1.56}, {100, 1e-3, 16, 1.32, 2.20}, {100, 1e-3, 256, 1.04, 1.14},
                          {300, 1e-4, 1, 1.03, 1.10}, {300, 1e-4, 16, 1.18, 1.67}, {300, 1e-4, 256, 1.04, 1.24}};

std::uint64_t packets_of(const Case& c) { return c.mebibytes * 256; }
double delay_both_ways(double km) { return (123.2 + 10.0927 * km) * 1e-6; }
double timer(int n) { return 4.096e-6 * std::pow(2, n); }
double packet() { return packet_time(gigabits * 1e9); }
double round_trip_of(const Case& c) { return round_trip(delay_both_ways(c.km), gigabits * 1e9); }
double without_loss(const Case& c) { return static_cast<double>(packets_of(c)) * packet() + round_trip_of(c); }

// `round_trips`: of the timeout.
double expected_slowdown(const Case& c, double round_trips) {
  const double again = round_trips * round_trip_of(c) + packet();
  return selective_repeat_completion(static_cast<double>(packets_of(c)), c.p, packet(), again, round_trip_of(c)) /
         without_loss(c);
}

// A loss at the very end is the timer's, which is the shortest above the round trip.
int shortest_timer(const Case& c) {
  int n = 1;
  while (timer(n) < 1.1 * round_trip_of(c)) ++n;
  return n;
}

double measured_told(const Settings& settings, const Case& c) {
  std::vector<std::string> sets{set_rate(gigabits),
                                set_distance(c.km),
                                set_loss(c.p),
                                "transport.retransmission=selective-repeat",
                                "transport.window=4bdp",
                                "transport.ack-timeout=" + std::to_string(shortest_timer(c)),
                                "workload.flows.message=" + std::to_string(c.mebibytes) + "MiB",
                                "workload.flows.depth=1",
                                "workload.flows.messages=" + std::to_string(messages)};
  for (const std::string& set : stop_at(1'000'000'000'000)) sets.push_back(set);
  const fabric::FlowStatistics flow = run_flows(settings, sets).flows.at(0);
  if (flow.completion.messages != messages) throw std::runtime_error("O9: not all messages were sent");
  // The next is posted when the one before is acknowledged.
  return static_cast<double>(packets_of(c)) * 4096 * 8 / flow.goodput_bps / without_loss(c);
}

// Rank 0 sends to rank 1.
class OneAtATime final : public fabric::IdleSite {
 public:
  explicit OneAtATime(std::uint64_t bytes) : bytes_{bytes} {}
  void start(fabric::SiteFabric& fabric, units::Instant now) override {
    fabric_ = &fabric;
    fabric.send({0, 1, units::Bytes{bytes_}, 0}, now);
  }
  void on_acknowledged(const fabric::Message&, units::Instant now) override {
    end_ = now;
    if (++acknowledged_ < messages) fabric_->send({0, 1, units::Bytes{bytes_}, acknowledged_}, now);
  }
  bool is_finished() const override { return acknowledged_ == messages; }
  std::string waiting_for() const override { return "an acknowledgement"; }
  double mean_seconds() const { return end_.since_start().seconds() / static_cast<double>(messages); }

 private:
  fabric::SiteFabric* fabric_ = nullptr;
  std::uint64_t bytes_ = 0, acknowledged_ = 0;
  units::Instant end_ = units::Instant::start();
};

double measured_timed(const Settings& settings, const Case& c, int n) {
  const double stretch = timer(n) / (3 * round_trip_of(c));
  const std::vector<std::string> sets{
      "links.west-east.rate=" + short_number(gigabits / stretch, 9) + "gbit",
      "links.west-east.delay=" + short_number(delay_both_ways(c.km) / 2 * stretch * 1e6, 9) + "us",
      "links.west-east.equipment-delay=0",
      set_loss(c.p),
      "transport.retransmission=selective-repeat",
      "transport.ack-timeout=" + std::to_string(n),
      "transport.window=4KiB",
      "transport.qps-per-pair=" + std::to_string(packets_of(c))};
  const scenario::Scenario scenario = scenario::load(settings.bench, sets);
  trace::Graph graph;
  graph.site_of_rank = {0, 1};
  const auto fabric = fabric_packets::make_packet_fabric(scenario, &graph);
  OneAtATime west{packets_of(c) * 4096};
  fabric::IdleSite east;
  fabric::SiteDriver* const drivers[] = {&west, &east};
  fabric->run(drivers, {});
  const fabric::Statistics statistics = fabric->statistics();
  if (!statistics.is_valid) throw std::runtime_error("O9: invalid run: " + statistics.why_invalid);
  return west.mean_seconds() / stretch / without_loss(c);
}

void add(std::vector<Row>& rows, const Case& c, const std::string& who, const std::string& how, double formula,
         double table, double measured) {
  const std::string parameters = short_number(c.km) + " km, " + std::to_string(c.mebibytes) + " MiB, p " +
                                 short_number(c.p) + ", " + std::to_string(messages) + " messages, " + how;
  rows.push_back(
      {"O9", "completion over loss-free, " + who, parameters, "", formula, measured, 0.10, Tolerance::relative});
  rows.push_back({"O9", "the same against the table of Monte Carlo samples", parameters, "", table, measured, 0.10,
                  Tolerance::relative});
  // A slowdown is near 1 whatever is done about loss; what loss adds is not. Few losses say little.
  if (c.p * static_cast<double>(messages * packets_of(c)) < 200) return;
  rows.push_back({"O9", "time that loss adds over loss-free, " + who, parameters, "", formula - 1, measured - 1, 0.10,
                  Tolerance::relative});
}

}  // namespace

std::vector<Row> message_completion(const Settings& settings) {
  std::vector<Row> rows;
  for (const Case& c : cases) {
    if (!settings.affords(messages * packets_of(c))) continue;
    add(rows, c, "gaps told", "RTO 1 RTT", expected_slowdown(c, 1), c.told, measured_told(settings, c));
  }
  for (const Case& c : cases) {
    constexpr std::uint64_t most_queue_pairs = 4'096;
    if (packets_of(c) > most_queue_pairs || !settings.affords(messages * packets_of(c))) continue;
    add(rows, c, "a timer for each packet", "RTO 3 RTT", expected_slowdown(c, 3), c.timed,
        measured_timed(settings, c, c.km > 200 ? 11 : 10));
  }
  return rows;
}

}  // namespace farlink::validate
