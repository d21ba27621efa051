// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/flows.hpp"

#include <cstdio>
#include <stdexcept>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/efficiency.hpp"
#include "control/scenario/parse.hpp"

namespace farlink::validate {

fabric::Statistics run_flows(const Settings& settings, const std::vector<std::string>& sets) {
  const scenario::Scenario scenario = scenario::load(settings.bench, sets);
  const report::Result result = replay::measure_flows(scenario, fabric_packets::make_packet_fabric, {});
  if (!result.is_valid) throw std::runtime_error(settings.bench.string() + ": invalid run: " + result.why_invalid);
  return result.across_sites.fabric;
}

std::string short_number(double value, int digits) {
  char text[40];
  std::snprintf(text, sizeof text, "%.*g", digits, value);
  std::string number = text;
  // 1e-05 -> 1e-5
  const std::size_t e = number.find('e');
  if (e != std::string::npos && number.size() > e + 2 && number[e + 2] == '0') number.erase(e + 2, 1);
  return number;
}

std::string set_loss(double p) { return "links.west-east.loss=" + short_number(p * 1e6, 12) + "ppm"; }
std::string set_distance(double km) { return "links.west-east.distance=" + short_number(km) + "km"; }
std::string set_rate(double gigabits) { return "links.west-east.rate=" + short_number(gigabits) + "gbit"; }

std::vector<std::string> stop_at(std::uint64_t frames) {
  return {"workload.flows.stop-frames=" + std::to_string(frames), "workload.flows.stop-losses=1000000000000"};
}

double measured_round_trip(const Settings& settings, std::vector<std::string> sets) {
  for (const char* set :
       {"workload.flows.message=1B", "workload.flows.depth=1", "workload.flows.messages=3", "links.west-east.loss=0"}) {
    sets.emplace_back(set);
  }
  return run_flows(settings, sets).flows.at(0).completion.max_seconds;
}

}  // namespace farlink::validate
