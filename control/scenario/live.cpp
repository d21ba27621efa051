// SPDX-License-Identifier: Apache-2.0
// ports, dpdk, events and faults.
#include <algorithm>
#include <regex>

#include "control/scenario/change.hpp"
#include "control/scenario/sections.hpp"
#include "control/scenario/suggest.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::scenario {
namespace {

// What tells a device from another: the part before its arguments, PCI addresses with their domain.
std::string device_of(const std::string& port) {
  std::string device = port.substr(0, port.find(','));
  return std::count(device.begin(), device.end(), ':') == 1 ? "0000:" + device : device;
}

bool is_device(const std::string& device) {
  static const std::regex known{R"(^([0-9a-fA-F]{4}:[0-9a-fA-F]{2}:[0-9a-fA-F]{2}\.[0-7]|net_[a-z0-9_]+)$)"};
  constexpr std::size_t longest = 63;
  return device.size() <= longest && std::regex_match(device, known);
}

const Site& site_named(const Reader& ports, const std::vector<Site>& sites, const std::string& name) {
  std::vector<std::string> known;
  std::string all;
  for (const Site& site : sites) {
    if (site.name == name) return site;
    known.push_back(site.name);
    all += (all.empty() ? "" : ", ") + site.name;
  }
  const auto meant = nearest(name, known);
  ports.refuse(name, "is no site; " + (meant ? "did you mean '" + *meant + "'?" : "the sites are " + all));
}

std::string inline_text(const yaml::Node& node) {
  if (node.kind == yaml::Kind::scalar) return node.scalar;
  const bool is_map = node.kind == yaml::Kind::map;
  std::string text;
  for (const yaml::Node& item : node.items) text += (text.empty() ? "" : ", ") + inline_text(item);
  for (const yaml::Entry& entry : node.entries)
    text += (text.empty() ? "" : ", ") + entry.key + ": " + inline_text(entry.value);
  return is_map ? "{" + text + "}" : "[" + text + "]";
}

// {ecn: {kmin: 1MiB}} -> "ecn.kmin=1MiB"
void flatten(const yaml::Node& node, const std::string& prefix, std::vector<std::string>& values) {
  for (const yaml::Entry& entry : node.entries) {
    if (entry.value.kind == yaml::Kind::map)
      flatten(entry.value, prefix + entry.key + ".", values);
    else
      values.push_back(prefix + entry.key + "=" + inline_text(entry.value));
  }
}

Duration whole_microseconds(const Reader& reader, std::string_view key) {
  const Duration value = reader.duration(key, {});
  if (value.picoseconds() % Duration::microseconds(1).picoseconds() != 0)
    reader.refuse(key, "'" + units::to_text(value) + "' is finer than the timeline; write whole microseconds");
  return value;
}

std::vector<std::string> read_values(const Reader& event, std::string_view key) {
  std::vector<std::string> values;
  flatten(event.section(key).node(), "", values);
  if (values.empty()) event.refuse(key, "names no value; write one such as {loss: 1%}");
  return values;
}

Ramp read_ramp(const Reader& reader) {
  const Duration microsecond = Duration::microseconds(1);
  constexpr std::int64_t usual_steps = 1'000, most_steps = 100'000;
  Ramp ramp;
  ramp.over = whole_microseconds(reader, "over");
  const std::int64_t over = ramp.over.picoseconds() / microsecond.picoseconds();
  ramp.step =
      reader.has("step") ? whole_microseconds(reader, "step") : microsecond * ((over + usual_steps - 1) / usual_steps);
  if (ramp.over.picoseconds() / ramp.step.picoseconds() > most_steps)
    reader.refuse("step", "makes more than 100000 changes of this ramp; take a longer one");
  return ramp;
}

WaveLoss read_wave_loss(const Reader& reader, const Link& link) {
  WaveLoss loss;
  loss.wave = reader.whole32("wave", 1);
  loss.length = whole_microseconds(reader, "for");
  loss.is_avoided = reader.text("flows", "rehash") == "rehash";
  if (loss.wave > link.waves)
    reader.refuse("wave", "is " + std::to_string(loss.wave) + ", and link '" + link.name + "' has " +
                              std::to_string(link.waves) + (link.waves == 1 ? " wave" : " waves"));
  return loss;
}

Event read_event(const Reader& reader, const Scenario& scenario) {
  Event event;
  event.at = whole_microseconds(reader, "at");
  event.link = reader.text("link", "");
  // A name that does not exist, told where it stands.
  const auto at_key = [&](std::string_view key, auto find) {
    try {
      return find();
    } catch (const ScenarioError& error) {
      reader.refuse(key, error.what());
    }
  };
  const Link& link = scenario.links[at_key("link", [&] { return link_number(scenario, event.link); })];
  event.direction = at_key("direction", [&] { return parse_direction(link, reader.text("direction", "both")); });
  if (reader.has("cut")) {
    event.cut = whole_microseconds(reader, "cut");
  } else if (reader.has("protection")) {
    const Reader protection = reader.section("protection");
    event.cut = protection.has("switch") ? whole_microseconds(protection, "switch") : Duration::milliseconds(50);
    if (protection.has("route")) event.route = read_values(protection, "route");
  } else if (reader.has("wave-loss")) {
    event.wave_loss = read_wave_loss(reader.section("wave-loss"), link);
  } else if (reader.has("ramp")) {
    const Reader ramp = reader.section("ramp");
    event.ramp = read_ramp(ramp);
    event.set = read_values(ramp, "set");
  } else {
    event.set = read_values(reader, "set");
  }
  return event;
}

}  // namespace

void read_ports(const Reader& top, std::vector<Site>& sites) {
  if (!top.has("ports")) return;
  const Reader ports = top.section("ports");
  std::vector<std::string> devices;
  for (const yaml::Entry& entry : ports.node().entries) {
    const Site& site = site_named(ports, sites, entry.key);
    const std::vector<std::string> named = ports.texts(entry.key);
    if (named.empty()) ports.refuse(entry.key, "has no ports; name a PCI address or a virtual device (net_...)");
    for (const std::string& port : named) {
      const std::string device = device_of(port);
      if (!is_device(device)) {
        ports.refuse(entry.key, "'" + port + "' is no device; write a PCI address such as 0000:3b:00.0, or a virtual " +
                                    "device such as net_vhost0,iface=west.sock");
      }
      if (std::find(devices.begin(), devices.end(), device) != devices.end())
        ports.refuse(entry.key, "'" + device + "' is named twice; a device is one port");
      devices.push_back(device);
    }
    sites[static_cast<std::size_t>(&site - sites.data())].ports = named;
  }
  for (const Site& site : sites) {
    if (site.ports.empty()) ports.refuse(site.name, "is missing; every site has at least one port");
  }
}

Dpdk read_dpdk(const Reader& top, const std::string& name) {
  const Reader reader = top.section("dpdk");
  Dpdk dpdk;
  for (const std::string& lcore : reader.texts("lcores")) {
    const auto number = static_cast<std::uint32_t>(std::stoul(lcore));
    if (std::find(dpdk.lcores.begin(), dpdk.lcores.end(), number) != dpdk.lcores.end())
      reader.refuse("lcores", "name CPU " + lcore + " twice");
    dpdk.lcores.push_back(number);
  }
  if (reader.has("memory")) dpdk.memory = reader.bytes("memory", {});
  const std::string hugepages = reader.text("hugepages", "auto");
  dpdk.hugepages = hugepages == "auto" ? Hugepages::automatic : hugepages == "true" ? Hugepages::on : Hugepages::off;
  dpdk.idle = reader.text("idle", "spin") == "yield" ? Idle::yield : Idle::spin;
  dpdk.args = reader.texts("args");
  dpdk.mtu = reader.bytes("mtu", dpdk.mtu);
  dpdk.mean_frame = reader.bytes("mean-frame", std::min(dpdk.mean_frame, dpdk.mtu));
  if (dpdk.mean_frame > dpdk.mtu) reader.refuse("mean-frame", "is above the mtu, the largest frame");
  dpdk.max_lag = reader.duration("max-lag", dpdk.max_lag);
  dpdk.file_prefix = reader.text("file-prefix", name);
  return dpdk;
}

std::vector<Event> read_events(const Reader& top, const Scenario& scenario) {
  std::vector<std::pair<Event, Reader>> events;
  for (const Reader& reader : top.list("events")) events.emplace_back(read_event(reader, scenario), reader);
  std::stable_sort(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.first.at < b.first.at; });
  // Values that are sound by themselves must go together with those in force at that time.
  Scenario at_that_time = scenario;
  std::vector<Event> sorted;
  for (const auto& [event, reader] : events) {
    const std::vector<std::string>& values = event.cut ? event.route : event.set;
    try {
      if (!values.empty()) at_that_time = with_values(at_that_time, event.link, event.direction, values);
    } catch (const ScenarioError& error) {
      reader.refuse(event.cut ? "protection" : event.ramp ? "ramp" : "set", error.what());
    }
    sorted.push_back(event);
  }
  return sorted;
}

std::optional<Faults> read_faults(const Reader& link) {
  if (!link.has("faults")) return std::nullopt;
  constexpr std::int64_t usual_number = 1'000;
  constexpr double largest_number = 50'000;
  const Reader reader = link.section("faults");
  Faults faults;
  faults.mtbf = whole_microseconds(reader, "mtbf");
  faults.cut = reader.has("cut") ? whole_microseconds(reader, "cut") : Duration::milliseconds(50);
  const Duration longest = Duration::seconds(1'000'000);
  const Duration usual = faults.mtbf > longest / usual_number ? longest : faults.mtbf * usual_number;
  faults.until = reader.has("until") ? whole_microseconds(reader, "until") : usual;
  if (faults.until / faults.mtbf > largest_number)
    reader.refuse("until", "leaves room for more than 50000 cuts; make it shorter, or the mtbf longer");
  return faults;
}

std::string words_of(const Event& event) {
  const auto list = [](const std::vector<std::string>& values) {
    std::string text;
    for (const std::string& value : values) text += " " + value;
    return text;
  };
  if (event.cut && event.route.empty()) return "cut " + units::to_text(*event.cut);
  if (event.cut) return "protection: dark for " + units::to_text(*event.cut) + ", then" + list(event.route);
  if (event.wave_loss) {
    return "wave " + std::to_string(event.wave_loss->wave) + " dark for " + units::to_text(event.wave_loss->length) +
           (event.wave_loss->is_avoided ? ", its flows rehashed" : ", its flows stalled");
  }
  if (event.ramp) return "ramp" + list(event.set) + " over " + units::to_text(event.ramp->over);
  return "set" + list(event.set);
}

}  // namespace farlink::scenario
