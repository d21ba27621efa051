// SPDX-License-Identifier: Apache-2.0
// O8: what random loss leaves of the goodput under selective repeat, for windows of one, two and three bandwidth-delay
// products. 3000 packets are a round trip at 100 Gb/s over 87.2 km of the measured fibre.
#include "tools/validate/flows.hpp"
#include "tools/validate/formulas.hpp"
#include "tools/validate/oracle.hpp"

namespace farlink::validate {
namespace {

struct Point {
  int window;  // bandwidth-delay products
  double p;
  double expected;  // Monte Carlo of an ideal sender, share of the goodput without loss
};

// A sender that knows at once what is missing loses p, and nothing else, once the window holds three round trips.
constexpr Point points[] = {{1, 1e-5, 0.973},  {1, 1e-4, 0.81},   {1, 1e-3, 0.57}, {1, 1e-2, 0.47},
                            {2, 1e-4, 0.9997}, {2, 1e-3, 0.9955}, {2, 1e-2, 0.84}};

double measured_share(const Settings& settings, int window, double p, std::uint64_t frames) {
  std::vector<std::string> sets{set_rate(100), set_distance(87.2), set_loss(p),
                                "transport.retransmission=selective-repeat",
                                "transport.window=" + std::to_string(window) + "bdp"};
  for (const std::string& set : stop_at(frames)) sets.push_back(set);
  return run_flows(settings, sets).flows.at(0).goodput_bps / (100e9 * payload_share);
}

std::string parameters_of(int window, double p) {
  return "window " + std::to_string(window) + " BDP, p " + short_number(p) + ", W 3000";
}

}  // namespace

std::vector<Row> selective_repeat(const Settings& settings) {
  constexpr std::uint64_t frames = 6'000'000;  // 2000 round trips
  std::vector<Row> rows;
  if (!settings.affords(frames)) return rows;
  for (const Point& point : points) {
    rows.push_back({"O8", "goodput share, selective repeat", parameters_of(point.window, point.p), "", point.expected,
                    measured_share(settings, point.window, point.p, frames), 0.10, Tolerance::relative});
  }
  for (const double p : {1e-4, 1e-3, 1e-2}) {
    rows.push_back({"O8", "goodput share, at least 0.99 (1 - p)", parameters_of(3, p), "", 0.99 * (1 - p),
                    measured_share(settings, 3, p, frames), 0, Tolerance::at_least});
  }
  return rows;
}

}  // namespace farlink::validate
