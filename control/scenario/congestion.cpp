// SPDX-License-Identifier: Apache-2.0
// transport.congestion-control: a word, or a section with a scheme. Each key belongs to one scheme or more, and is
// refused with the others.
#include "control/scenario/congestion.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string>

#include "control/scenario/sections.hpp"

namespace farlink::scenario {
namespace {

constexpr std::array<std::string_view, 1> rate_limit_keys{"rate"};
constexpr std::array<std::string_view, 14> dcqcn_keys{"preset",
                                                      "g",
                                                      "initial-alpha",
                                                      "alpha-timer",
                                                      "decrease-interval",
                                                      "increase-timer",
                                                      "byte-counter",
                                                      "fast-recovery-steps",
                                                      "additive-increase",
                                                      "hyper-increase",
                                                      "largest-cut",
                                                      "least-rate",
                                                      "clamp-target",
                                                      "cnp-interval"};

constexpr std::array<std::string_view, 6> swift_keys{
    "base-delay", "target", "flow-scaling", "window-increase", "multiplicative-decrease", "largest-cut"};

std::span<const std::string_view> keys_of_scheme(std::string_view scheme) {
  if (scheme == "rate-limit") return rate_limit_keys;
  if (scheme == "dcqcn") return dcqcn_keys;
  if (scheme == "swift") return swift_keys;
  return {};
}

void check_keys(const Reader& reader, const std::string& scheme) {
  const auto known = keys_of_scheme(scheme);
  std::string all;
  for (const std::string_view key : known) all += (all.empty() ? "" : ", ") + std::string{key};
  for (const yaml::Entry& entry : reader.node().entries) {
    if (entry.key == "scheme" || std::find(known.begin(), known.end(), entry.key) != known.end()) continue;
    reader.refuse(entry.key, "does not go with scheme '" + scheme + "', whose " +
                                 (all.empty() ? "name is all there is to say" : "keys are " + all));
  }
}

RateOrShare rate_or(const Reader& reader, std::string_view key, RateOrShare fallback) {
  if (reader.has(key)) return reader.rate(key, {});
  return fallback;
}

Dcqcn read_dcqcn(const Reader& reader) {
  Dcqcn d = dcqcn_preset(reader.text("preset", "connectx"));
  d.g = reader.ratio("g", d.g);
  d.initial_alpha = reader.ratio("initial-alpha", d.initial_alpha);
  d.alpha_timer = reader.duration("alpha-timer", d.alpha_timer);
  d.decrease_interval = reader.duration("decrease-interval", d.decrease_interval);
  d.increase_timer = reader.duration("increase-timer", d.increase_timer);
  d.byte_counter = reader.bytes("byte-counter", d.byte_counter);
  d.fast_recovery_steps = reader.whole32("fast-recovery-steps", d.fast_recovery_steps);
  d.additive_increase = rate_or(reader, "additive-increase", d.additive_increase);
  d.hyper_increase = rate_or(reader, "hyper-increase", d.hyper_increase);
  d.largest_cut = reader.ratio("largest-cut", d.largest_cut);
  d.least_rate = reader.rate("least-rate", d.least_rate);
  d.clamps_target = reader.text("clamp-target", d.clamps_target ? "true" : "false") == "true";
  d.cnp_interval = reader.duration("cnp-interval", d.cnp_interval);
  return d;
}

Swift read_swift(const Reader& reader) {
  Swift s;
  if (reader.text("base-delay", "auto") != "auto") s.base_delay = reader.duration("base-delay", {});
  s.target = reader.duration("target", s.target);
  s.flow_scaling = reader.duration("flow-scaling", s.flow_scaling);
  s.window_increase = reader.number("window-increase", s.window_increase);
  s.multiplicative_decrease = reader.number("multiplicative-decrease", s.multiplicative_decrease);
  s.largest_cut = reader.ratio("largest-cut", s.largest_cut);
  if (s.largest_cut > 0.5) reader.refuse("largest-cut", "is above 50%, the most that scheme 'swift' may cut at once");
  return s;
}

// As its vendor configures it when nobody does. What its byte counter counts is not published: not used.
Dcqcn connectx() {
  return {.g = 5.0 / 1024,
          .initial_alpha = 1023.0 / 1024,
          .alpha_timer = Duration::microseconds(1),
          .decrease_interval = Duration::microseconds(4),
          .increase_timer = Duration::microseconds(300),
          .fast_recovery_steps = 1,
          .additive_increase = BitRate::megabits(5),
          .hyper_increase = BitRate::megabits(50),
          .least_rate = BitRate::megabits(1),
          .cnp_interval = Duration::microseconds(4)};
}

// Zhu et al., SIGCOMM 2015, which names no hyper increase: the target grows by R_AI alone.
Dcqcn paper() {
  return {.g = 1.0 / 256,
          .alpha_timer = Duration::microseconds(55),
          .decrease_interval = Duration::microseconds(50),
          .increase_timer = Duration::microseconds(55),
          .byte_counter = Bytes{10'000'000},
          .fast_recovery_steps = 5,
          .additive_increase = BitRate::megabits(40),
          .hyper_increase = BitRate::megabits(40),
          .least_rate = BitRate::megabits(1),
          .clamps_target = true,
          .cnp_interval = Duration::microseconds(50)};
}

// The published simulator of HPCC (Li et al., SIGCOMM 2019): 5 and 50 Mb/s for each 25 Gb/s of the NIC.
Dcqcn hpcc(Duration alpha_timer, Duration interval, Duration increase_timer) {
  return {.g = 1.0 / 256,
          .alpha_timer = alpha_timer,
          .decrease_interval = interval,
          .increase_timer = increase_timer,
          .fast_recovery_steps = 1,
          .additive_increase = 1.0 / 5'000,
          .hyper_increase = 1.0 / 500,
          .least_rate = BitRate::megabits(100),
          .cnp_interval = interval};
}

// What Nawaz (HPE/Juniper, 2026) changed of ConnectX's values over 50 to 500 km.
Dcqcn long_haul() {
  Dcqcn d = connectx();
  d.largest_cut = 0.05;  // min_dec_fac 95
  d.clamps_target = true;
  d.increase_timer = Duration::milliseconds(5);
  return d;
}

}  // namespace

Dcqcn dcqcn_preset(std::string_view name) {
  constexpr auto us = [](std::int64_t count) { return Duration::microseconds(count); };
  if (name == "paper") return paper();
  if (name == "hpcc-paper") return hpcc(us(50), us(50), us(55));
  if (name == "hpcc-vendor") return hpcc(us(1), us(4), us(300));
  return name == "long-haul" ? long_haul() : connectx();
}

CongestionControl read_congestion_control(const Reader& transport) {
  const bool is_word = !transport.is_section("congestion-control");
  const Reader reader = transport.section("congestion-control");
  const std::string scheme = is_word ? transport.text("congestion-control", "none") : reader.text("scheme", "none");
  if (!is_word) check_keys(reader, scheme);
  if (scheme == "dcqcn") return is_word ? dcqcn_preset("connectx") : read_dcqcn(reader);
  if (scheme == "rate-limit") {
    if (is_word) transport.refuse("congestion-control", "needs a rate; write {scheme: rate-limit, rate: 10gbit}");
    if (!reader.has("rate")) reader.refuse("rate", "is missing; the rate of each queue pair, such as 10gbit");
    return RateLimit{reader.rate("rate", {})};
  }
  if (scheme == "swift") return is_word ? Swift{} : read_swift(reader);
  return std::monostate{};
}

}  // namespace farlink::scenario
