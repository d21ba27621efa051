// SPDX-License-Identifier: Apache-2.0
// O22: what a short outage in the middle of a transfer costs. One large message with and without it, on the bench at
// 100 km; a sender that has filled its window waits for its timer, one that goes on is told at once.
#include <stdexcept>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/efficiency.hpp"
#include "control/scenario/parse.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

constexpr double outage = 0.050;
constexpr double begin = 0.020;
constexpr double round_trip_seconds = 1131e-6;
constexpr std::uint64_t frames = 270'000;  // of a run: a message of 1 GiB, and what is sent again

std::string cut(const std::string& length) { return "events=[{at: 20ms, link: west-east, cut: " + length + "}]"; }

double timer(int exponent) { return 4.096e-6 * static_cast<double>(1U << exponent); }

// Seconds from posting the message to its acknowledgement.
double transfer(const Settings& settings, std::vector<std::string> sets) {
  for (const char* set : {"links.west-east.loss=0", "workload.flows.message=1GiB", "workload.flows.depth=1",
                          "workload.flows.messages=1"}) {
    sets.emplace_back(set);
  }
  return run_flows(settings, sets).flows.at(0).completion.max_seconds;
}

struct Case {
  std::string what, parameters;
  double expected;
  std::vector<std::string> sets;
};

double stall(const Settings& settings, const Case& c) {
  std::vector<std::string> with = c.sets;
  with.push_back(cut("50ms"));
  return transfer(settings, with) - transfer(settings, c.sets);
}

// When the queue pair gives up, counted from the cut.
double time_to_failure(const Settings& settings, int exponent) {
  const std::vector<std::string> sets{"links.west-east.loss=0",
                                      "workload.flows.message=1GiB",
                                      "workload.flows.depth=1",
                                      "workload.flows.messages=1",
                                      "transport.retry=7",
                                      cut("1h"),
                                      "transport.ack-timeout=" + std::to_string(exponent)};
  const scenario::Scenario scenario = scenario::load(settings.bench, sets);
  const report::Result result = replay::measure_flows(scenario, fabric_packets::make_packet_fabric, {});
  if (result.is_valid)
    throw std::runtime_error(settings.bench.string() + ": a queue pair without light has not failed");
  return result.across_sites.fabric.virtual_seconds - begin;
}

}  // namespace

std::vector<Row> outage_stalls(const Settings& settings) {
  std::vector<Row> rows;
  if (!settings.affords(frames)) return rows;
  const std::string greedy = "transport.window=1000MB";
  const std::vector<Case> cases{
      {"stall, window-limited", "n 14, window 2 BDP", timer(14), {"transport.ack-timeout=14"}},
      {"stall, window-limited", "n 20, window 2 BDP", timer(20), {"transport.ack-timeout=20"}},
      {"stall, window-limited, selective repeat",
       "n 14, window 2 BDP",
       timer(14),
       {"transport.ack-timeout=14", "transport.retransmission=selective-repeat"}},
      {"stall, greedy, go-back-N",
       "n 14, window 1 GB",
       outage + round_trip_seconds,
       {"transport.ack-timeout=14", greedy}},
      {"stall, greedy, selective repeat",
       "n 14, window 1 GB",
       outage + round_trip_seconds,
       {"transport.ack-timeout=14", greedy, "transport.retransmission=selective-repeat"}},
  };
  for (const Case& c : cases) {
    rows.push_back({"O22", c.what + ", 50 ms without light", c.parameters + ", 100 Gb/s, 100 km", "s", c.expected,
                    stall(settings, c), 0.05, Tolerance::relative});
  }
  rows.push_back({"O22", "queue pair in error after the light went out", "n 14, retry 7: 8 timeouts", "s",
                  8 * timer(14), time_to_failure(settings, 14), 0.05, Tolerance::relative});
  return rows;
}

}  // namespace farlink::validate
