// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_flows/flow_network.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "control/fabric_flows/instant.hpp"
#include "control/fabric_packets/dataplane_config.hpp"
#include "control/fabric_packets/message_parts.hpp"
#include "dataplane/virtual_time/engine.hpp"
#include "dataplane/wire/syndrome.hpp"

namespace farlink::fabric_flows {

using units::Duration;
using units::Instant;

FlowNetwork::FlowNetwork(const scenario::Scenario& scenario, const trace::Graph& graph)
    : scenario_{scenario}, nics_per_site_(scenario.sites.size(), 0), first_nic_(scenario.sites.size(), 0) {
  places_ = fabric_packets::place_ranks(graph, nics_per_site_);
  paths_ = paths_of(scenario_, nics_per_site_);
  for (std::uint32_t site = 0; site < nics_per_site_.size(); ++site) {
    first_nic_[site] = static_cast<std::uint32_t>(nics_.size());
    nics_.resize(nics_.size() + nics_per_site_[site]);
    for (std::uint32_t nic = first_nic_[site]; nic < nics_.size(); ++nic)
      nics_[nic].rate = per_picosecond(scenario_.sites[site].nic);
  }
  const scenario::Transport& transport = scenario_.transport;
  queue_pairs_ = transport.queue_pairs();
  rate_limit_ = std::numeric_limits<double>::infinity();
  if (const auto* limit = std::get_if<scenario::RateLimit>(&transport.congestion_control))
    rate_limit_ = per_picosecond(limit->rate) * queue_pairs_;
  recovery_.is_selective = transport.retransmission == scenario::Retransmission::selective_repeat;
  recovery_.naks_again = transport.nak == scenario::NakMode::every_gap;
  const auto exponent = static_cast<std::uint8_t>(transport.ack_timeout);
  recovery_.timeout = exponent == 0 ? std::numeric_limits<double>::infinity()
                                    : static_cast<double>(wire::local_ack_timeout(exponent).picoseconds());
  ends_.resize(paths_.size());
  counts_.resize(paths_.size());
  planned_.resize(paths_.size());
  is_line_changed_.resize(paths_.size());
  for (const Path& path : paths_) {
    const double packets =
        static_cast<double>(fabric_packets::nic_config(scenario_, scenario_.sites[path.from]).window);
    double window = packets * queue_pairs_ * path.packet;
    if (transport.channels) {
      const double buffers = static_cast<double>(transport.channels->buffer.count()) * transport.channels->count;
      window = std::min(window, buffers * path.packet / transport.mtu);
    }
    window_bytes_.push_back(window);
    recovery_.window = window / queue_pairs_ / path.packet;
  }
  for (const Path& path : paths_) may_use_up_window_.push_back(may_use_up_window(path));
}

// Whether a round trip, with every queue full, can be longer than a window lasts.
bool FlowNetwork::may_use_up_window(const Path& path) const noexcept {
  const Path& back = paths_[2 * path.link + 1 - path.direction];
  const double rate = std::min(path.near_rate, rate_limit_);
  double longest = 0;
  for (const Path* way : {&path, &back}) {
    longest += way->delay + way->skew + way->buffer / (way->line.wave_rate() * way->line.waves()) +
               way->packet / way->far_rate + way->packet / way->line.wave_rate();
  }
  return window_bytes_[2 * path.link + path.direction] / rate < longest;
}

std::uint32_t FlowNetwork::pair_of(std::uint32_t source, std::uint32_t destination) {
  const std::uint64_t key = (std::uint64_t{source} << 32) | destination;
  const auto [found, is_new] = pair_of_ranks_.try_emplace(key, static_cast<std::uint32_t>(pairs_.size()));
  if (!is_new) return found->second;
  const fabric_packets::RankPlace from = places_[source], to = places_[destination];
  const std::uint32_t link = fabric_packets::link_between(scenario_, from.site, to.site);
  Pair& pair = pairs_.emplace_back();
  const std::uint32_t direction = paths_[std::size_t{2} * link].from == from.site ? 0 : 1;
  pair.path = 2 * link + direction;
  pair.back = 2 * link + 1 - direction;
  pair.near_nic = first_nic_[from.site] + from.nic;
  pair.far_nic = first_nic_[to.site] + to.nic;
  pair.draws = units::Draws{scenario_.run.seed, units::mix(key + 1)};
  if (paths_[pair.path].loss > 0) pair.blocked.resize(queue_pairs_);
  const std::uint32_t waves = paths_[pair.path].line.waves();
  const bool is_planned = scenario_.links[link].balancer == scenario::Balancer::planned;
  std::vector<std::uint32_t> counts(waves), counts_back(waves);
  for (std::uint32_t i = 0; i < queue_pairs_; ++i, ++entropy_) {
    std::uint32_t there = virtual_time::flow_of(from.nic, to.nic, entropy_);
    std::uint32_t back = virtual_time::flow_of(to.nic, from.nic, entropy_);
    if (is_planned) there = back = planned_[pair.path]++;
    ++counts[there % waves];
    ++counts_back[back % waves];
  }
  for (std::uint32_t wave = 0; wave < waves; ++wave) {
    if (counts[wave] > 0) pair.waves.emplace_back(wave, static_cast<double>(counts[wave]) / queue_pairs_);
    if (counts_back[wave] > 0) pair.waves_back.push_back(wave);
  }
  return found->second;
}

void FlowNetwork::send(const fabric::Message& message, Instant now) {
  const std::uint32_t number = pair_of(message.source, message.destination);
  Pair& pair = pairs_[number];
  const std::uint32_t mtu = scenario_.transport.mtu;
  const std::uint64_t packets = std::max<std::uint64_t>(1, (message.bytes.count() + mtu - 1) / mtu);
  const auto requests = static_cast<std::uint32_t>(std::min<std::uint64_t>(packets, queue_pairs_));
  const Shape shape = shape_of(message.bytes.count(), mtu, requests);
  pair.transfers.push_back({message, now, shape.packets, shape.bytes, 0});
  if (pair.transfers.size() == pair.sent + 1) start_next(number, pair);
}

// The first message that has not been sent, if there is one; else the pair rests.
void FlowNetwork::start_next(std::uint32_t number, Pair& pair) {
  if (pair.sent == pair.transfers.size()) return stop(number, pair);
  Transfer& transfer = pair.transfers[pair.sent];
  transfer.start = picoseconds();
  if (!pair.blocked.empty()) transfer.wait_at_start = wait(pair, 0);
  if (!pair.untold.empty()) tell_untold(number, pair);
  pair.left = transfer.bytes + pair.carried;
  pair.carried = 0;
  start_segment(number, pair, pair.left);
}

// As much as the window has room for, but no more than an eighth of it at once.
void FlowNetwork::start_segment(std::uint32_t number, Pair& pair, double bytes) {
  if (may_use_up_window_[pair.path]) {
    const double window = window_bytes_[pair.path];
    const double room = window - (pair.sent_bytes - pair.acknowledged_bytes);
    const double packet = paths_[pair.path].packet;
    // A window counts packets, whose headers are not all alike.
    if (bytes > window / 8 + packet / 2) bytes = window / 8;
    if (room < std::min(bytes, packet) && room < window) {
      pair.is_waiting = true;
      return stop(number, pair);
    }
    if (bytes > room + packet / 2) bytes = std::max(room, packet);
    pair.sent_bytes += bytes;
  }
  pair.left -= bytes;
  if (pair.left < 0.5) pair.left = 0;
  pair.work = bytes;
  ++pair.version;
  if (pair.is_active && pair.rate > 0) {
    pair.end = paths_[pair.path].line.clock() + bytes / pair.rate;
    auto& ends = ends_[pair.path];
    ends.push_back({pair.end, order_++, number, pair.version});
    std::push_heap(ends.begin(), ends.end(), std::greater{});
    return;
  }
  if (pair.is_active) return;
  pair.is_active = true;
  Nic& nic = nics_[pair.near_nic];
  nic.active.push_back(number);
  if (!nic.is_dirty) dirty_nics_.push_back(pair.near_nic);
  nic.is_dirty = true;
}

void FlowNetwork::stop(std::uint32_t number, Pair& pair) {
  if (!pair.is_active) return;
  change_inflow(pair, -pair.rate);
  pair.is_active = false;
  pair.rate = 0;
  ++pair.version;
  Nic& nic = nics_[pair.near_nic];
  const auto found = std::find(nic.active.begin(), nic.active.end(), number);
  *found = nic.active.back();
  nic.active.pop_back();
  if (!nic.is_dirty) dirty_nics_.push_back(pair.near_nic);
  nic.is_dirty = true;
}

void FlowNetwork::change_inflow(const Pair& pair, double rate) {
  Path& path = paths_[pair.path];
  for (const auto& [wave, share] : pair.waves) path.line.add_inflow(wave, rate * share * path.stretch());
  is_line_changed_[pair.path] = true;
}

void FlowNetwork::give_rate(std::uint32_t number, Pair& pair, double rate) {
  if (rate == pair.rate) return;
  const double clock = paths_[pair.path].line.clock();
  const double work = pair.rate > 0 ? std::max(0.0, pair.end - clock) * pair.rate : pair.work;
  change_inflow(pair, rate - pair.rate);
  pair.rate = rate;
  pair.end = clock + work / rate;
  auto& ends = ends_[pair.path];
  ends.push_back({pair.end, order_++, number, ++pair.version});
  std::push_heap(ends.begin(), ends.end(), std::greater{});
}

void FlowNetwork::share_nics() {
  for (const std::uint32_t number : dirty_nics_) {
    Nic& nic = nics_[number];
    nic.is_dirty = false;
    if (nic.active.empty()) continue;
    const double share = std::min(nic.rate / static_cast<double>(nic.active.size()), rate_limit_);
    for (const std::uint32_t pair : nic.active) give_rate(pair, pairs_[pair], share);
  }
  dirty_nics_.clear();
}

void FlowNetwork::end_segment(std::uint32_t number) {
  Pair& pair = pairs_[number];
  if (may_use_up_window_[pair.path]) {
    const Path& path = paths_[pair.path];
    const double there = picoseconds() + wait(pair, path.packet) + path.delay + path.packet / path.far_rate;
    const double known = answer_time(pair, there);
    pair.chunks.push_back({pair.sent_bytes, known});
    agenda_.add(instant_at(known), {Event::Kind::window, number, 0});
  }
  if (pair.left > 0) return start_segment(number, pair, pair.left);
  end_message(number, pair);
}

void FlowNetwork::open_window(std::uint32_t number) {
  Pair& pair = pairs_[number];
  pair.acknowledged_bytes = std::max(pair.acknowledged_bytes, pair.chunks.front().sent);
  pair.chunks.pop_front();
  if (!pair.is_waiting) return;
  pair.is_waiting = false;
  start_segment(number, pair, pair.left);
}

Instant FlowNetwork::next_event() {
  Instant next = agenda_.next();
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    auto& ends = ends_[i];
    while (!ends.empty() && pairs_[ends.front().pair].version != ends.front().version) {
      std::pop_heap(ends.begin(), ends.end(), std::greater{});
      ends.pop_back();
    }
    next = std::min(next, paths_[i].line.next_event());
    if (!ends.empty()) next = std::min(next, paths_[i].line.when(ends.front().at));
  }
  return next;
}

void FlowNetwork::run_instant() {
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    Line& line = paths_[i].line;
    auto& ends = ends_[i];
    const bool is_due = line.next_event() <= now_;
    // What ends now is found before the clock is moved, which rounds.
    batch_ends_.clear();
    while (!ends.empty() && line.when(ends.front().at) <= now_) {
      batch_ends_.push_back(ends.front());
      std::pop_heap(ends.begin(), ends.end(), std::greater{});
      ends.pop_back();
    }
    line.settle(now_);
    if (is_due) is_line_changed_[i] = true;
    ending_behind_ = static_cast<std::uint32_t>(batch_ends_.size());
    for (const SegmentEnd& end : batch_ends_) {
      --ending_behind_;
      if (pairs_[end.pair].version == end.version) end_segment(end.pair);
    }
  }
  if (agenda_.next() <= now_) {
    agenda_.take(batch_);
    for (const Event& event : batch_) {
      switch (event.kind) {
        case Event::Kind::wake:
          drivers_[event.subject]->on_wake(event.cookie, now_);
          break;
        case Event::Kind::delivered:
          deliver(event.subject, now_);
          break;
        case Event::Kind::acknowledged:
          acknowledge(event.subject, now_);
          break;
        case Event::Kind::answer_missed:
          miss_answer(event.subject, event.cookie, now_);
          break;
        case Event::Kind::timer:
          run_out(event.subject, event.cookie);
          break;
        case Event::Kind::window:
          open_window(event.subject);
          break;
      }
    }
  }
  share_nics();
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    if (is_line_changed_[i]) paths_[i].line.adjust();
    is_line_changed_[i] = false;
  }
}

bool FlowNetwork::is_finished() const {
  return std::all_of(drivers_.begin(), drivers_.end(), [](const auto* driver) { return driver->is_finished(); });
}

FlowNetwork::End FlowNetwork::run(const std::function<bool()>& keep_going) {
  share_nics();
  for (Path& path : paths_) path.line.adjust();
  for (std::uint64_t instants = 1; !is_finished(); ++instants) {
    const Instant next = next_event();
    if (next == Instant::never()) return End::stuck;
    now_ = next;
    run_instant();
    if (instants % 1024 == 0 && !keep_going()) return End::stopped;
  }
  return End::finished;
}

fabric::Statistics FlowNetwork::statistics() const {
  fabric::Statistics statistics;
  statistics.virtual_seconds = now_.seconds();
  statistics.data_frames = data_frames_;
  statistics.messages = times_.summary();
  for (std::size_t i = 0; i < paths_.size(); ++i) {
    const Path& path = paths_[i];
    const Counts& counts = counts_[i];
    const scenario::Link& link = scenario_.links[path.link];
    const scenario::DirectionSettings& settings = path.direction == 0 ? link.forward : link.reverse;
    fabric::LinkStatistics s;
    s.name = link.name;
    s.direction = path.direction == 0 ? link.west + "->" + link.east : link.east + "->" + link.west;
    s.frames_in = counts.data_in + counts.answers_in;
    s.dropped.random = counts.lost + counts.answers_lost;
    s.frames_out = s.frames_in - s.dropped.random;
    s.wire_bytes = static_cast<std::uint64_t>(std::llround(counts.bytes));
    s.rate_bps = static_cast<double>(settings.rate.bits_per_second());
    if (statistics.virtual_seconds > 0)
      s.utilisation = std::min(1.0, counts.bytes * 8 / s.rate_bps / statistics.virtual_seconds);
    s.queue_peak_bytes = static_cast<std::uint64_t>(path.line.peak_bytes());
    s.buffer_bytes = link.lossless.buffer.count();
    s.far_buffer_bytes = link.lossless.far_buffer.count();
    s.one_way_delay_seconds = (settings.delay + settings.equipment_delay).seconds();
    s.paused_seconds = path.line.held_picoseconds() * 1e-12;
    statistics.retransmitted += counts.retransmitted;
    statistics.timeouts += counts.timeouts;
    if (!path.is_lossless && path.line.peak_bytes() > path.buffer)
      statistics.why_invalid = "link " + s.name + ", " + s.direction +
                               ": the near edge would have dropped frames for want of buffer, which flows have no "
                               "model of; use --fabric packets";
    statistics.links.push_back(std::move(s));
  }
  statistics.is_valid = statistics.why_invalid.empty();
  return statistics;
}

}  // namespace farlink::fabric_flows
