// SPDX-License-Identifier: Apache-2.0
#include "control/live/forwarder_dataplane.hpp"

#include <algorithm>
#include <stdexcept>

#include "control/fabric_packets/dataplane_config.hpp"

namespace farlink::live {
namespace {

std::uint32_t index_of(const scenario::Scenario& scenario, const std::string& site) {
  const auto found =
      std::find_if(scenario.sites.begin(), scenario.sites.end(), [&](auto& s) { return s.name == site; });
  return static_cast<std::uint32_t>(found - scenario.sites.begin());
}

std::uint32_t port_count(const scenario::Scenario& scenario, const std::string& site) {
  return static_cast<std::uint32_t>(scenario.sites[index_of(scenario, site)].ports.size());
}

bool is_pci(const std::string& device) { return device.find(':') != std::string::npos && !device.starts_with("net_"); }

}  // namespace

dpdk::EalOptions eal_options(const scenario::Scenario& scenario, const LivePlan& plan) {
  dpdk::EalOptions options;
  options.name = scenario.dpdk.file_prefix.empty() ? scenario.name : scenario.dpdk.file_prefix;
  options.cpus.assign(scenario.dpdk.lcores.begin(), scenario.dpdk.lcores.end());
  options.memory_bytes = (scenario.dpdk.memory ? *scenario.dpdk.memory : plan.memory).count();
  if (scenario.dpdk.memory) require_fits(demand_of(scenario), *scenario.dpdk.memory);
  options.hugepages = scenario.dpdk.hugepages == scenario::Hugepages::on    ? dpdk::HugepageUse::on
                      : scenario.dpdk.hugepages == scenario::Hugepages::off ? dpdk::HugepageUse::off
                                                                            : dpdk::HugepageUse::automatic;
  for (const scenario::Site& site : scenario.sites)
    options.uses_pci = options.uses_pci || std::any_of(site.ports.begin(), site.ports.end(), is_pci);
  options.args = scenario.dpdk.args;
  return options;
}

dpdk::ForwarderConfig forwarder_config(const scenario::Scenario& scenario, const LivePlan& plan) {
  dpdk::ForwarderConfig config;
  config.name = scenario.name.substr(0, 20);  // DPDK's names of pools are short
  for (const scenario::Site& site : scenario.sites) config.sites.push_back({site.name, site.ports, site.nic});
  for (std::uint32_t i = 0; i < scenario.links.size(); ++i) {
    const scenario::Link& link = scenario.links[i];
    dpdk::LinkConfig live;
    live.name = link.name;
    live.west = index_of(scenario, link.west);
    live.east = index_of(scenario, link.east);
    live.directions = fabric_packets::direction_configs(scenario, i, port_count(scenario, link.west),
                                                        port_count(scenario, link.east));
    live.has_pfc = link.lossless.pfc != scenario::PfcMode::off;
    config.links.push_back(live);
  }
  config.mbufs = static_cast<std::uint32_t>(plan.mbufs);
  config.frame_bytes = static_cast<std::uint32_t>(scenario.dpdk.mtu.count());
  config.idle = scenario.dpdk.idle == scenario::Idle::yield ? dpdk::Idle::yield : dpdk::Idle::spin;
  config.max_lag = scenario.dpdk.max_lag;
  return config;
}

void ForwarderDataplane::publish(const std::vector<Change>& changes) {
  std::vector<link::DirectionConfig> configs;
  configs.reserve(changes.size());
  for (const Change& change : changes) configs.push_back(change.config);
  forwarder_.publish(configs);
}

std::vector<std::shared_ptr<link::CaptureRing>> ForwarderDataplane::start_capture(const CaptureRequest& request) {
  if (std::find(captured_links_.begin(), captured_links_.end(), request.link) != captured_links_.end())
    throw std::runtime_error("a capture runs on this link already; end it first");
  std::vector<std::shared_ptr<link::CaptureRing>> rings;
  for (std::uint32_t direction = 0; direction < 2; ++direction) {
    if (request.direction && *request.direction != direction) continue;
    rings.push_back(std::make_shared<link::CaptureRing>(request.slots, request.snap_bytes));
    forwarder_.start_capture(request.link, direction, rings.back(), request.point);
  }
  captured_links_.push_back(request.link);
  return rings;
}

void ForwarderDataplane::stop_capture(std::uint32_t link) {
  forwarder_.stop_capture(link);
  std::erase(captured_links_, link);
}

}  // namespace farlink::live
