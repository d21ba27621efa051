// SPDX-License-Identifier: Apache-2.0
// links.NAME: both directions, waves, and the lossless edge. The reverse direction is the forward one with the fields
// that `reverse:` names put in their place.
#include <algorithm>
#include <cmath>

#include "control/scenario/correction.hpp"
#include "control/scenario/media.hpp"
#include "control/scenario/sections.hpp"
#include "control/scenario/suggest.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::scenario {
namespace {

constexpr double lowest_rate = 1e6;
constexpr double highest_rate = 1e17;

Medium read_medium(const Reader& link) {
  if (!link.is_section("medium")) return named_medium(link.text("medium", "g652"));
  return {GroupIndex::of(link.section("medium").number("group-index", 1)), usual_equipment_delay};
}

// By frames lost and their mean number in a row (Gilbert: a = p r / (1 - p), r = 1 / burst), or by tc-netem's p, r, h,
// k.
std::optional<BurstLoss> read_burst_loss(const Reader& link) {
  if (!link.is_section("burst-loss")) return std::nullopt;
  const Reader burst = link.section("burst-loss");
  BurstLoss model;
  if (burst.has("loss") || burst.has("mean-burst")) {
    for (const auto key : {"loss", "mean-burst"}) {
      if (!burst.has(key)) burst.refuse(key, "is missing; give both 'loss' and 'mean-burst'");
    }
    const double loss = burst.probability("loss", {}).value();
    const double back = 1 / burst.number("mean-burst", 1);
    const double into = loss < 1 ? loss * back / (1 - loss) : 2;
    if (into > 1) burst.refuse("loss", "is too high for its mean-burst; at most mean-burst / (mean-burst + 1)");
    model.good_to_bad = Probability::of(into);
    model.bad_to_good = Probability::of(back);
    return model;
  }
  for (const auto key : {"p", "r"}) {
    if (!burst.has(key)) burst.refuse(key, "is missing; give both 'p' and 'r'");
  }
  model.good_to_bad = burst.probability("p", {});
  model.bad_to_good = burst.probability("r", {});
  model.loss_bad = Probability::of(1 - burst.probability("h", Probability::never()).value());
  model.loss_good = Probability::of(1 - burst.probability("k", Probability::always()).value());
  return model;
}

std::vector<ListedLoss> read_listed_loss(const Reader& link) {
  std::vector<ListedLoss> list;
  for (const Reader& reader : link.list("listed-loss")) {
    ListedLoss loss;
    if (reader.has("qp")) loss.qp = reader.whole32("qp", 0);
    if (reader.has("psn")) loss.psn = reader.whole32("psn", 0);
    if (reader.has("opcode")) loss.opcode = static_cast<std::uint8_t>(reader.whole("opcode", 0));
    loss.nth = reader.whole32("nth", loss.nth);
    list.push_back(loss);
  }
  return list;
}

std::optional<Ecn> read_ecn(const Reader& link) {
  if (!link.is_section("ecn")) return std::nullopt;
  const Reader ecn = link.section("ecn");
  Ecn values{ecn.bytes("kmin", {}), ecn.bytes("kmax", {}), ecn.probability("pmax", {})};
  if (ecn.text("cnp", "receiver") == "near-edge")
    values.near_cnp_interval = ecn.duration("cnp-interval", Duration::microseconds(50));
  else if (ecn.has("cnp-interval"))
    ecn.refuse(
        "cnp-interval",
        "is for CNPs of the near edge; set cnp: near-edge, or transport.congestion-control.cnp-interval for those "
        "of the receivers");
  if (values.kmin > values.kmax) ecn.refuse("kmin", "is above kmax; kmin is at most kmax");
  return values;
}

std::optional<Fec> read_fec(const Reader& link) {
  if (!link.is_section("fec")) return std::nullopt;
  const Reader reader = link.section("fec");
  return Fec{code_of(reader.text("code", "kp4")), reader.probability("pre-fec-ber", {})};
}

std::optional<Background> read_background(const Reader& link) {
  if (!link.is_section("background")) return std::nullopt;
  const Reader reader = link.section("background");
  Background background;
  background.rate = reader.rate("rate", {});
  background.frame = reader.bytes("frame", background.frame);
  background.priority = static_cast<std::uint8_t>(reader.whole("priority", background.priority));
  background.on = reader.duration("on", {});
  background.off = reader.duration("off", {});
  background.has_random_periods = reader.text("periods", "fixed") == "exponential";
  if (reader.has("on") != reader.has("off"))
    reader.refuse(reader.has("on") ? "off" : "on", "is missing; give both 'on' and 'off', or neither");
  if (reader.has("periods") && !reader.has("on"))
    reader.refuse("periods", "says nothing without 'on' and 'off'; give both, or leave it out");
  return background;
}

// What comes without asking and is more than the line takes would fill every buffer in front of it.
void check_background(const Reader& link, const DirectionSettings& d) {
  if (!d.background) return;
  const Background& background = *d.background;
  const double frame = static_cast<double>(background.frame.count()) + 20;
  const double grown = (frame + static_cast<double>(d.overhead.count())) / frame;
  if (background.share_on() * grown * (background.rate / d.rate) < 1) return;
  link.section("background")
      .refuse("rate", std::string{"leaves nothing of the link's "} + units::to_text(d.rate) +
                          " to the job; its mean must be less");
}

// Of an OTU's 4080 columns 3808 are payload (ITU-T G.709): 238/255.
BitRate payload_of(BitRate rate, Framing framing) {
  if (framing == Framing::ethernet) return rate;
  const auto payload = static_cast<unsigned __int128>(rate.bits_per_second()) * 238U / 255U;
  return BitRate::bits_per_second(static_cast<std::uint64_t>(payload));
}

// MACsec: SecTAG with SCI 16 B and ICV 16 B (IEEE 802.1AE). VXLAN over IPv4: Ethernet 14 B, IP 20 B, UDP 8 B, VXLAN 8 B
// (RFC 7348).
Bytes read_overhead(const Reader& link) {
  const std::string word = link.text("overhead", "0");
  if (word == "macsec") return Bytes{32};
  if (word == "vxlan") return Bytes{50};
  return link.bytes("overhead", {});
}

BitRate read_rate(const Reader& link, BitRate access) {
  if (const BitRate own = own_rate(link); own != BitRate{}) return own;
  const double rate = static_cast<double>(access.bits_per_second()) / link.number("convergence", 1);
  if (!(rate >= lowest_rate && rate <= highest_rate)) {
    link.refuse("convergence", "leaves a rate outside 1mbit to 100000tbit; the rate is access capacity / convergence");
  }
  return BitRate::bits_per_second(static_cast<std::uint64_t>(std::llround(rate)));
}

}  // namespace

DirectionSettings read_direction(const Reader& link, BitRate access) {
  const Medium medium = read_medium(link);
  DirectionSettings d;
  d.loss = link.probability("loss", {});
  d.burst_loss = read_burst_loss(link);
  d.bit_error = link.probability("bit-error-rate", {});
  d.fec = read_fec(link);
  d.listed_loss = read_listed_loss(link);
  d.corrupt = link.probability("corrupt", {});
  d.duplicate = link.probability("duplicate", {});
  d.ce_mark = link.probability("ce-mark", {});
  d.ecn = read_ecn(link);
  d.delay = link.duration("delay", units::propagation_delay(link.distance("distance", {}), medium.index));
  d.equipment_delay = link.duration("equipment-delay", medium.equipment_delay);
  d.jitter = link.duration("jitter", {});
  d.framing = link.text("framing", "ethernet") == "otn" ? Framing::otn : Framing::ethernet;
  d.rate = payload_of(read_rate(link, access), d.framing);
  d.overhead = read_overhead(link);
  d.background = read_background(link);
  check_background(link, d);
  d.medium = medium.index;
  return d;
}

std::string_view to_text(PfcMode mode) noexcept {
  switch (mode) {
    case PfcMode::off:
      return "off";
    case PfcMode::segmented:
      return "segmented";
    case PfcMode::end_to_end:
      return "end-to-end";
    case PfcMode::rate_matched:
      return "rate-matched";
    case PfcMode::relay:
      break;
  }
  return "relay";
}

namespace {

void read_far_control(Lossless& lossless, const Reader& reader) {
  if (reader.has("far-xoff")) lossless.far_xoff = reader.bytes("far-xoff", {});
  if (reader.has("far-xon")) lossless.far_xon = reader.bytes("far-xon", {});
  if (reader.has("headroom")) lossless.headroom = reader.bytes("headroom", {});
  if (reader.has("far-alpha")) lossless.far_alpha = reader.number("far-alpha", 0);
  if (reader.has("far-rate")) lossless.far_rate = reader.rate("far-rate", {});
  lossless.refresh = reader.text("refresh", "on") == "on";
  if (reader.text("watchdog", "off") != "off") lossless.watchdog = reader.duration("watchdog", {});
  lossless.slot = reader.duration("slot", lossless.slot);
  const bool has_mode = lossless.pfc != PfcMode::off && lossless.pfc != PfcMode::segmented;
  lossless.sizes_far_buffer = has_mode && !reader.has("far-buffer");
  if (has_mode && lossless.pfc != PfcMode::relay && lossless.watchdog > Duration::zero())
    reader.refuse("watchdog", "is for a near queue that is paused, and '" + std::string{to_text(lossless.pfc)} +
                                  "' pauses none; use segmented");
  if (lossless.pfc == PfcMode::relay && lossless.far_alpha)
    reader.refuse("far-alpha",
                  "is for a threshold of the far edge, and a relay repeats the pauses of its receivers; use "
                  "far-xoff and far-xon, or segmented");
  if (lossless.far_xoff && lossless.far_xon > lossless.far_xoff)
    reader.refuse("far-xon", "is above far-xoff; far-xon <= far-xoff");
  if (lossless.sizes_far_buffer) return;
  const Bytes parts = lossless.far_xoff.value_or(Bytes{}) + lossless.headroom.value_or(Bytes{});
  if (parts > lossless.far_buffer)
    reader.refuse(lossless.headroom ? "headroom" : "far-xoff",
                  "does not fit; far-xoff + headroom <= far-buffer, " + units::to_text(lossless.far_buffer));
}

}  // namespace

Lossless read_lossless(const Reader& link) {
  const Reader reader = link.section("lossless");
  Lossless lossless;
  const std::string pfc = reader.text("pfc", "segmented");
  for (const PfcMode mode :
       {PfcMode::off, PfcMode::segmented, PfcMode::end_to_end, PfcMode::rate_matched, PfcMode::relay})
    if (pfc == to_text(mode)) lossless.pfc = mode;
  lossless.buffer = reader.bytes("buffer", lossless.buffer);
  lossless.xoff = reader.bytes("xoff", lossless.buffer * 3 / 4);
  lossless.xon = reader.bytes("xon", lossless.xoff * 2 / 3);
  lossless.far_buffer = reader.bytes("far-buffer", lossless.far_buffer);
  if (lossless.xoff > lossless.buffer) reader.refuse("xoff", "is above the buffer; xon <= xoff <= buffer");
  if (lossless.xon > lossless.xoff) reader.refuse("xon", "is above xoff; xon <= xoff <= buffer");
  read_far_control(lossless, reader);
  return lossless;
}

namespace {

// A reverse `delay` replaces an inherited `distance`, and so on: what excludes a key goes when the key comes.
yaml::Node merge_reverse(const yaml::Node& link, const yaml::Node& reverse) {
  yaml::Node merged = link;
  merged.remove("reverse");
  for (const yaml::Entry& entry : reverse.entries) {
    std::erase_if(merged.entries,
                  [&](const yaml::Entry& old) { return exclude_each_other(link_section(), entry.key, old.key); });
    merged.set(entry.key, entry.position, entry.value);
  }
  return merged;
}

const Site& find_site(const Reader& link, const std::vector<Site>& sites, const std::string& name) {
  const auto found = std::find_if(sites.begin(), sites.end(), [&](const Site& site) { return site.name == name; });
  if (found != sites.end()) return *found;
  std::vector<std::string> known;
  std::string all;
  for (const Site& site : sites) {
    known.push_back(site.name);
    all += (all.empty() ? "" : ", ") + site.name;
  }
  const auto meant = nearest(name, known);
  link.refuse("between",
              "'" + name + "' is no site; " + (meant ? "did you mean '" + *meant + "'?" : "the sites are " + all));
}

void read_balancer(Link& link, const Reader& reader) {
  const std::string word = reader.text("balancer", "ecmp");
  if (word == "flowlet") link.balancer = Balancer::flowlet;
  if (word == "per-packet") link.balancer = Balancer::per_packet;
  if (word == "planned") link.balancer = Balancer::planned;
  if (reader.has("flowlet-gap") && link.balancer != Balancer::flowlet)
    reader.refuse("flowlet-gap",
                  "says nothing while the balancer is " + word + "; set balancer: flowlet, or leave it out");
  link.flowlet_gap = reader.duration("flowlet-gap", link.flowlet_gap);
}

Link read_link(const std::string& name, const Reader& reader, const std::vector<Site>& sites) {
  Link link;
  link.name = name;
  std::tie(link.west, link.east) = read_between(reader);
  const Site& west = find_site(reader, sites, link.west);
  const Site& east = find_site(reader, sites, link.east);
  if (link.west == link.east) reader.refuse("between", "names one site twice; a link joins two sites");
  link.access = std::min(west.nic * west.gpus, east.nic * east.gpus);
  link.waves = reader.section("waves").whole32("count", 1);
  link.skew = reader.section("waves").duration("skew", {});
  read_balancer(link, reader);
  if (reader.has("distance")) link.distance = reader.distance("distance", {});
  link.lossless = read_lossless(reader);
  link.forward = read_direction(reader, link.access);
  const Reader reverse = reader.section("reverse");
  const yaml::Node merged = merge_reverse(reader.node(), reverse.node());
  link.reverse = read_direction(Reader{merged, reverse.position(), reverse.path()}, link.access);
  link.faults = read_faults(reader);
  link.convergence = own_rate(reader) == BitRate{} ? reader.number("convergence", 1) : link.access / link.forward.rate;
  return link;
}

}  // namespace

std::pair<std::string, std::string> read_between(const Reader& link) {
  const yaml::Node& pair = *link.node().find("between");
  return {pair.items[0].scalar, pair.items[1].scalar};
}

BitRate own_rate(const Reader& link) {
  if (link.has("rate")) return link.rate("rate", {});
  const Reader waves = link.section("waves");
  return waves.rate("rate", {}) * waves.whole("count", 0);
}

std::vector<Link> read_links(const Reader& top, const std::vector<Site>& sites) {
  std::vector<Link> links;
  for (const auto& [name, reader] : top.named("links")) {
    Link link = read_link(name, reader, sites);
    for (const Link& other : links) {
      const bool is_same = link.west == other.west && link.east == other.east;
      if (is_same || (link.west == other.east && link.east == other.west)) {
        reader.refuse("between",
                      "link '" + other.name + "' joins these two sites already; use waves for parallel lines");
      }
    }
    links.push_back(std::move(link));
  }
  return links;
}

}  // namespace farlink::scenario
