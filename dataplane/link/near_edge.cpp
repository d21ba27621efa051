// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/near_edge.hpp"

#include <algorithm>
#include <bit>
#include <cassert>

namespace farlink::link {

NearEdge::NearEdge(const DirectionConfig& config, FramePool& pool)
    : config_{config.near_edge},
      fibre_config_{config.fibre},
      pool_{pool},
      impairments_{config},
      ecn_draws_{config.seed, config.link, config.direction, Stage::ecn},
      jitter_draws_{config.seed, config.link, config.direction, Stage::jitter},
      balancer_{config_, {config.seed, config.link, config.direction, Stage::flowlet}} {
  waves_.reserve(config_.waves);
  for (std::uint32_t i = 0; i < config_.waves; ++i) waves_.emplace_back(config_.rate);
  set_waves(config);
  if (config_.ecn) notifier_.set_interval(config_.ecn->notify_every);
}

void NearEdge::set_waves(const DirectionConfig& config) noexcept {
  overhead_ = static_cast<std::uint32_t>(config_.overhead.count());
  const auto last = static_cast<std::int64_t>(waves_.size()) - 1;
  for (std::int64_t i = 0; i <= last; ++i) {
    Wave& wave = waves_[static_cast<std::size_t>(i)];
    wave.skew = last > 0 ? config_.skew * i / last : Duration::zero();
    wave.is_dark = config.impairments.is_cut;
  }
  for (const LostWave& lost : config_.lost_waves) waves_[lost.wave].is_dark = true;
}

Instant NearEdge::clamp(Instant now) noexcept {
  if (now < last_now_) {
    ++counters_.time_went_back;
    return last_now_;
  }
  return last_now_ = now;
}

void NearEdge::accept(Frame* frame, Instant now) {
  settle(now);
  now = last_now_;
  ++counters_.frames_in;
  Descriptor& d = frame->descriptor;
  d.ordinal = next_ordinal_++;
  if (shared_bytes_ + d.line_bytes > config_.buffer.count()) return drop(frame, Cause::queue, now);

  if (impairments_.judge(d)) ++counters_.ecn_marked;
  Wave& wave = waves_.size() == 1 ? waves_.front() : waves_[balancer_.choose(d.flow, d.ordinal, now)];
  shared_bytes_ += d.line_bytes;
  counters_.queue_peak_bytes = std::max(counters_.queue_peak_bytes, shared_bytes_);
  if (!gate_.is_open()) [[unlikely]]
    return accept_at_gate(wave, frame, now);
  if (wave.queues.is_empty() && wave.free_at <= now) return transmit(wave, frame, now);
  queue_up(wave, frame, now);
  next_start_ = std::min(next_start_, wave.free_at);
}

void NearEdge::queue_up(Wave& wave, Frame* frame, Instant now) noexcept {
  Descriptor& d = frame->descriptor;
  if (config_.ecn) mark_ecn(d, wave.queues.bytes(d.priority) + d.line_bytes, now);
  wave.queues.push(frame);
  std::uint64_t& priority_bytes = priority_bytes_[d.priority];
  priority_bytes += d.line_bytes;
  if (config_.has_backpressure && priority_bytes > config_.xoff.count()) hold(d.priority, now);
}

void NearEdge::mark_ecn(Descriptor& d, std::uint64_t queue_bytes, Instant now) noexcept {
  const EcnMarking& ecn = *config_.ecn;
  if (queue_bytes <= ecn.kmin.count() || d.ecn == Ecn::not_ect || d.ecn == Ecn::ce || (d.edits & edit_ce) != 0) return;
  bool marks = queue_bytes > ecn.kmax.count();
  if (!marks) {
    const double share =
        static_cast<double>(queue_bytes - ecn.kmin.count()) / static_cast<double>(ecn.kmax.count() - ecn.kmin.count());
    marks = Probability::of(ecn.pmax.value() * share).happens(ecn_draws_.draw(d.ordinal));
  }
  if (!marks) return;
  ++counters_.ecn_marked;
  if (notifier_.answers(d)) return notify(d, now);
  d.edits |= edit_ce;
}

void NearEdge::notify(const Descriptor& d, Instant now) noexcept {
  if (!notifier_.is_due(d, now)) return;
  Frame* frame = admit();
  frame->descriptor = Notifier::notification(d);
  frame->stamp = now;
  ++counters_.frames_generated;
  dropped_frames_.push(frame);
}

// Waves share the buffer and its XOFF state, so their starts are taken in the order of time and not wave by wave: the
// moment of XON must not depend on how often we are asked.
void NearEdge::start_due(Instant now) {
  now = clamp(now);
  if (!gate_.is_open()) [[unlikely]]
    return start_due_at_gate(now);
  if (waves_.size() == 1) {
    Wave& wave = waves_.front();
    while (next_start_ <= now) {
      start_next(wave);
      next_start_ = wave.queues.is_empty() ? Instant::never() : wave.free_at;
    }
    return;
  }
  while (next_start_ <= now) {
    start_next(*next_wave());
    const Wave* next = next_wave();
    next_start_ = next == nullptr ? Instant::never() : next->free_at;
  }
}

NearEdge::Wave* NearEdge::next_wave() noexcept {
  Wave* next = nullptr;
  for (Wave& wave : waves_)
    if (wave.queues.has_eligible() && (next == nullptr || wave.free_at < next->free_at)) next = &wave;
  return next;
}

// Returns how many bytes went.
std::uint32_t NearEdge::start_next(Wave& wave) noexcept {
  const Instant start = wave.free_at;
  Frame* frame = wave.queues.pop(config_.scheduler);
  const std::uint32_t bytes = frame->descriptor.line_bytes;
  std::uint64_t& priority_bytes = priority_bytes_[frame->descriptor.priority];
  priority_bytes -= bytes;
  if (held_ != 0 && priority_bytes <= config_.xon.count()) resume(frame->descriptor.priority, start);
  transmit(wave, frame, start);
  return bytes;
}

void NearEdge::transmit(Wave& wave, Frame* frame, Instant start) noexcept {
  Descriptor& d = frame->descriptor;
  if (start > wave.free_at) wave.clock.restart();
  const std::uint32_t line_bytes = d.line_bytes + overhead_;
  wave.free_at = start + wave.clock.serialize(line_bytes);
  activity_.add(start, line_bytes, shared_bytes_);
  shared_bytes_ -= d.line_bytes;
  counters_.line_bytes += line_bytes;
  if (line_records_ != nullptr && d.purpose == Purpose::traffic) line_records_->push_back({d.token, wave.free_at});
  if (wave.is_dark && d.verdict == Cause::none) d.verdict = Cause::cut;
  if (d.verdict != Cause::none) return drop(frame, d.verdict, wave.free_at);

  Duration delay = fibre_config_.delay + wave.skew;
  if (fibre_config_.jitter > Duration::zero()) {
    const auto span = static_cast<unsigned __int128>(fibre_config_.jitter.picoseconds()) + 1;
    delay += Duration::picoseconds(static_cast<std::int64_t>((span * jitter_draws_.draw(d.ordinal)) >> 64));
  }
  wave.last_arrival = std::max(wave.last_arrival, wave.free_at + delay);
  frame->stamp = wave.last_arrival;
  wave.fibre.push(frame);
}

void NearEdge::drop(Frame* frame, Cause cause, Instant at) noexcept {
  frame->descriptor.verdict = cause;
  frame->stamp = at;
  counters_.dropped.count(cause);
  if (frame->descriptor.purpose == Purpose::background) counters_.background_dropped.count(cause);
  dropped_frames_.push(frame);
  ++untold_drops_;
}

void NearEdge::hold(std::uint8_t priority, Instant at) noexcept {
  const auto bit = static_cast<std::uint8_t>(1U << priority);
  if (held_ & bit) return;
  held_ = static_cast<std::uint8_t>(held_ | bit);
  changed_at_[priority] = at;
  ++counters_.xoff_sent;
}

void NearEdge::resume(std::uint8_t priority, Instant at) noexcept {
  const auto bit = static_cast<std::uint8_t>(1U << priority);
  if (!(held_ & bit)) return;
  held_ = static_cast<std::uint8_t>(held_ & ~bit);
  counters_.paused += at - changed_at_[priority];
  changed_at_[priority] = at;
}

bool NearEdge::take_output(Output& output) noexcept {
  if (!dropped_frames_.is_empty()) {
    Frame* frame = dropped_frames_.pop();
    const bool is_cnp = frame->descriptor.purpose == Purpose::notification;
    output = {is_cnp ? Output::Kind::cnp : Output::Kind::drop, frame->descriptor.verdict, frame->descriptor.priority,
              frame->stamp, frame->descriptor};
    pool_.give(frame);
    if (is_cnp)
      ++counters_.cnps_out;
    else
      --untold_drops_;
    return true;
  }
  const unsigned changed = held_ ^ told_;
  if (changed == 0) return false;
  const auto priority = static_cast<std::uint8_t>(std::countr_zero(changed));
  told_ = static_cast<std::uint8_t>(told_ ^ (1U << priority));
  const bool is_xoff = (unsigned{told_} >> priority) & 1U;
  output = {is_xoff ? Output::Kind::xoff : Output::Kind::xon, Cause::none, priority, changed_at_[priority], {}};
  return true;
}

void NearEdge::reconfigure(const DirectionConfig& config, Instant now) {
  assert(config.near_edge.waves == waves_.size());
  settle(now);
  now = last_now_;
  config_ = config.near_edge;
  fibre_config_ = config.fibre;
  impairments_.reconfigure(config);
  balancer_.reconfigure(config_);
  set_waves(config);
  if (config_.ecn) notifier_.set_interval(config_.ecn->notify_every);
  for (Wave& wave : waves_) wave.clock = units::LineClock{config_.rate};
  for (std::uint8_t p = 0; p < PriorityQueues::priorities; ++p)
    if (!config_.has_backpressure || priority_bytes_[p] <= config_.xon.count()) resume(p, now);
  if (!gate_.is_open()) find_next_start();
}

}  // namespace farlink::link
