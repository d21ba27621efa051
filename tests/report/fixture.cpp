// SPDX-License-Identifier: Apache-2.0
#include "tests/report/fixture.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

namespace farlink::test {

namespace {

using report::Interval;
using report::Lane;
using trace::Phase;

constexpr std::size_t stages = 8;
constexpr std::size_t microbatches = 96;

// One-forward-one-backward over 8 stages: what a replay would draw. Seconds; `hop` is a transfer between neighbours,
// `far_hop` the one between stages 3 and 4.
class PipelineStep {
 public:
  PipelineStep(double hop, double far_hop) : hop_{hop}, far_hop_{far_hop} {
    forward_end_.assign(stages, std::vector<double>(microbatches, -1));
    backward_end_ = forward_end_;
    for (std::size_t s = 0; s < stages; ++s)
      lanes_.push_back({"stage " + std::to_string(s) + (s < 4 ? " (west)" : " (east)"), {}});
  }

  std::vector<Lane> run() {
    std::vector<std::size_t> next(stages, 0);
    std::vector<double> free(stages, 0);
    for (bool moved = true; moved;) {
      moved = false;
      for (std::size_t s = 0; s < stages; ++s) moved = advance(s, next[s], free[s]) || moved;
    }
    for (std::size_t s = 0; s < stages; ++s) {
      add(s, free[s] + 0.002, free[s] + 0.310, Phase::gradient, true, 0);
      add(s, free[s] + 0.310, free[s] + 0.350, Phase::optimizer, false, 0);
    }
    for (Lane& lane : lanes_) {
      std::stable_sort(lane.intervals.begin(), lane.intervals.end(),
                       [](const Interval& a, const Interval& b) { return a.start_seconds < b.start_seconds; });
    }
    return lanes_;
  }

 private:
  static constexpr double forward_ = 0.0800, backward_ = 0.1600, tensor_ = 0.0110;

  double transfer(std::size_t from, std::size_t to) const { return std::min(from, to) == 3 ? far_hop_ : hop_; }

  void add(std::size_t stage, double start, double end, Phase phase, bool is_communication, std::size_t microbatch) {
    lanes_[stage].intervals.push_back({start, end, phase, is_communication, static_cast<std::uint16_t>(microbatch)});
  }

  // Step `index` of stage s in the 1F1B order: warm-up forwards, then pairs, then the remaining backwards.
  bool advance(std::size_t s, std::size_t& index, double& free) {
    if (index >= 2 * microbatches) return false;
    const std::size_t warm_up = stages - 1 - s;
    const bool is_paired = index >= warm_up && index < 2 * microbatches - warm_up;
    const bool is_forward = index < warm_up || (is_paired && (index - warm_up) % 2 == 0);
    const std::size_t m = index < warm_up ? index
                          : !is_paired    ? index - microbatches
                                          : (is_forward ? warm_up : 0) + (index - warm_up) / 2;
    return is_forward ? forward(s, m, index, free) : backward(s, m, index, free);
  }

  bool forward(std::size_t s, std::size_t m, std::size_t& index, double& free) {
    if (s > 0 && forward_end_[s - 1][m] < 0) return false;
    const double arrived = s > 0 ? forward_end_[s - 1][m] + transfer(s - 1, s) : 0;
    if (s > 0) add(s - 1, forward_end_[s - 1][m], arrived, Phase::activation, true, m);
    const double start = std::max(free, arrived);
    add(s, start, start + forward_, Phase::forward, false, m);
    add(s, start + forward_, start + forward_ + tensor_, Phase::tensor, true, m);
    free = forward_end_[s][m] = start + forward_ + tensor_;
    ++index;
    return true;
  }

  bool backward(std::size_t s, std::size_t m, std::size_t& index, double& free) {
    const bool is_last = s + 1 == stages;
    const double& next_end = is_last ? forward_end_[s][m] : backward_end_[s + 1][m];
    if (next_end < 0) return false;
    const double arrived = is_last ? next_end : next_end + transfer(s, s + 1);
    if (!is_last) add(s + 1, next_end, arrived, Phase::gradient_activation, true, m);
    const double start = std::max(free, arrived);
    add(s, start, start + backward_, Phase::backward, false, m);
    add(s, start + backward_, start + backward_ + 2 * tensor_, Phase::tensor, true, m);
    free = backward_end_[s][m] = start + backward_ + 2 * tensor_;
    ++index;
    return true;
  }

  double hop_, far_hop_;
  std::vector<std::vector<double>> forward_end_, backward_end_;
  std::vector<Lane> lanes_;
};

fabric::LinkStatistics direction(const char* name, double phase) {
  fabric::LinkStatistics l;
  l.name = "west-east";
  l.direction = name;
  l.frames_in = 83'886'080;
  l.dropped.random = 84;
  l.frames_out = l.frames_in - 84;
  l.wire_bytes = 351'000'000'000;
  l.utilisation = 0.0075;
  l.queue_peak_bytes = 134'217'728;
  l.buffer_bytes = 268'435'456;
  l.rate_bps = 6.4e12;
  l.one_way_delay_seconds = 0.001478;
  l.paused_seconds = 0.0125;
  constexpr int bins = 400;
  for (int i = 0; i < bins; ++i) {
    const double wave = std::pow(0.5 + 0.5 * std::sin(i * 0.55 + phase), 3);
    const double burst = i % 200 > 192 ? 1 : 0.06 * wave;
    l.samples.push_back({i * 0.145, burst, static_cast<std::uint64_t>(burst * 134'217'728)});
  }
  return l;
}

report::RunResult run(const char* name, double step, double exposed, double far_hop) {
  report::RunResult r;
  r.name = name;
  r.step_seconds = step;
  r.steps = {step + 0.1, step};
  r.exposed_communication_seconds = exposed;
  r.timeline = PipelineStep{0.0004, far_hop}.run();
  return r;
}

}  // namespace

report::Result training_result() {
  report::Result r;
  r.scenario = "unicom-lingang-300km";
  r.scenario_hash = "0123456789abcdef";
  r.version = "0.1.0";
  r.seed = 1;
  r.workload = "gpt3-175b on 1,024 GPUs: tensor 8, pipeline 8 across sites, data 16; 96 microbatches a step";
  r.ranks = 1024;
  r.efficiency = 0.9721;
  r.mfu_single_site = 0.4112;
  r.mfu_across_sites = 0.3997;
  r.single_site = run("single-site", 28.541, 3.61, 0.0004);
  r.across_sites = run("across-sites", 29.36, 4.429, 0.00927);
  r.attribution = {{"loss", 0.42, true},
                   {"congestion-control", 0, false},
                   {"convergence", 1.11, true},
                   {"distance", 1.2, true},
                   {"schedule", 0.06, true}};
  r.expectations = {{"efficiency", ">= 95%", 0.9721, true}};
  r.assumptions = {"The backward pass takes twice the time of the forward pass.",
                   "Inside a site messages follow latency + bytes / bandwidth; only what crosses sites is frames."};
  fabric::Statistics& f = r.across_sites.fabric;
  f.links = {direction("west->east", 0), direction("east->west", 1.3)};
  f.messages = {0.001912, 0.003247, 0.00813, 73'728};
  f.retransmitted = 150'528;
  f.data_frames = 167'772'160;
  f.virtual_seconds = 58.53;
  f.wall_seconds = 12.5;
  return r;
}

report::Goodput day_of_training() {
  report::Goodput g;
  g.duration_seconds = 86'400;
  g.histories = 1'000;
  g.single_site = 0.93;
  g.across_sites = 0.9;
  g.standard_error = 0.0005;
  g.p5 = 0.85;
  g.p95 = 0.94;
  g.steps_single_site = 2'900.4;
  g.steps_across_sites = 2'736;
  g.efficiency = 0.9433;
  g.spent = {{"useful", 0.9},     {"checkpoints", 0.03}, {"rework", 0.03},
             {"restarts", 0.039}, {"stalls", 0},         {"unfinished", 0.001}};
  g.failures = 4;
  g.cuts = 3;
  g.aborts = 1.5;
  g.effects = {{"west-east", 10, {{0.1, 0.2, false, 12}, {0.3, 0.1, false, 13}, {0.8, 0.25, true, 8.6}}}};
  return g;
}

report::Result lab_result() {
  report::Result r;
  r.scenario = "one-queue-pair";
  r.scenario_hash = "fedcba9876543210";
  r.version = "0.1.0";
  r.seed = 7;
  r.workload = "1 NIC pair, 1 queue pair, messages of 1 GiB back to back";
  fabric::Statistics& f = r.across_sites.fabric;
  fabric::LinkStatistics l = direction("west->east", 0);
  l.rate_bps = 400e9;
  l.utilisation = 0.48;
  l.queue_peak_bytes = 4'194'304;
  l.samples.clear();
  for (int i = 0; i < 60; ++i)
    l.samples.push_back({i * 0.1, 0.48 + 0.3 * std::sin(i * 0.7), 2'000'000U + 30'000U * static_cast<unsigned>(i)});
  f.links = {l};
  f.flows = {{"west->east pair 0", 187.5e9, 200'000'000, 4'194'304, 4'000, 3, {0.0229, 0.0311, 0.0498, 380}}};
  f.data_frames = 195'800'000;
  f.virtual_seconds = 6;
  f.wall_seconds = 10;
  return r;
}

report::Result eventful_result() {
  report::Result r = training_result();
  fabric::Statistics& f = r.across_sites.fabric;
  f.events = {{8, "west-east", "both", "cut 4s"},
              {12, "west-east", "both", "cut ends"},
              {20, "west-east", "west->east", "ramp loss=0.1% over 5s"},
              {25, "west-east", "west->east", "ramp ends"},
              {33, "west-east", "both", "protection: dark for 50ms, then distance=420km"},
              {33.05, "west-east", "both", "switched to the route"},
              {45, "west-east", "east->west", "wave 3 dark for 4s, its flows rehashed"},
              {49, "west-east", "east->west", "wave 3 is back"},
              {50, "south-east", "both", "set loss=1%"}};
  for (fabric::LinkStatistics& l : f.links)
    for (fabric::Sample& s : l.samples)
      if (s.start_seconds >= 8 && s.start_seconds < 12) s.utilisation = 0, s.queue_peak_bytes = 268'435'456;
  return r;
}

report::Result hostile_result() {
  report::Result r = training_result();
  const std::string attack =
      "</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"><!--<script>";
  r.scenario = "name" + attack;
  r.workload = attack + "\xFF\x1B[31m \"quoted\" \\ \xE2\x80\xA8 @FARLINK_DATA@ @FARLINK_TEXT@";
  r.assumptions.push_back(attack);
  r.expectations[0].expected = attack;
  for (Lane& lane : r.across_sites.timeline) lane.name = attack;
  for (fabric::LinkStatistics& l : r.across_sites.fabric.links) l.name = l.direction = attack;
  r.across_sites.fabric.events = {{1, attack, attack, attack}};
  return r;
}

report::Result invalid_result() {
  report::Result r = training_result();
  r.is_valid = false;
  r.why_invalid = "queue pair 3 of west rank 12 ran out of retries at 1.25 s";
  return r;
}

}  // namespace farlink::test
