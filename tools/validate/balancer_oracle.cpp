// SPDX-License-Identifier: Apache-2.0
// O20: n equal elephants on m equal waves. The last one is as late as the fullest wave: n / (m E[largest load]) of what
// the waves could do together. The link's own hash and balancer, over many sets of flows; then the packets themselves.
#include <algorithm>
#include <stdexcept>

#include "control/fabric_packets/packet_fabric.hpp"
#include "control/replay/efficiency.hpp"
#include "control/scenario/parse.hpp"
#include "dataplane/link/balancer.hpp"
#include "dataplane/virtual_time/engine.hpp"
#include "tools/validate/flows.hpp"
#include "tools/validate/formulas.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

std::uint32_t largest_load(link::Balancer& balancer, std::uint32_t waves, std::uint32_t flows, std::uint32_t entropy) {
  std::vector<std::uint32_t> load(waves);
  for (std::uint32_t i = 0; i < flows; ++i)
    ++load[balancer.choose(virtual_time::flow_of(i, i, entropy + i), i, units::Instant::start())];
  return *std::max_element(load.begin(), load.end());
}

link::Balancer ecmp(std::uint32_t waves) {
  link::NearEdgeConfig config;
  config.waves = waves;
  return link::Balancer{config, link::Random{}};
}

Row hashed(std::uint32_t waves, std::uint32_t flows, double expected) {
  constexpr std::uint32_t trials = 20'000;
  link::Balancer balancer = ecmp(waves);
  double sum = 0;
  for (std::uint32_t t = 0; t < trials; ++t) sum += largest_load(balancer, waves, flows, t * flows);
  return {"O20",
          "share of all waves, ECMP",
          std::to_string(flows) + " flows, " + std::to_string(waves) + " waves, " + std::to_string(trials) + " hashes",
          "",
          expected,
          flows / (waves * sum / trials),
          0.03,
          Tolerance::relative};
}

// All flows together, frame by frame: the time of the last one against that of full waves.
double share_of_waves(const std::string& balancer, std::uint32_t waves, std::uint32_t flows) {
  constexpr double rate = 100e9, bytes = 32 << 20;
  const std::string gpus = "{gpus: " + std::to_string(flows) + ", nic: 100gbit}";
  const std::string text = "farlink: 1\nname: waves\nsites: {west: " + gpus + ", east: " + gpus +
                           "}\nlinks:\n  west-east: {between: [west, east], delay: 10us, equipment-delay: 0, waves: "
                           "{count: " +
                           std::to_string(waves) + ", rate: 100gbit}, balancer: " + balancer +
                           "}\ntransport: {qps-per-pair: 1, window: 2MiB, nak: every-gap, ack-timeout: 10}\n"
                           "workload: {flows: {pairs: " +
                           std::to_string(flows) + ", message: 32MiB, messages: 1}}\n";
  const report::Result result =
      replay::measure_flows(scenario::parse(text, "waves.yaml"), fabric_packets::make_packet_fabric, {});
  if (!result.is_valid) throw std::runtime_error("waves: invalid run: " + result.why_invalid);
  double last = 0;
  for (const auto& flow : result.across_sites.fabric.flows) last = std::max(last, flow.completion.max_seconds);
  return flows * bytes * 8 / (rate * payload_share * waves) / last;
}

}  // namespace

std::vector<Row> wave_balancers(const Settings& settings) {
  constexpr std::uint32_t shapes[] = {1, 2, 4, 8, 16, 64};  // n / m
  struct Line {
    std::uint32_t waves;
    double share[6];
  };
  constexpr Line table[] = {{2, {.663, .727, .785, .835, .878, .934}},
                            {4, {.472, .566, .653, .730, .793, .885}},
                            {8, {.386, .476, .568, .654, .732, .847}},
                            {16, {.324, .415, .508, .599, .683, .815}}};
  std::vector<Row> rows;
  for (const Line& line : table)
    for (std::size_t i = 0; i < 6; ++i) rows.push_back(hashed(line.waves, shapes[i] * line.waves, line.share[i]));
  struct Cell {
    std::uint32_t waves, flows;
  };
  for (const Cell& cell : {Cell{4, 4}, {4, 16}, {2, 8}}) {
    if (!settings.affords(cell.flows * std::uint64_t{8'192})) continue;
    const std::string shape = std::to_string(cell.flows) + " flows, " + std::to_string(cell.waves) + " waves";
    link::Balancer balancer = ecmp(cell.waves);
    const double load = largest_load(balancer, cell.waves, cell.flows, 0);
    rows.push_back({"O20", "share of all waves, frames, ECMP, as these flows hash", shape, "",
                    cell.flows / (cell.waves * load), share_of_waves("ecmp", cell.waves, cell.flows), 0.03,
                    Tolerance::relative});
    for (const char* balanced : {"per-packet", "planned"})
      rows.push_back({"O20", std::string{"share of all waves, frames, "} + balanced, shape, "", 1,
                      share_of_waves(balanced, cell.waves, cell.flows), 0.03, Tolerance::relative});
  }
  return rows;
}

}  // namespace farlink::validate
