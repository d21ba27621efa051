// SPDX-License-Identifier: Apache-2.0
// An oracle: something that the model must reproduce because a specification, a measurement or a derivation says so.
// Each makes rows of expected and measured values with a tolerance that is part of the oracle, never fitted.
#pragma once

#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace farlink::validate {

enum class Tolerance : std::uint8_t {
  relative,  // |measured - expected| <= tolerance x |expected|
  absolute,  // |measured - expected| <= tolerance
  at_least,  // measured >= expected
  below,     // measured < expected
  reported,  // not judged: what is expected depends on what the model leaves out
};

struct Row {
  std::string oracle;      // "O6"
  std::string what;        // "go-back-N, 100 Gb/s, 80 km"
  std::string parameters;  // "p 1e-4, 2784 packets a round trip, 200 recoveries"
  std::string unit;        // of expected and measured; empty: a ratio or a count
  double expected = 0;
  double measured = 0;
  double tolerance = 0;
  Tolerance kind = Tolerance::relative;

  bool passes() const noexcept;  // false for what is not a number
};

struct Settings {
  std::filesystem::path bench = "scenarios/lab/one-queue-pair.yaml";  // the scenario that the flow oracles turn
  std::filesystem::path scenarios = "scenarios";                      // where the others are
  // Rows that need more frames than this are left out: 0 runs all.
  std::uint64_t most_frames = 0;

  bool affords(std::uint64_t frames) const noexcept { return most_frames == 0 || frames <= most_frames; }
};

struct Oracle {
  std::string id;
  std::string title;
  std::string source;  // where the expected values come from
  std::function<std::vector<Row>(const Settings&)> run;
};

// All of them, in the order of their numbers.
std::span<const Oracle> oracles();

// One per file of its name.
std::vector<Row> frame_bytes(const Settings&);               // O1
std::vector<Row> goodput_without_loss(const Settings&);      // O2
std::vector<Row> one_way_delay(const Settings&);             // O3
std::vector<Row> measured_round_trips(const Settings&);      // O4
std::vector<Row> window_limit(const Settings&);              // O5
std::vector<Row> go_back_n(const Settings&);                 // O6
std::vector<Row> go_back_n_nak_once(const Settings&);        // O7
std::vector<Row> selective_repeat(const Settings&);          // O8
std::vector<Row> message_completion(const Settings&);        // O9
std::vector<Row> pause_bounds(const Settings&);              // O10
std::vector<Row> rate_matching_buffer(const Settings&);      // O11
std::vector<Row> pause_expiry(const Settings&);              // O12
std::vector<Row> dcqcn_increase(const Settings&);            // O13
std::vector<Row> dcqcn_utilisation(const Settings&);         // O14
std::vector<Row> long_haul_field(const Settings&);           // O15
std::vector<Row> one_forward_one_backward(const Settings&);  // O16
std::vector<Row> all_reduce_bytes(const Settings&);          // O17
std::vector<Row> field_trials(const Settings&);              // O18
std::vector<Row> loss_halves_compute(const Settings&);       // O19
std::vector<Row> wave_balancers(const Settings&);            // O20
std::vector<Row> burst_loss(const Settings&);                // O21
std::vector<Row> outage_stalls(const Settings&);             // O22
std::vector<Row> error_correction(const Settings&);          // O23
std::vector<Row> published_utilisation(const Settings&);     // O24

}  // namespace farlink::validate
