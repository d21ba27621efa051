// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_flows/path.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "control/fabric_packets/dataplane_config.hpp"
#include "control/fabric_packets/queue_pair_network.hpp"
#include "dataplane/link/impairments/forward_error_correction.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::fabric_flows {

namespace {

// Of a frame of so many bytes on the line, encapsulation included.
double loss_of(const link::ImpairmentConfig& impairments, double line_bytes) {
  const double bits = 8 * (line_bytes - wire::preamble_and_gap_bytes);
  double arrives = (1 - impairments.loss.value()) * (1 - impairments.corrupt.value());
  arrives *= std::exp(bits * std::log1p(-impairments.bit_error.value()));
  arrives *=
      1 - link::frame_loss_of_codewords(impairments.codeword_failure.value(), static_cast<std::uint32_t>(line_bytes));
  return 1 - arrives;
}

double picoseconds(units::Duration duration) { return static_cast<double>(duration.picoseconds()); }

}  // namespace

std::uint32_t answer_bytes() noexcept {
  return wire::line_bytes(wire::frame_bytes(wire::Opcode::acknowledge, 0, wire::IpVersion::v4, false));
}

Shape shape_of(std::uint64_t payload, std::uint32_t mtu, std::uint32_t requests) noexcept {
  using wire::Opcode;
  constexpr double around =
      wire::line_bytes(wire::frame_bytes(Opcode::write_middle, 4096, wire::IpVersion::v4, false)) - 4096;
  Shape shape;
  shape.packets = std::max<std::uint64_t>(1, (payload + mtu - 1) / mtu);
  const double headers = wire::reth_bytes + wire::immediate_bytes;
  shape.bytes = static_cast<double>(payload + wire::pad_bytes(static_cast<std::uint32_t>(payload % 4))) +
                around * static_cast<double>(shape.packets) + headers * requests;
  return shape;
}

std::vector<Path> paths_of(const scenario::Scenario& scenario, const std::vector<std::uint32_t>& nics_per_site) {
  std::vector<Path> paths;
  for (std::uint32_t i = 0; i < scenario.links.size(); ++i) {
    const scenario::Link& link = scenario.links[i];
    const std::uint32_t west = fabric_packets::site_number(scenario, link.west);
    const std::uint32_t east = fabric_packets::site_number(scenario, link.east);
    const auto configs = fabric_packets::direction_configs(scenario, i, nics_per_site[west], nics_per_site[east]);
    for (std::uint32_t direction = 0; direction < 2; ++direction) {
      const link::DirectionConfig& config = configs[direction];
      const link::NearEdgeConfig& near = config.near_edge;
      const bool is_lossless = near.has_backpressure;
      const double full = is_lossless ? static_cast<double>(std::min(near.xoff, near.buffer).count())
                                      : std::numeric_limits<double>::infinity();
      Path path{.link = i, .direction = direction, .line = Line{near.waves, per_picosecond(near.rate), full}};
      path.from = direction == 0 ? west : east;
      path.to = direction == 0 ? east : west;
      path.delay = picoseconds(config.fibre.delay + config.fibre.jitter);
      path.skew = picoseconds(near.skew);
      path.overhead = static_cast<double>(near.overhead.count());
      path.packet = wire::line_bytes(
          wire::frame_bytes(wire::Opcode::write_middle, scenario.transport.mtu, wire::IpVersion::v4, false));
      path.loss = loss_of(config.impairments, path.packet + path.overhead);
      path.answer_loss = loss_of(config.impairments, answer_bytes() + path.overhead);
      path.near_rate = per_picosecond(scenario.sites[path.from].nic);
      path.far_rate = per_picosecond(config.far_edge.port_rate);
      path.buffer = static_cast<double>(near.buffer.count());
      path.is_lossless = is_lossless;
      paths.push_back(std::move(path));
    }
  }
  return paths;
}

}  // namespace farlink::fabric_flows
