// SPDX-License-Identifier: Apache-2.0
#include "control/headroom/far_settings.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "dataplane/link/rate_matcher.hpp"
#include "dataplane/units/text.hpp"
#include "dataplane/wire/size.hpp"

namespace farlink::headroom {

namespace {

const scenario::Site& site_named(const scenario::Scenario& scenario, const std::string& name) {
  const auto found =
      std::find_if(scenario.sites.begin(), scenario.sites.end(), [&](const auto& s) { return s.name == name; });
  if (found == scenario.sites.end()) throw std::invalid_argument("link leads to unknown site '" + name + "'");
  return *found;
}

// Of the transport; or of the ports, when traffic comes from outside.
Bytes largest_frame(const scenario::Scenario& scenario) {
  using enum wire::Opcode;
  if (std::holds_alternative<scenario::NoWorkload>(scenario.workload))
    return Bytes{wire::line_bytes(static_cast<std::uint32_t>(scenario.dpdk.mtu.count()))};
  const std::uint32_t frame =
      wire::frame_bytes(write_only_with_immediate, scenario.transport.mtu, wire::IpVersion::v4, false);
  return Bytes{wire::line_bytes(frame)};
}

// The receivers have what they need, the gateway the rest. Of a buffer that is too small a quarter is theirs.
link::FarThresholdConfig relay_thresholds(const scenario::Lossless& lossless, const Bounds& need, Bytes buffer) {
  link::FarThresholdConfig config;
  config.xoff = lossless.far_xoff.value_or(std::min(need.xoff, buffer / 4));
  config.xon = std::min(config.xoff, lossless.far_xon.value_or(config.xoff / 2));
  config.headroom = lossless.headroom.value_or(buffer - std::min(config.xoff, buffer));
  return config;
}

}  // namespace

// What was written stands; of the rest, headroom comes first, as far as the whole has room. Where it has not, XOFF is
// at three quarters, as at the near edge.
link::FarThresholdConfig thresholds(const scenario::Lossless& lossless, const Bounds& need, Bytes buffer) {
  if (lossless.pfc == scenario::PfcMode::relay) return relay_thresholds(lossless, need, buffer);
  link::FarThresholdConfig config;
  config.alpha = lossless.far_alpha.value_or(0);
  const Bytes rest = lossless.far_xoff      ? buffer - std::min(*lossless.far_xoff, buffer)
                     : need.total <= buffer ? buffer
                                            : buffer / 4;
  config.headroom = lossless.headroom.value_or(std::min(need.headroom, rest));
  config.xoff = lossless.far_xoff.value_or(buffer - std::min(config.headroom, buffer));
  config.xon = std::min(config.xoff, lossless.far_xon.value_or(std::max(need.xon, config.xoff * 2 / 3)));
  return config;
}

Bytes far_buffer(const scenario::Lossless& lossless, const Bounds& need) {
  if (!lossless.sizes_far_buffer) return lossless.far_buffer;
  if (lossless.pfc == scenario::PfcMode::rate_matched) return std::max(need.total, lossless.far_buffer);
  const Bytes parts = lossless.far_xoff.value_or(need.xoff) + lossless.headroom.value_or(need.headroom);
  return std::max(parts, lossless.far_buffer);
}

std::optional<Scheme> scheme_of(scenario::PfcMode mode) {
  switch (mode) {
    case scenario::PfcMode::off:
      break;
    case scenario::PfcMode::segmented:
      return Scheme::segmented;
    case scenario::PfcMode::end_to_end:
      return Scheme::end_to_end;
    case scenario::PfcMode::relay:
      return Scheme::relay;
    case scenario::PfcMode::rate_matched:
      return Scheme::rate_matched;
  }
  return std::nullopt;
}

Path path_of(const scenario::Scenario& scenario, const scenario::Link& link, std::uint32_t direction,
             std::uint32_t west_ports, std::uint32_t east_ports) {
  const bool is_forward = direction == 0;
  const scenario::DirectionSettings& there = is_forward ? link.forward : link.reverse;
  const scenario::DirectionSettings& back = is_forward ? link.reverse : link.forward;
  const scenario::Site& near = site_named(scenario, is_forward ? link.west : link.east);
  const scenario::Site& far = site_named(scenario, is_forward ? link.east : link.west);
  Path path;
  path.rate = there.rate;
  path.waves = link.waves;
  path.wave_back = back.rate / link.waves;
  path.round_trip =
      there.delay + there.equipment_delay + there.jitter + back.delay + back.equipment_delay + back.jitter;
  path.senders = is_forward ? west_ports : east_ports;
  path.nic = near.nic;
  path.drain = link.lossless.far_rate.value_or(far.nic) * (is_forward ? east_ports : west_ports);
  path.frame = largest_frame(scenario);
  path.overhead = there.overhead;
  path.overhead_back = back.overhead;
  path.near_xoff = link.lossless.xoff;
  path.slot = link.lossless.slot;
  path.jitter_back = back.jitter;
  return path;
}

FarSettings far_settings(const scenario::Scenario& scenario, const scenario::Link& link, std::uint32_t direction,
                         std::uint32_t west_ports, std::uint32_t east_ports) {
  const scenario::Lossless& lossless = link.lossless;
  const scenario::Site& far = site_named(scenario, direction == 0 ? link.east : link.west);
  FarSettings settings;
  settings.watchdog = lossless.watchdog;
  link::FarEdgeConfig& edge = settings.far_edge;
  edge.ports = direction == 0 ? east_ports : west_ports;
  edge.port_rate = lossless.far_rate.value_or(far.nic);
  edge.buffer = lossless.far_buffer;
  const std::optional<Scheme> scheme = scheme_of(lossless.pfc);
  if (!scheme) return settings;

  const Path path = path_of(scenario, link, direction, west_ports, east_ports);
  const Bounds need = bounds(*scheme, path);
  edge.buffer = far_buffer(lossless, need);
  if (*scheme == Scheme::rate_matched) {
    if (edge.buffer < need.total) {
      throw std::invalid_argument(
          "links." + link.name + ".lossless.far-buffer: rate-matched keeps this line busy with " +
          std::to_string(need.total.count()) + "B at least, there are " + std::to_string(edge.buffer.count()) +
          "B; give that much, or leave far-buffer out to have it sized");
    }
    edge.control = link::RateMatchingConfig{
        path.rate, reaction(path) + units::serialization_time(path.frame + path.overhead, path.rate / path.waves),
        path.slot};
    return settings;
  }
  link::FarThresholdConfig control = thresholds(lossless, need, edge.buffer);
  const bool is_end_to_end = *scheme == Scheme::end_to_end;
  if (is_end_to_end) settings.pause_target = link::PauseTarget::senders;
  const BitRate obeying = is_end_to_end ? path.nic : path.rate / path.waves;
  if (lossless.refresh) control.refresh = wire::pause_time(wire::max_pause_quanta, obeying) / 2;
  if (*scheme == Scheme::relay)
    edge.control = link::PauseRelayConfig{path.rate,        control.xoff,     control.xon,
                                          control.headroom, repetition(path), control.refresh};
  else
    edge.control = control;
  return settings;
}

}  // namespace farlink::headroom
