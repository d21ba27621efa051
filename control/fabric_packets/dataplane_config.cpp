// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/dataplane_config.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "control/fabric_packets/queue_pair_network.hpp"
#include "control/headroom/far_settings.hpp"
#include "dataplane/link/impairments/forward_error_correction.hpp"
#include "dataplane/wire/psn.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::fabric_packets {

namespace {

void set_errors(link::ImpairmentConfig& impairments, const scenario::Fec& fec) {
  if (fec.code == scenario::Fec::Code::none) {
    impairments.bit_error = fec.pre_fec_ber;
    return;
  }
  const double before = fec.pre_fec_ber.value();
  if (fec.code == scenario::Fec::Code::cfec || fec.code == scenario::Fec::Code::ofec) {
    const link::SoftDecision& code = fec.code == scenario::Fec::Code::ofec ? link::ofec : link::cfec;
    if (before > code.threshold)
      impairments.codeword_failure = units::Probability::always();
    else
      impairments.bit_error = units::Probability::of(code.residual);
    return;
  }
  const link::ReedSolomon& code = fec.code == scenario::Fec::Code::kp4 ? link::kp4 : link::kr4;
  impairments.codeword_failure = units::Probability::of(link::codeword_failure(code, before));
}

link::DirectionConfig one_direction(const scenario::Scenario& scenario, const scenario::Link& link,
                                    const scenario::DirectionSettings& settings) {
  link::DirectionConfig config;
  config.seed = scenario.run.seed;
  config.near_edge.waves = link.waves;
  config.near_edge.rate = settings.rate / link.waves;
  config.near_edge.buffer = link.lossless.buffer;
  config.near_edge.has_backpressure = link.lossless.pfc != scenario::PfcMode::off;
  config.near_edge.xoff = link.lossless.xoff;
  config.near_edge.xon = link.lossless.xon;
  if (const auto& ecn = settings.ecn)
    config.near_edge.ecn = link::EcnMarking{ecn->kmin, ecn->kmax, ecn->pmax, ecn->near_cnp_interval};
  // `planned` gives flows their waves where they are opened.
  if (link.balancer == scenario::Balancer::flowlet) config.near_edge.balancing = link::Balancing::flowlet;
  if (link.balancer == scenario::Balancer::per_packet) config.near_edge.balancing = link::Balancing::per_packet;
  config.near_edge.flowlet_gap = link.flowlet_gap;
  config.near_edge.skew = link.skew;
  config.near_edge.overhead = settings.overhead;
  link::ImpairmentConfig& impairments = config.impairments;
  impairments.loss = settings.loss;
  if (settings.burst_loss) {
    const scenario::BurstLoss& burst = *settings.burst_loss;
    impairments.burst = {burst.good_to_bad, burst.bad_to_good, burst.loss_good, burst.loss_bad};
  }
  impairments.bit_error = settings.bit_error;
  if (settings.fec) set_errors(impairments, *settings.fec);
  for (const scenario::ListedLoss& listed : settings.listed_loss)
    impairments.listed.push_back({listed.qp, listed.psn, listed.opcode, listed.nth});
  impairments.corrupt = settings.corrupt;
  impairments.duplicate = settings.duplicate;
  impairments.ce_mark = settings.ce_mark;
  config.fibre.delay = settings.delay + settings.equipment_delay;
  config.fibre.jitter = settings.jitter;
  return config;
}

}  // namespace

std::array<link::DirectionConfig, 2> direction_configs(const scenario::Scenario& scenario, std::uint32_t ordinal,
                                                       std::uint32_t west_ports, std::uint32_t east_ports) {
  const scenario::Link& link = scenario.links[ordinal];
  std::array<link::DirectionConfig, 2> configs{one_direction(scenario, link, link.forward),
                                               one_direction(scenario, link, link.reverse)};
  for (std::uint32_t direction = 0; direction < 2; ++direction) {
    configs[direction].link = ordinal;
    configs[direction].direction = direction;
    const headroom::FarSettings far = headroom::far_settings(scenario, link, direction, west_ports, east_ports);
    configs[direction].far_edge = far.far_edge;
    configs[direction].near_edge.pause_target = far.pause_target;
    configs[direction].near_edge.watchdog = far.watchdog;
  }
  return configs;
}

std::optional<virtual_time::BackgroundConfig> background_config(const scenario::Scenario& scenario,
                                                                std::uint32_t ordinal, std::uint32_t direction) {
  const scenario::Link& link = scenario.links[ordinal];
  const auto& background = (direction == 0 ? link.forward : link.reverse).background;
  if (!background) return std::nullopt;
  virtual_time::BackgroundConfig config;
  config.rate = background->rate;
  config.line_bytes = static_cast<std::uint32_t>(background->frame.count()) + wire::preamble_and_gap_bytes;
  config.priority = background->priority;
  config.on = background->on;
  config.off = background->off;
  config.draws = background->has_random_periods;
  config.random = {scenario.run.seed, ordinal, direction, link::Stage::background};
  return config;
}

units::Duration round_trip(const scenario::Link& link) {
  return link.forward.delay + link.forward.equipment_delay + link.reverse.delay + link.reverse.equipment_delay;
}

namespace {

// On the line.
std::uint32_t full_packet_bytes(std::uint32_t mtu) {
  return wire::line_bytes(wire::frame_bytes(wire::Opcode::write_middle, mtu, wire::IpVersion::v4, false));
}

std::uint64_t window_packets(const scenario::Scenario& scenario, const scenario::Site& site) {
  constexpr std::uint64_t least = 64;
  const scenario::Transport& transport = scenario.transport;
  if (const auto* bytes = std::get_if<units::Bytes>(&transport.window))
    return std::max<std::uint64_t>(1, bytes->count() / transport.mtu);
  const std::uint32_t line = full_packet_bytes(transport.mtu);
  std::uint64_t packets = least;
  for (const scenario::Link& link : scenario.links) {
    if (link.west != site.name && link.east != site.name) continue;
    const units::BitRate rate = std::min(site.nic, link.west == site.name ? link.forward.rate : link.reverse.rate);
    const double bdp = static_cast<double>(units::bytes_in(rate, round_trip(link)).count());
    packets = std::max(packets, static_cast<std::uint64_t>(std::ceil(std::get<double>(transport.window) * bdp / line)));
  }
  return packets;
}

units::BitRate rate_of(const scenario::RateOrShare& value, units::BitRate nic) {
  if (const auto* rate = std::get_if<units::BitRate>(&value)) return *rate;
  const double rate = std::get<double>(value) * static_cast<double>(nic.bits_per_second());
  return units::BitRate::bits_per_second(static_cast<std::uint64_t>(std::llround(rate)));
}

// From a full packet's first bit into the RNIC's serializer to its acknowledgement: both fibres, and at each of three
// serializers the packet and then its answer.
units::Duration empty_round_trip(const scenario::Scenario& scenario, const scenario::Site& site,
                                 const scenario::Link& link) {
  const units::Bytes packet{full_packet_bytes(scenario.transport.mtu)};
  const units::Bytes answer{
      wire::line_bytes(wire::frame_bytes(wire::Opcode::acknowledge, 0, wire::IpVersion::v4, false))};
  const bool is_west = link.west == site.name;
  const scenario::Site& far = scenario.sites[site_number(scenario, is_west ? link.east : link.west)];
  const scenario::DirectionSettings& out = is_west ? link.forward : link.reverse;
  const scenario::DirectionSettings& back = is_west ? link.reverse : link.forward;
  return round_trip(link) + serialization_time(packet, site.nic) +
         serialization_time(packet + out.overhead, out.rate / link.waves) + serialization_time(packet, far.nic) +
         serialization_time(answer, far.nic) + serialization_time(answer + back.overhead, back.rate / link.waves) +
         serialization_time(answer, site.nic);
}

struct SetCongestionControl {
  const scenario::Scenario& scenario;
  const scenario::Site& site;
  rnic::Config& config;

  void operator()(std::monostate) const {}
  void operator()(const scenario::RateLimit& limit) const { config.congestion = rnic::RateLimit{limit.rate}; }
  void operator()(const scenario::Dcqcn& d) const {
    rnic::DcqcnConfig dcqcn;
    dcqcn.g = d.g;
    dcqcn.initial_alpha = d.initial_alpha;
    dcqcn.alpha_timer = d.alpha_timer;
    dcqcn.decrease_interval = d.decrease_interval;
    dcqcn.increase_timer = d.increase_timer;
    dcqcn.byte_counter = d.byte_counter;
    dcqcn.fast_recovery_steps = d.fast_recovery_steps;
    dcqcn.additive_increase = rate_of(d.additive_increase, config.rate);
    dcqcn.hyper_increase = rate_of(d.hyper_increase, config.rate);
    dcqcn.largest_cut = d.largest_cut;
    dcqcn.least_rate = d.least_rate;
    dcqcn.clamps_target = d.clamps_target;
    config.congestion = dcqcn;
    config.cnp_interval = d.cnp_interval;
  }
  void operator()(const scenario::Swift& s) const {
    rnic::SwiftConfig swift;
    for (const scenario::Link& link : scenario.links) {
      if (link.west != site.name && link.east != site.name) continue;
      const units::Duration delay = empty_round_trip(scenario, site, link);
      swift.base_delay = std::max(swift.base_delay, s.base_delay.value_or(delay));
      const units::BitRate rate = std::min(site.nic, link.west == site.name ? link.forward.rate : link.reverse.rate);
      const double packets = static_cast<double>(units::bytes_in(rate, delay).count()) / full_packet_bytes(config.mtu);
      swift.initial_window = std::max(swift.initial_window, packets);
    }
    swift.target = s.target;
    swift.flow_scaling = s.flow_scaling;
    swift.additive_increase = s.window_increase;
    swift.multiplicative_decrease = s.multiplicative_decrease;
    swift.largest_cut = s.largest_cut;
    config.congestion = swift;
  }
};

}  // namespace

rnic::Config nic_config(const scenario::Scenario& scenario, const scenario::Site& site) {
  const scenario::Transport& transport = scenario.transport;
  rnic::Config config;
  config.rate = site.nic;
  config.mtu = transport.mtu;
  config.window = window_packets(scenario, site);
  if (config.window >= wire::psn_window) {
    throw std::invalid_argument("transport: window of " + std::to_string(config.window) + " packets at site '" +
                                site.name +
                                "' exceeds what packet sequence numbers can tell apart (8388607); set transport.window "
                                "to a smaller number of bytes, or a larger mtu");
  }
  config.ack_every = transport.ack_every;
  if (transport.retransmission == scenario::Retransmission::selective_repeat)
    config.recovery = rnic::Recovery::selective_repeat;
  config.nak = transport.nak == scenario::NakMode::once ? rnic::NakMode::once : rnic::NakMode::every_gap;
  config.ack_timeout = static_cast<std::uint8_t>(transport.ack_timeout);
  if (transport.adaptive_timer) config.adaptive_timer = static_cast<std::uint8_t>(*transport.adaptive_timer);
  config.slow_restart = transport.slow_restart;
  config.retry = transport.retry;
  if (const auto& code = transport.erasure_coding) {
    config.erasure_code = rnic::ErasureCode{
        code->is_xor ? rnic::ErasureCode::Kind::exclusive_or : rnic::ErasureCode::Kind::mds, code->data, code->parity};
    config.window = std::max<std::uint64_t>(config.window, code->data + transport.ack_every);
  }
  std::visit(SetCongestionControl{scenario, site, config}, transport.congestion_control);
  return config;
}

}  // namespace farlink::fabric_packets
