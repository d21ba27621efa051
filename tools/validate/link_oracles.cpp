// SPDX-License-Identifier: Apache-2.0
// O2 to O5: a link without loss. Goodput per MTU, delay, round trips that were measured on fibre, and the window's
// limit.
#include <array>
#include <utility>

#include "tools/validate/flows.hpp"
#include "tools/validate/formulas.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {

namespace {

constexpr const char* no_loss = "links.west-east.loss=0";

// Inside a data centre: 10 us round trip, nothing else on the way.
const std::vector<std::string> in_data_centre{"links.west-east.delay=5us", "links.west-east.equipment-delay=0"};

std::vector<std::string> with(std::vector<std::string> sets, const std::vector<std::string>& more) {
  sets.insert(sets.end(), more.begin(), more.end());
  return sets;
}

}  // namespace

std::vector<Row> goodput_without_loss(const Settings& settings) {
  constexpr std::array<std::pair<double, double>, 5> line{
      {{256, 338}, {512, 594}, {1024, 1106}, {2048, 2130}, {4096, 4178}}};
  std::vector<Row> rows;
  for (const auto& [mtu, bytes] : line) {
    const std::uint64_t frames = 400'000;
    const auto sets = with(with(in_data_centre, stop_at(frames)), {no_loss, "transport.mtu=" + short_number(mtu)});
    const double measured = run_flows(settings, sets).flows.at(0).goodput_bps;
    rows.push_back({"O2", "goodput, MTU " + short_number(mtu), "100 Gb/s, IPv4, 10 us round trip, 4e5 frames", "Gb/s",
                    100 * mtu / bytes, measured / 1e9, 0.005, Tolerance::relative});
  }
  return rows;
}

std::vector<Row> one_way_delay(const Settings& settings) {
  struct Fibre {
    const char* medium;
    double microseconds_per_km;  // group index / c: 1.4682, 1.0003
  };
  std::vector<Row> rows;
  for (const double km : {1.0, 80.0, 300.0, 1000.0}) {
    const double fixed = 10;
    const auto measure = [&](const char* medium) {
      const std::vector<std::string> sets{"links.west-east.medium=" + std::string(medium), set_distance(km),
                                          "links.west-east.equipment-delay=10us"};
      return measured_round_trip(settings, sets) / 2 * 1e6;
    };
    const double glass = measure("g652");
    const double expected = km * 4.8974 + fixed;
    rows.push_back({"O3", "one-way delay, G.652", short_number(km) + " km, 10 us of equipment", "us", expected, glass,
                    std::max(1.0, expected * 1e-3), Tolerance::absolute});
    if (km < 80) continue;
    rows.push_back({"O3", "hollow core / G.652, fibre part", short_number(km) + " km", "", 0.682,
                    (measure("hollow-core") - fixed) / (glass - fixed), 0.001, Tolerance::absolute});
  }
  return rows;
}

std::vector<Row> measured_round_trips(const Settings& settings) {
  constexpr std::array<std::pair<double, double>, 6> measured{
      {{50, 632}, {100, 1131}, {200, 2138}, {300, 3158}, {400, 4145}, {500, 5179}}};
  std::vector<Row> rows;
  rows.reserve(measured.size());
  for (const auto& [km, microseconds] : measured) {
    rows.push_back({"O4", "round trip", short_number(km) + " km, medium hpe-measured", "us", microseconds,
                    measured_round_trip(settings, {set_distance(km)}) * 1e6, 0.02, Tolerance::relative});
  }
  return rows;
}

std::vector<Row> window_limit(const Settings& settings) {
  std::vector<Row> rows;
  const std::uint64_t frames = 8'000'000;
  if (settings.affords(frames)) {
    const auto many =
        run_flows(settings, with(stop_at(frames), {no_loss, set_distance(500), "transport.qps-per-pair=16",
                                                   "workload.flows.message=64KiB", "workload.flows.depth=64"}));
    rows.push_back({"O5", "16 queue pairs x 64 x 64 KiB, bytes on the line", "500 km, 100 Gb/s, 8e6 frames", "Gb/s", 99,
                    many.links.at(0).utilisation * 100, 0, Tolerance::at_least});
  }
  const auto one = run_flows(settings, with(stop_at(400'000), {no_loss, set_distance(100), "transport.window=4MiB"}));
  rows.push_back({"O5", "one window of 4 MiB", "100 km (1131 us), 100 Gb/s", "Gb/s", 29.7,
                  one.flows.at(0).goodput_bps / 1e9, 0.02, Tolerance::relative});
  for (const auto& [window, km] : {std::pair{1.0, 100.0}, {8.0, 300.0}, {16.0, 300.0}}) {
    const auto run = run_flows(settings, with(stop_at(400'000), {no_loss, set_distance(km),
                                                                 "transport.window=" + short_number(window) + "MiB"}));
    const double seconds = (123.2 + 10.0927 * km) * 1e-6;
    rows.push_back({"O5", "one window of " + short_number(window) + " MiB", short_number(km) + " km, 100 Gb/s", "Gb/s",
                    window * 1048576 * 8 / seconds / 1e9, run.flows.at(0).goodput_bps / 1e9, 0.02,
                    Tolerance::relative});
  }
  return rows;
}

}  // namespace farlink::validate
