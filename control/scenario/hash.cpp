// SPDX-License-Identifier: Apache-2.0
#include "control/scenario/hash.hpp"

#include <array>
#include <charconv>
#include <type_traits>

#include "dataplane/units/text.hpp"

namespace farlink::scenario {
namespace {

class Lines {
 public:
  std::string take() { return std::move(out_); }

  void put(std::string_view key, const std::string& value) { (((out_ += key) += '=') += value) += '\n'; }
  void put(std::string_view key, double value) {
    std::array<char, 32> buffer;
    put(key, std::string{buffer.data(), std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr});
  }
  template <typename Integer>
  requires std::is_integral_v<Integer>
  void put(std::string_view key, Integer value) { put(key, std::to_string(value)); }
  template <typename Enum>
  requires std::is_enum_v<Enum>
  void put(std::string_view key, Enum value) { put(key, static_cast<unsigned>(value)); }
  // Raw steps: no wording of units can change the hash.
  void put(std::string_view key, Duration value) { put(key, value.picoseconds()); }
  void put(std::string_view key, Bytes value) { put(key, value.count()); }
  void put(std::string_view key, BitRate value) { put(key, value.bits_per_second()); }
  void put(std::string_view key, Probability value) { put(key, value.value()); }
  template <typename Value>
  void put(std::string_view key, const std::optional<Value>& value) {
    if (value) {
      put(key, *value);
    } else {
      put(key, std::string{"none"});
    }
  }

 private:
  std::string out_;
};

void put_local_network(Lines& lines, std::string_view key, const LocalNetwork& network) {
  lines.put(key, std::string{});
  lines.put("bandwidth", network.bandwidth);
  lines.put("latency", network.latency);
}

void put_site(Lines& lines, const Site& site) {
  lines.put("site", site.name);
  lines.put("gpus", site.gpus);
  lines.put("gpus-per-node", site.gpus_per_node);
  lines.put("nic", site.nic);
  put_local_network(lines, "in-node", site.in_node);
  put_local_network(lines, "fabric", site.fabric);
}

void put_direction(Lines& lines, std::string_view key, const DirectionSettings& d) {
  lines.put(key, std::string{});
  lines.put("loss", d.loss);
  lines.put("burst-loss", d.burst_loss.has_value());
  if (d.burst_loss) {
    lines.put("good-to-bad", d.burst_loss->good_to_bad);
    lines.put("bad-to-good", d.burst_loss->bad_to_good);
    lines.put("loss-good", d.burst_loss->loss_good);
    lines.put("loss-bad", d.burst_loss->loss_bad);
  }
  lines.put("bit-error", d.bit_error);
  if (d.fec) {
    lines.put("fec", d.fec->code);
    lines.put("pre-fec-ber", d.fec->pre_fec_ber);
  }
  lines.put("listed-loss", d.listed_loss.size());
  for (const ListedLoss& loss : d.listed_loss) {
    lines.put("qp", loss.qp);
    lines.put("psn", loss.psn);
    lines.put("opcode", loss.opcode);
    lines.put("nth", loss.nth);
  }
  lines.put("corrupt", d.corrupt);
  lines.put("duplicate", d.duplicate);
  lines.put("ce-mark", d.ce_mark);
  lines.put("ecn", d.ecn.has_value());
  if (d.ecn) {
    lines.put("kmin", d.ecn->kmin);
    lines.put("kmax", d.ecn->kmax);
    lines.put("pmax", d.ecn->pmax);
    if (d.ecn->near_cnp_interval) lines.put("near-cnp-interval", d.ecn->near_cnp_interval);
  }
  lines.put("delay", d.delay);
  lines.put("equipment-delay", d.equipment_delay);
  lines.put("jitter", d.jitter);
  lines.put("rate", d.rate);  // framing is in it
  if (d.overhead != Bytes{}) lines.put("overhead", d.overhead);
  if (!d.background) return;
  lines.put("background", d.background->rate);
  lines.put("frame", d.background->frame);
  lines.put("priority", d.background->priority);
  lines.put("on", d.background->on);
  lines.put("off", d.background->off);
  lines.put("random-periods", d.background->has_random_periods);
}

// Only what was written: hashes of scenarios from before there was a choice stay as they were.
void put_far_control(Lines& lines, const Lossless& lossless) {
  if (lossless.sizes_far_buffer) lines.put("sizes-far-buffer", true);
  if (lossless.far_xoff) lines.put("far-xoff", lossless.far_xoff);
  if (lossless.far_xon) lines.put("far-xon", lossless.far_xon);
  if (lossless.headroom) lines.put("headroom", lossless.headroom);
  if (lossless.far_alpha) lines.put("far-alpha", lossless.far_alpha);
  if (lossless.far_rate) lines.put("far-rate", lossless.far_rate);
  if (!lossless.refresh) lines.put("refresh", lossless.refresh);
  if (lossless.watchdog != Lossless{}.watchdog) lines.put("watchdog", lossless.watchdog);
  if (lossless.slot != Lossless{}.slot) lines.put("slot", lossless.slot);
}

void put_link(Lines& lines, const Link& link) {
  lines.put("link", link.name);
  lines.put("west", link.west);
  lines.put("east", link.east);
  lines.put("waves", link.waves);
  if (link.skew != Duration::zero()) lines.put("skew", link.skew);
  if (link.balancer != Balancer::ecmp) lines.put("balancer", link.balancer);
  if (link.balancer == Balancer::flowlet) lines.put("flowlet-gap", link.flowlet_gap);
  lines.put("pfc", link.lossless.pfc);
  lines.put("buffer", link.lossless.buffer);
  lines.put("xoff", link.lossless.xoff);
  lines.put("xon", link.lossless.xon);
  lines.put("far-buffer", link.lossless.far_buffer);
  put_far_control(lines, link.lossless);
  put_direction(lines, "forward", link.forward);
  put_direction(lines, "reverse", link.reverse);
}

void put_rate_or_share(Lines& lines, std::string_view key, const RateOrShare& value) {
  lines.put(key, value.index());
  std::visit([&](const auto& rate) { lines.put(key, rate); }, value);
}

// Nothing for none: hashes of scenarios from before there was a choice stay as they were.
struct PutCongestionControl {
  Lines& lines;

  void operator()(std::monostate) const {}
  void operator()(const RateLimit& limit) const { lines.put("rate-limit", limit.rate); }
  void operator()(const Dcqcn& d) const {
    lines.put("congestion-control", std::string{"dcqcn"});
    lines.put("g", d.g);
    lines.put("initial-alpha", d.initial_alpha);
    lines.put("alpha-timer", d.alpha_timer);
    lines.put("decrease-interval", d.decrease_interval);
    lines.put("increase-timer", d.increase_timer);
    lines.put("byte-counter", d.byte_counter);
    lines.put("fast-recovery-steps", d.fast_recovery_steps);
    put_rate_or_share(lines, "additive-increase", d.additive_increase);
    put_rate_or_share(lines, "hyper-increase", d.hyper_increase);
    lines.put("largest-cut", d.largest_cut);
    lines.put("least-rate", d.least_rate);
    lines.put("clamp-target", d.clamps_target);
    lines.put("cnp-interval", d.cnp_interval);
  }
  void operator()(const Swift& s) const {
    lines.put("congestion-control", std::string{"swift"});
    lines.put("base-delay", s.base_delay);
    lines.put("target", s.target);
    lines.put("flow-scaling", s.flow_scaling);
    lines.put("window-increase", s.window_increase);
    lines.put("multiplicative-decrease", s.multiplicative_decrease);
    lines.put("largest-cut", s.largest_cut);
  }
};

void put_transport(Lines& lines, const Transport& transport) {
  // What is usual is left out: hashes of scenarios from before there was a choice stay as they were.
  if (transport.retransmission != Retransmission::go_back_n) lines.put("retransmission", transport.retransmission);
  std::visit(PutCongestionControl{lines}, transport.congestion_control);
  lines.put("nak", transport.nak);
  lines.put("mtu", transport.mtu);
  lines.put("qps-per-pair", transport.qps_per_pair);
  if (transport.channels) {
    lines.put("channels", transport.channels->count);
    lines.put("channel-buffer", transport.channels->buffer);
    lines.put("chunk", transport.channels->chunk);
    lines.put("qps-per-channel", transport.channels->queue_pairs);
  }
  lines.put("window-unit", transport.window.index());
  std::visit([&](const auto& window) { lines.put("window", window); }, transport.window);
  lines.put("ack-every", transport.ack_every);
  lines.put("ack-timeout", transport.ack_timeout);
  if (transport.adaptive_timer) lines.put("adaptive-timer", transport.adaptive_timer);
  if (transport.slow_restart) lines.put("slow-restart", transport.slow_restart);
  lines.put("retry", transport.retry);
  if (transport.erasure_coding) {
    lines.put("erasure-coding", transport.erasure_coding->is_xor);
    lines.put("data", transport.erasure_coding->data);
    lines.put("parity", transport.erasure_coding->parity);
  }
  if (transport.on_error != OnError::abort) {
    lines.put("on-error", transport.on_error);
    lines.put("reconnect-after", transport.reconnect_after);
  }
}

struct PutWorkload {
  Lines& lines;

  void operator()(const Training& t) const {
    const Model& m = t.model;
    lines.put("workload", std::string{"model"});
    lines.put("layers", m.layers);
    lines.put("hidden", m.hidden);
    lines.put("heads", m.heads);
    lines.put("kv-heads", m.kv_heads);
    lines.put("feed-forward", m.feed_forward);
    lines.put("vocabulary", m.vocabulary);
    lines.put("gated-mlp", m.gated_mlp);
    lines.put("parameters", m.parameters);
    lines.put("sequence", m.sequence);
    lines.put("global-batch", m.global_batch);
    lines.put("micro-batch", m.micro_batch);
    lines.put("gradient-bytes", m.gradient_bytes);
    lines.put("activation-bytes", m.activation_bytes);
    lines.put("tensor", t.parallelism.tensor);
    lines.put("pipeline", t.parallelism.pipeline);
    lines.put("data", t.parallelism.data);
    lines.put("across-sites", t.parallelism.across_sites);
    lines.put("overlap", t.parallelism.overlap);
    lines.put("bucket", t.parallelism.bucket);
    if (m.parameter_bytes != 2) lines.put("parameter-bytes", m.parameter_bytes);
    if (m.recomputes) lines.put("recompute", m.recomputes);
    if (t.parallelism.zero != 0) lines.put("zero", t.parallelism.zero);
    if (t.parallelism.interleave != 1) lines.put("interleave", t.parallelism.interleave);
    if (t.parallelism.extra_warmup != 0) lines.put("extra-warmup", t.parallelism.extra_warmup);
    if (t.parallelism.context != 1) lines.put("context", t.parallelism.context);
    if (m.experts != 0) {
      lines.put("experts", m.experts);
      lines.put("active-experts", m.active_experts);
      lines.put("shared-experts", m.shared_experts);
      lines.put("expert-feed-forward", m.expert_feed_forward);
      lines.put("dense-layers", m.dense_layers);
      lines.put("expert", t.parallelism.expert);
    }
    lines.put("collective", t.collective);
    lines.put("flops", t.gpu.flops);
    lines.put("utilisation", t.gpu.utilisation);
    if (!t.storage) return;
    lines.put("storage", t.storage->site);
    lines.put("read-per-step", t.storage->read_per_step);
    lines.put("prefetch", t.storage->prefetch);
    lines.put("write-per-step", t.storage->write_per_step);
  }
  void operator()(const Recorded& recorded) const {
    lines.put("workload", std::string{"trace"});
    lines.put("trace", recorded.path);
    lines.put("collective", recorded.collective);
    if (!recorded.kineto.empty()) lines.put("kineto", recorded.kineto);
    if (recorded.replicate) lines.put("replicate", true);
    for (const auto& [stage, time] : recorded.compute) {
      lines.put("compute-stage", stage);
      lines.put("compute-time", time);
    }
  }
  void operator()(const Flows& flows) const {
    lines.put("workload", std::string{"flows"});
    lines.put("pairs", flows.pairs);
    lines.put("message", flows.message);
    lines.put("depth", flows.depth);
    lines.put("messages", flows.messages);
    lines.put("stop-losses", flows.stop_losses);
    lines.put("stop-frames", flows.stop_frames);
  }
  void operator()(const NoWorkload&) const { lines.put("workload", std::string{"none"}); }
};

void put_long_run(Lines& lines, const LongRun& run) {
  lines.put("duration", run.duration);
  lines.put("checkpoint-every", run.checkpoint.every);
  lines.put("checkpoint-write", run.checkpoint.write);
  lines.put("checkpoint-restart", run.checkpoint.restart);
  lines.put("mtbf", run.mtbf);
}

// Nothing for a scenario without events and live keys, whose hash stays what it was before there were any.
void put_live(Lines& lines, const Scenario& scenario) {
  for (const Event& event : scenario.events) {
    lines.put("event", event.link);
    lines.put("at", event.at);
    lines.put("direction", event.direction);
    lines.put("cut", event.cut);
    for (const std::string& value : event.set) lines.put("set", value);
    for (const std::string& value : event.route) lines.put("route", value);
    if (event.wave_loss) {
      lines.put("wave", event.wave_loss->wave);
      lines.put("for", event.wave_loss->length);
      lines.put("avoided", event.wave_loss->is_avoided);
    }
    if (event.ramp) {
      lines.put("over", event.ramp->over);
      lines.put("step", event.ramp->step);
    }
  }
  for (const Link& link : scenario.links) {
    if (!link.faults) continue;
    lines.put("faults", link.name);
    lines.put("mtbf", link.faults->mtbf);
    lines.put("cut", link.faults->cut);
    lines.put("until", link.faults->until);
  }
  if (scenario.armed != Armed::start) lines.put("armed", scenario.armed);
  if (scenario.sites.front().ports.empty()) return;
  for (const Site& site : scenario.sites) {
    for (const std::string& port : site.ports) lines.put("port", port);
  }
  lines.put("mtu", scenario.dpdk.mtu);
  lines.put("max-lag", scenario.dpdk.max_lag);
}

void put_variation(Lines& lines, const ComputeVariation& variation) {
  if (variation.jitter != 0) lines.put("compute-jitter", variation.jitter);
  if (!variation.stragglers) return;
  lines.put("stragglers", variation.stragglers->count);
  for (const std::uint32_t rank : variation.stragglers->ranks) lines.put("straggler", rank);
  lines.put("slower", variation.stragglers->slower);
}

}  // namespace

std::string canonical_text(const Scenario& scenario) {
  Lines lines;
  for (const Site& site : scenario.sites) put_site(lines, site);
  for (const Link& link : scenario.links) put_link(lines, link);
  put_transport(lines, scenario.transport);
  std::visit(PutWorkload{lines}, scenario.workload);
  put_variation(lines, scenario.compute_variation);
  if (scenario.second_job) {
    lines.put("second-job", scenario.second_job->gpus.size());
    for (const std::uint32_t gpus : scenario.second_job->gpus) lines.put("gpus", gpus);
    std::visit(PutWorkload{lines}, scenario.second_job->workload);
  }
  lines.put("steps", scenario.run.steps);
  lines.put("warmup", scenario.run.warmup);
  lines.put("seed", scenario.run.seed);
  lines.put("seeds", scenario.run.seeds);
  if (scenario.run.long_run) put_long_run(lines, *scenario.run.long_run);
  put_live(lines, scenario);
  return lines.take();
}

std::string hash_of(const Scenario& scenario) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : canonical_text(scenario)) {
    hash ^= static_cast<unsigned char>(c);
    hash *= 0x100000001b3;
  }
  std::array<char, 17> digits;
  std::snprintf(digits.data(), digits.size(), "%016llx", static_cast<unsigned long long>(hash));
  return digits.data();
}

}  // namespace farlink::scenario
