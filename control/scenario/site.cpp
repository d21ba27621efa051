// SPDX-License-Identifier: Apache-2.0
// sites.NAME, and NIC rates that follow the rate of a site's only link.
#include "control/scenario/sections.hpp"

namespace farlink::scenario {
namespace {

constexpr Duration fabric_latency = Duration::microseconds(8);

LocalNetwork read_local_network(const Reader& reader, LocalNetwork fallback) {
  return {.bandwidth = reader.rate("bandwidth", fallback.bandwidth),
          .latency = reader.duration("latency", fallback.latency)};
}

// The rate of the one link that touches the site.
BitRate rate_of_only_link(const Reader& top, const Reader& site, const std::string& name) {
  std::vector<Reader> touching;
  for (const auto& [link_name, link] : top.named("links")) {
    const auto [west, east] = read_between(link);
    if (west == name || east == name) touching.push_back(link);
  }
  if (touching.size() != 1) {
    site.refuse("nic", "can follow a link only when the site has exactly one; write a rate such as 200gbit");
  }
  const BitRate rate = own_rate(touching.front());
  if (rate == BitRate{}) {
    touching.front().refuse("rate", "is missing, and the NICs of site '" + name +
                                        "' follow it; give 'rate' or 'waves', or give the site a 'nic'");
  }
  return rate;
}

BitRate read_nic(const Reader& top, const Reader& site, const std::string& name, bool is_lab) {
  if (!site.has("nic") && !is_lab) site.refuse("nic", "is missing; the NIC rate per GPU, such as 200gbit");
  if (site.text("nic", "link") == "link") return rate_of_only_link(top, site, name);
  return site.rate("nic", {});
}

}  // namespace

std::vector<Site> read_sites(const Reader& top) {
  const bool is_live = top.has("ports");
  const bool is_lab = is_live || top.section("workload").has("flows");
  std::vector<Site> sites;
  for (const auto& [name, reader] : top.named("sites")) {
    if (!is_lab && !reader.has("gpus")) reader.refuse("gpus", "is missing; the number of accelerators at this site");
    Site site;
    site.name = name;
    site.gpus = reader.whole32("gpus", 1);
    site.gpus_per_node = reader.whole32("gpus-per-node", site.gpus_per_node);
    site.nic = read_nic(top, reader, name, is_lab);
    site.in_node = read_local_network(reader.section("in-node"), site.in_node);
    site.fabric = read_local_network(reader.section("fabric"), {.bandwidth = site.nic, .latency = fabric_latency});
    sites.push_back(std::move(site));
  }
  if (!is_live) return sites;
  read_ports(top, sites);
  for (Site& site : sites) {
    const auto ports = static_cast<std::uint32_t>(site.ports.size());
    const Reader reader = top.section("sites").section(site.name);
    if (reader.has("gpus") && site.gpus != ports) {
      reader.refuse("gpus", "= " + std::to_string(site.gpus) + ", but the site has " + std::to_string(ports) +
                                " ports; leave it out, each port is one NIC");
    }
    site.gpus = ports;
  }
  return sites;
}

}  // namespace farlink::scenario
