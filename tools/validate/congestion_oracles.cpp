// SPDX-License-Identifier: Apache-2.0
// O13 to O15: DCQCN. How long its reaction point takes to heal, by itself; what it leaves of a link that four RNICs
// share, frame by frame; and a field measurement that is reported, not judged.
#include <algorithm>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/scenario/parse.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {
namespace {

using units::Duration;
using units::Instant;

std::string set_dcqcn(const std::string& keys) { return "transport.congestion-control={scheme: dcqcn, " + keys + "}"; }

// Seconds until the reaction point of a 100 Gb/s RNIC, cut so often at its least interval, is back at 99 % of the line.
double seconds_to_heal(const Settings& settings, const std::string& keys, int cuts) {
  const scenario::Scenario scenario = scenario::load(settings.bench, std::vector{set_dcqcn(keys), set_rate(100)});
  const rnic::Config nic = fabric_packets::nic_config(scenario, scenario.sites.front());
  const auto& config = std::get<rnic::DcqcnConfig>(nic.congestion);
  rnic::Dcqcn dcqcn{config, nic.rate};
  Instant now;
  for (int i = 0; i < cuts; ++i) dcqcn.on_cnp(now + i * config.decrease_interval);
  while (dcqcn.rate() < nic.rate * 99 / 100) {
    now = dcqcn.next_timer();
    dcqcn.on_timer(now);
  }
  return now.since_start().seconds();
}

// Four RNICs as fast as the link, a queue pair each; utilisation of the link in the second half of the run.
struct Shared {
  double utilisation = 0;
  double queue_peak_bytes = 0;
  double dropped = 0;
};

Shared run_shared(const Settings& settings, std::vector<std::string> sets, std::uint64_t frames) {
  for (const char* set : {"sites.west.gpus=4", "sites.east.gpus=4", "workload.flows.pairs=4", "links.west-east.loss=0"})
    sets.emplace_back(set);
  for (const std::string& set : stop_at(frames)) sets.push_back(set);
  const fabric::LinkStatistics link = run_flows(settings, sets).links.at(0);
  Shared shared;
  shared.queue_peak_bytes = static_cast<double>(link.queue_peak_bytes);
  shared.dropped = static_cast<double>(link.dropped.total());
  const std::size_t count = link.samples.size() - 1;  // the last one is not over
  const std::size_t first = count / 2;
  for (std::size_t i = first; i < count; ++i)
    shared.utilisation += link.samples[i].utilisation / static_cast<double>(count - first);
  return shared;
}

}  // namespace

std::vector<Row> dcqcn_increase(const Settings& settings) {
  struct Case {
    const char* what;
    const char* keys;
    int cuts;
    double milliseconds;
  };
  constexpr Case cases[] = {
      {"one cut to half", "preset: connectx", 1, 1.8},
      {"25 Gb/s, target 50 Gb/s", "preset: connectx, clamp-target: true", 2, 295},
      {"25 Gb/s, target 50 Gb/s", "preset: paper, byte-counter: 0, fast-recovery-steps: 1", 2, 68},
  };
  std::vector<Row> rows;
  for (const Case& c : cases) {
    rows.push_back({"O13", std::string("time to 99 Gb/s after ") + c.what, c.keys, "ms", c.milliseconds,
                    seconds_to_heal(settings, c.keys, c.cuts) * 1e3, 0.05, Tolerance::relative});
  }
  return rows;
}

std::vector<Row> dcqcn_utilisation(const Settings& settings) {
  std::vector<Row> rows;
  for (const char* preset : {"hpcc-vendor", "hpcc-paper"}) {
    for (const double microseconds : {10.0, 1000.0}) {
      const bool is_near = microseconds < 100;
      const std::uint64_t frames = is_near ? 400'000 : 3'000'000;
      if (!settings.affords(frames)) continue;
      const Shared shared = run_shared(
          settings,
          {set_rate(100), "links.west-east.delay=" + short_number(microseconds / 2) + "us",
           "links.west-east.equipment-delay=0", "links.west-east.ecn={kmin: 400kB, kmax: 1600kB, pmax: 20%}",
           "links.west-east.reverse.ecn=off", "transport.window=4bdp", set_dcqcn("preset: " + std::string(preset))},
          frames);
      const std::string what =
          "utilisation, 4 queue pairs into 100 Gb/s, round trip " + short_number(microseconds) + " us";
      const std::string parameters = std::string(preset) + ", Kmin 400 kB, Kmax 1600 kB, Pmax 20 %";
      if (is_near) {
        rows.push_back({"O14", what, parameters, "", 0.97, shared.utilisation, 0.1, Tolerance::at_least});
      } else {
        rows.push_back({"O14", what, parameters, "", 0.6, shared.utilisation, 0.2, Tolerance::absolute});
      }
    }
  }
  return rows;
}

// 100 km of the measured fibre, four clients of 100 Gb/s into 100 Gb/s with a window of one bandwidth-delay product
// and 16 queue pairs each; buffer 2.5, Kmin 0.75, Kmax 1.5 round trips of the link's rate.
std::vector<Row> long_haul_field(const Settings& settings) {
  constexpr std::uint64_t frames = 6'000'000;
  if (!settings.affords(frames)) return {};
  const double product = 1131e-6 * 100e9 / 8;
  const auto bytes = [&](double round_trips) {
    return std::to_string(static_cast<std::uint64_t>(round_trips * product)) + "B";
  };
  const Shared shared = run_shared(
      settings,
      {set_rate(100), set_distance(100),
       "links.west-east.ecn={kmin: " + bytes(0.75) + ", kmax: " + bytes(1.5) + ", pmax: 10%}",
       "links.west-east.reverse.ecn=off", "links.west-east.lossless={pfc: segmented, buffer: " + bytes(2.5) + "}",
       "transport.qps-per-pair=16", "transport.window=" + bytes(1.0 / 16), set_dcqcn("preset: long-haul")},
      frames);
  const std::string parameters = "100 km, 4 x 100 Gb/s into 100 Gb/s, long-haul, buffer 2.5 RTT, Kmin 0.75, Kmax 1.5";
  return {{"O15", "utilisation", parameters, "", 1, shared.utilisation, 0, Tolerance::reported},
          {"O15", "frames dropped", parameters, "", 0, shared.dropped, 0, Tolerance::reported},
          {"O15", "queue peak in round trips", parameters, "", 1, shared.queue_peak_bytes / product, 0,
           Tolerance::reported}};
}

}  // namespace farlink::validate
