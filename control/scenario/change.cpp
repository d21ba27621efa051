// SPDX-License-Identifier: Apache-2.0
// A direction's values are written out as the document they could have come from, the new ones put into it, and the
// document is checked and read like that of a file. Only what was named is taken over.
#include "control/scenario/change.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <set>

#include "control/scenario/check.hpp"
#include "control/scenario/correction.hpp"
#include "control/scenario/grammar.hpp"
#include "control/scenario/override.hpp"
#include "control/scenario/sections.hpp"
#include "control/scenario/suggest.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::scenario {
namespace {

using Keys = std::set<std::string, std::less<>>;

class Writer {
 public:
  explicit Writer(const yaml::Position& position) : position_{position} { node_.kind = yaml::Kind::map; }
  Writer& put(std::string_view key, const std::string& text) {
    node_.set(key, position_, yaml::make_scalar(text, position_));
    return *this;
  }
  template <typename Quantity>
  Writer& put(std::string_view key, Quantity value) {
    return put(key, units::to_text(value));
  }
  Writer& put(std::string_view key, yaml::Node node) {
    node_.set(key, position_, std::move(node));
    return *this;
  }
  yaml::Node take() {
    node_.position = position_;
    return std::move(node_);
  }

 private:
  yaml::Position position_;
  yaml::Node node_;
};

std::string index_text(GroupIndex index) {
  constexpr std::int64_t one = 10'000'000;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%lld.%07lld", static_cast<long long>(index.tenmillionths() / one),
                static_cast<long long>(index.tenmillionths() % one));
  return text.data();
}

std::string number_text(double number) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.17g", number);
  return text.data();
}

Probability rest_of(Probability p) { return Probability::of(1 - p.value()); }

yaml::Node listed_node(const std::vector<ListedLoss>& losses, const yaml::Position& at) {
  yaml::Node list;
  list.kind = yaml::Kind::list;
  list.position = at;
  for (const ListedLoss& loss : losses) {
    Writer item{at};
    if (loss.qp) item.put("qp", std::to_string(*loss.qp));
    if (loss.psn) item.put("psn", std::to_string(*loss.psn));
    if (loss.opcode) item.put("opcode", std::to_string(*loss.opcode));
    list.items.push_back(item.put("nth", std::to_string(loss.nth)).take());
  }
  return list;
}

yaml::Node ecn_node(const Ecn& ecn, const yaml::Position& at) {
  Writer marking{at};
  marking.put("kmin", ecn.kmin).put("kmax", ecn.kmax).put("pmax", ecn.pmax);
  if (ecn.near_cnp_interval) marking.put("cnp", std::string{"near-edge"}).put("cnp-interval", *ecn.near_cnp_interval);
  return marking.take();
}

yaml::Node lossless_node(const Lossless& lossless, const yaml::Position& at) {
  Writer edge{at};
  edge.put("pfc", std::string{to_text(lossless.pfc)}).put("buffer", lossless.buffer);
  edge.put("xoff", lossless.xoff).put("xon", lossless.xon);
  if (!lossless.sizes_far_buffer) edge.put("far-buffer", lossless.far_buffer);
  if (lossless.far_xoff) edge.put("far-xoff", *lossless.far_xoff);
  if (lossless.far_xon) edge.put("far-xon", *lossless.far_xon);
  if (lossless.headroom) edge.put("headroom", *lossless.headroom);
  if (lossless.far_alpha) edge.put("far-alpha", number_text(*lossless.far_alpha));
  if (lossless.far_rate) edge.put("far-rate", *lossless.far_rate);
  if (!lossless.refresh) edge.put("refresh", std::string{"off"});
  if (lossless.watchdog > Duration::zero()) edge.put("watchdog", lossless.watchdog);
  if (lossless.slot != Lossless{}.slot) edge.put("slot", lossless.slot);
  return edge.take();
}

// What the rate was written as; reading it takes the framing off again.
BitRate line_rate(const DirectionSettings& d) {
  if (d.framing == Framing::ethernet) return d.rate;
  const auto line = (static_cast<unsigned __int128>(d.rate.bits_per_second()) * 255U + 237U) / 238U;
  return BitRate::bits_per_second(static_cast<std::uint64_t>(line));
}

yaml::Node document_of(const DirectionSettings& d, const Lossless& lossless, const yaml::Position& at) {
  Writer all{at};
  all.put("medium", Writer{at}.put("group-index", index_text(d.medium)).take());
  all.put("delay", d.delay).put("equipment-delay", d.equipment_delay).put("jitter", d.jitter);
  all.put("rate", line_rate(d)).put("framing", std::string{d.framing == Framing::otn ? "otn" : "ethernet"});
  all.put("overhead", d.overhead);
  all.put("loss", d.loss);
  if (const auto& burst = d.burst_loss) {
    all.put("burst-loss", Writer{at}
                              .put("p", burst->good_to_bad)
                              .put("r", burst->bad_to_good)
                              .put("h", rest_of(burst->loss_bad))
                              .put("k", rest_of(burst->loss_good))
                              .take());
  }
  if (d.fec)
    all.put("fec",
            Writer{at}.put("code", std::string{code_text(d.fec->code)}).put("pre-fec-ber", d.fec->pre_fec_ber).take());
  else
    all.put("bit-error-rate", d.bit_error);
  all.put("listed-loss", listed_node(d.listed_loss, at));
  all.put("corrupt", d.corrupt).put("duplicate", d.duplicate).put("ce-mark", d.ce_mark);
  if (d.ecn) all.put("ecn", ecn_node(*d.ecn, at));
  return all.put("lossless", lossless_node(lossless, at)).take();
}

// Writing out and reading back may round; what was not named is therefore left alone.
void take_over(DirectionSettings& to, const DirectionSettings& from, const Keys& named) {
  const auto is_named = [&](std::string_view key) { return named.contains(key); };
  if (is_named("medium")) to.medium = from.medium;
  if (is_named("distance") || is_named("delay")) to.delay = from.delay;
  if (is_named("equipment-delay")) to.equipment_delay = from.equipment_delay;
  if (is_named("jitter")) to.jitter = from.jitter;
  if (is_named("rate") || is_named("convergence") || is_named("framing")) to.rate = from.rate;
  if (is_named("framing")) to.framing = from.framing;
  if (is_named("overhead")) to.overhead = from.overhead;
  if (is_named("loss")) to.loss = from.loss;
  if (is_named("burst-loss")) to.burst_loss = from.burst_loss;
  if (is_named("bit-error-rate") || is_named("fec")) {
    to.bit_error = from.bit_error;
    to.fec = from.fec;
  }
  if (is_named("listed-loss")) to.listed_loss = from.listed_loss;
  if (is_named("corrupt")) to.corrupt = from.corrupt;
  if (is_named("duplicate")) to.duplicate = from.duplicate;
  if (is_named("ce-mark")) to.ce_mark = from.ce_mark;
  if (is_named("ecn")) to.ecn = from.ecn;
}

void put_value(yaml::Node& document, const std::string& value) {
  try {
    apply_link_value(document, value);
  } catch (const yaml::Error& error) {  // "{kmin: 1MiB"
    throw ScenarioError(error.what());
  }
}

Keys keys_named(std::span<const std::string> values) {
  Keys keys;
  for (const std::string& value : values) keys.insert(value.substr(0, value.find_first_of(".=")));
  return keys;
}

void refuse_unfit(const Link& link, DirectionChoice direction, const Keys& named) {
  for (const auto key : {"waves", "balancer", "between", "reverse", "background"}) {
    if (!named.contains(key)) continue;
    throw ScenarioError("set " + std::string{key} +
                        ": is fixed while the link runs; allowed: " + keys_of(change_section()));
  }
  if (named.contains("medium") && !named.contains("distance"))
    throw ScenarioError("set medium: says what a distance is made of; set 'distance' with it");
  if (named.contains("lossless") && direction != DirectionChoice::both)
    throw ScenarioError("set lossless: is of link '" + link.name + "' as a whole; leave the direction out");
}

Duration between(Duration from, Duration to, double share) {
  return share >= 1 ? to : from + Duration::from_seconds((to - from).seconds() * share);
}
Probability between(Probability from, Probability to, double share) {
  return share >= 1 ? to : Probability::of(from.value() + (to.value() - from.value()) * share);
}
BitRate between(BitRate from, BitRate to, double share) {
  if (share >= 1) return to;
  const auto a = static_cast<double>(from.bits_per_second()), b = static_cast<double>(to.bits_per_second());
  return BitRate::bits_per_second(static_cast<std::uint64_t>(std::llround(a + (b - a) * share)));
}

}  // namespace

void move_value(DirectionSettings& settings, std::string_view key, const DirectionSettings& from,
                const DirectionSettings& to, double share) {
  const auto move = [&](auto member) { settings.*member = between(from.*member, to.*member, share); };
  if (key == "distance" || key == "delay") move(&DirectionSettings::delay);
  if (key == "equipment-delay") move(&DirectionSettings::equipment_delay);
  if (key == "jitter") move(&DirectionSettings::jitter);
  if (key == "rate") move(&DirectionSettings::rate);
  if (key == "loss") move(&DirectionSettings::loss);
  if (key == "bit-error-rate") {
    move(&DirectionSettings::bit_error);
    settings.fec = to.fec;
  }
  if (key == "corrupt") move(&DirectionSettings::corrupt);
  if (key == "duplicate") move(&DirectionSettings::duplicate);
  if (key == "ce-mark") move(&DirectionSettings::ce_mark);
}

std::size_t link_number(const Scenario& scenario, std::string_view name) {
  std::vector<std::string> known;
  std::string all;
  for (std::size_t i = 0; i < scenario.links.size(); ++i) {
    if (scenario.links[i].name == name) return i;
    known.push_back(scenario.links[i].name);
    all += (all.empty() ? "" : ", ") + scenario.links[i].name;
  }
  const auto meant = nearest(name, known);
  throw ScenarioError("'" + std::string{name} + "' is no link; " +
                      (meant ? "did you mean '" + *meant + "'?" : "the links are " + all));
}

std::string to_text(const Link& link, DirectionChoice direction) {
  if (direction == DirectionChoice::both) return "both";
  return direction == DirectionChoice::forward ? link.west + "->" + link.east : link.east + "->" + link.west;
}

DirectionChoice parse_direction(const Link& link, std::string_view text) {
  using enum DirectionChoice;
  for (const DirectionChoice choice : {both, forward, reverse}) {
    if (text == to_text(link, choice)) return choice;
  }
  throw ScenarioError("'" + std::string{text} + "' is no direction of link '" + link.name + "'; one of both, " +
                      to_text(link, forward) + ", " + to_text(link, reverse));
}

Scenario with_values(const Scenario& scenario, std::string_view link_name, DirectionChoice direction,
                     std::span<const std::string> values) {
  Scenario changed = scenario;
  Link& link = changed.links[link_number(scenario, link_name)];
  if (values.empty()) throw ScenarioError("set: nothing to set; name values such as loss=0.1% or delay=1.5ms");
  const Keys named = keys_named(values);
  refuse_unfit(link, direction, named);

  const yaml::Position at{std::make_shared<const std::string>("link " + link.name), 0, 0};
  Lossless lossless = link.lossless;
  const auto change = [&](DirectionSettings& settings) {
    yaml::Node document = document_of(settings, link.lossless, at);
    for (const std::string& value : values) put_value(document, value);
    check(document, change_section());
    const Reader reader{document, at, ""};
    take_over(settings, read_direction(reader, link.access), named);
    lossless = read_lossless(reader);
    check_buffers(scenario, lossless, reader.section("lossless"));
    check_marking(scenario, settings, reader);
    return reader.has("distance") ? std::optional{reader.distance("distance", {})} : std::nullopt;
  };
  if (direction != DirectionChoice::reverse) {
    const auto distance = change(link.forward);
    if (named.contains("distance") || named.contains("delay")) link.distance = distance;
    if (named.contains("rate") || named.contains("convergence")) link.convergence = link.access / link.forward.rate;
  }
  if (direction != DirectionChoice::forward) change(link.reverse);
  link.lossless = lossless;
  return changed;
}

}  // namespace farlink::scenario
