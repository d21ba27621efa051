// SPDX-License-Identifier: Apache-2.0
// Any lines are new values of a running link, or a ScenarioError and no change; what is accepted can be set once more
// and then changes nothing.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <vector>

#include "control/scenario/change.hpp"
#include "control/scenario/parse.hpp"

namespace {

const farlink::scenario::Scenario& lab() {
  static const farlink::scenario::Scenario scenario = farlink::scenario::parse(
      "farlink: 1\nname: lab\nsites: {west: {}, east: {}}\n"
      "links: {west-east: {between: [west, east], distance: 100km, rate: 1gbit, burst-loss: {loss: 1%, mean-burst: "
      "3},\n"
      "  ecn: {kmin: 1MiB, kmax: 2MiB, pmax: 1%}, listed-loss: [{qp: 17}]}}\n"
      "ports: {west: [net_ring0], east: [net_ring1]}\n",
      "lab.yaml");
  return scenario;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace farlink::scenario;
  if (size == 0) return 0;
  const auto direction = static_cast<DirectionChoice>(data[0] % 3);
  std::istringstream text{std::string{reinterpret_cast<const char*>(data) + 1, size - 1}};
  std::vector<std::string> values;
  for (std::string line; std::getline(text, line);) values.push_back(line);
  try {
    const Scenario once = with_values(lab(), "west-east", direction, values);
    if (with_values(once, "west-east", direction, values) != once) std::abort();
  } catch (const ScenarioError&) {
  }
  return 0;
}
