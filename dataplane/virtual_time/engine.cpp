// SPDX-License-Identifier: Apache-2.0
#include "dataplane/virtual_time/engine.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "dataplane/virtual_time/crew.hpp"

namespace farlink::virtual_time {

std::uint32_t Engine::add_site() {
  sites_.emplace_back();
  return static_cast<std::uint32_t>(sites_.size() - 1);
}

std::uint32_t Engine::add_link(std::uint32_t west, std::uint32_t east, const link::DirectionConfig& forward,
                               const link::DirectionConfig& reverse) {
  Link link;
  link.west = west;
  link.east = east;
  link.directions[0] = std::make_unique<link::Direction>(forward);
  link.directions[1] = std::make_unique<link::Direction>(reverse);
  link.routes[0] = sites_[west].add_outgoing(*link.directions[0]);
  link.routes[1] = sites_[east].add_outgoing(*link.directions[1]);
  sites_[east].add_incoming(*link.directions[0]);
  sites_[west].add_incoming(*link.directions[1]);
  links_.push_back(std::move(link));
  return static_cast<std::uint32_t>(links_.size() - 1);
}

Connection Engine::connect(std::uint32_t number, std::uint32_t near_site, std::uint32_t near_nic, std::uint32_t far_nic,
                           std::uint32_t entropy, std::optional<std::uint32_t> planned) {
  const Link& link = links_[number];
  const bool is_forward = near_site == link.west;
  Site& near = sites_[near_site];
  Site& far = sites_[is_forward ? link.east : link.west];
  const auto flow = [&](std::uint32_t from, std::uint32_t to) { return planned.value_or(flow_of(from, to, entropy)); };
  const auto first_qp = [](const rnic::Nic& nic) { return rnic::first_qp_number + nic.qp_count(); };
  const Connection connection{first_qp(near.nic(near_nic)), first_qp(far.nic(far_nic))};
  near.nic(near_nic).open(connection.far_qp, {flow(near_nic, far_nic), static_cast<std::uint16_t>(far_nic),
                                              link.routes[is_forward ? 0 : 1]});
  far.nic(far_nic).open(connection.near_qp, {flow(far_nic, near_nic), static_cast<std::uint16_t>(near_nic),
                                             link.routes[is_forward ? 1 : 0]});
  return connection;
}

Duration Engine::lookahead() const noexcept {
  Duration smallest = Duration::max();
  for (const Link& link : links_)
    for (std::size_t d = 0; d < 2; ++d) {
      smallest = std::min(smallest, link.directions[d]->config().fibre.delay);
      if (link.changes[d] == nullptr) continue;
      for (const Change& change : *link.changes[d]) smallest = std::min(smallest, change.config.fibre.delay);
    }
  return smallest;
}

bool Engine::is_finished() const {
  return std::all_of(sites_.begin(), sites_.end(), [](const Site& site) { return site.is_finished(); });
}

Instant Engine::next_event() noexcept {
  Instant next = Instant::never();
  for (Site& site : sites_) next = std::min(next, site.next_event());
  return next;
}

Instant Engine::last_event() const noexcept {
  Instant last = background_end_;
  for (const Site& site : sites_) last = std::max(last, site.last_event());
  return last;
}

void Engine::set_changes(std::uint32_t number, std::uint32_t direction, std::vector<Change> changes) {
  Link& link = links_[number];
  link.changes[direction] = std::make_unique<std::vector<Change>>(std::move(changes));
  const std::uint32_t near = direction == 0 ? link.west : link.east;
  const std::uint32_t far = direction == 0 ? link.east : link.west;
  sites_[near].add_changes(*link.directions[direction], Site::Edge::near, *link.changes[direction]);
  sites_[far].add_changes(*link.directions[direction], Site::Edge::far, *link.changes[direction]);
}

void Engine::arm(Instant epoch) noexcept {
  epoch_ = epoch;
  is_armed_ = true;
  for (Site& site : sites_) site.arm(epoch);
}

bool Engine::has_frames() const noexcept {
  return std::any_of(links_.begin(), links_.end(), [](const Link& link) {
    return link.directions[0]->near().counters().frames_in + link.directions[1]->near().counters().frames_in > 0;
  });
}

// Nothing changes before, and one event at a time tells the moment to the picosecond for every site.
Engine::End Engine::run_to_first_frame(const std::function<bool()>& keep_going) {
  constexpr std::uint32_t events_between_questions = 4096;
  for (Site& site : sites_) site.set_eager(true);
  for (std::uint32_t events = 0;; ++events) {
    if (events % events_between_questions == 0 && !keep_going()) return End::stopped;
    Site* first = nullptr;
    Instant at = Instant::never();
    for (Site& site : sites_) {
      const Instant next = site.next_event();
      if (next < at) {
        at = next;
        first = &site;
      }
    }
    if (first == nullptr || is_finished()) return is_finished() ? End::finished : End::stuck;
    first->step();
    if (!first->has_transmitted() || !has_frames()) continue;
    waits_for_frame_ = false;
    arm(at);
    return End::stopped;
  }
}

Engine::End Engine::run(const std::function<bool()>& keep_going) {
  if (waits_for_frame_) {
    const End end = run_to_first_frame(keep_going);
    if (waits_for_frame_) return end;
  } else if (!is_armed_) {
    arm(Instant::start());
  }
  period_ = std::max(lookahead(), Duration::picoseconds(1));
  const Duration window = std::min(lookahead(), longest_window_);
  if (is_divided_ && window == Duration::zero()) throw std::logic_error("sites on several threads need windows");
  const Duration exit =
      longest_window_ > Duration::zero() ? std::min(shortest_exit(), longest_window_) : Duration::zero();
  const bool has_windows = window > Duration::zero() || exit > Duration::zero();
  for (Site& site : sites_) site.set_eager(!has_windows);
  if (!has_windows) return run_together(keep_going);
  return window > Duration::zero() ? run_windows(window, keep_going) : run_without_distance(exit, keep_going);
}

// How long any frame is in an exit port at least, where that is what keeps sites apart; zero where something else may
// reach another site sooner, and where so few RNICs do so little in that time that it is not worth it.
Duration Engine::shortest_exit() const noexcept {
  constexpr std::uint32_t least_nics = 32;
  constexpr units::Bytes shortest_frame{84};  // Ethernet's shortest, preamble and gap included
  std::uint32_t nics = 0;
  for (const Site& site : sites_) nics += site.nic_count();
  if (nics < least_nics || has_background_) return Duration::zero();
  Duration shortest = Duration::max();
  for (const Link& link : links_) {
    if (link.changes[0] != nullptr || link.changes[1] != nullptr) return Duration::zero();
    for (const auto& direction : link.directions) {
      const link::FarEdgeConfig& far = direction->config().far_edge;
      if (!std::holds_alternative<std::monostate>(far.control)) return Duration::zero();
      shortest = std::min(shortest, units::serialization_time(shortest_frame, far.port_rate));
    }
  }
  return shortest;
}

Engine::End Engine::run_without_distance(Duration window, const std::function<bool()>& keep_going) {
  constexpr std::uint32_t windows_between_questions = 256;
  Instant begin;
  bool is_busy = false;  // windows follow one another without a gap
  for (std::uint32_t windows = 0;; ++windows) {
    if (windows % windows_between_questions == 0) {
      if (is_finished()) return End::finished;
      if (!keep_going()) return End::stopped;
    }
    if (!is_busy) begin = next_event();
    if (begin == Instant::never()) return is_finished() ? End::finished : End::stuck;
    const Instant limit = begin > Instant::never() - window ? Instant::never() : begin + window;
    is_busy = false;
    for (Site& site : sites_) site.look_for_exits(limit);
    for (const Site& site : sites_) site.prefetch_exits();
    for (Site& site : sites_) is_busy |= site.run_known(limit);
    for (Site& site : sites_) site.pass_far_edges(limit);
    begin = limit;
    ++short_windows_;
  }
}

void Engine::add_background(std::uint32_t number, std::uint32_t direction, const BackgroundConfig& config) {
  const Link& link = links_[number];
  sites_[direction == 0 ? link.west : link.east].add_background(*link.directions[direction], config);
  has_background_ = true;
}

// Cross traffic never ends by itself: a run in which nothing else can happen any more is stuck.
bool Engine::has_cross_traffic_alone() const noexcept {
  if (std::any_of(sites_.begin(), sites_.end(), [](const Site& site) { return site.has_plans(); })) return false;
  return std::all_of(links_.begin(), links_.end(), [](const Link& link) {
    return std::all_of(link.directions.begin(), link.directions.end(),
                       [](const auto& direction) { return direction->frames_held() == direction->background_held(); });
  });
}

// The first multiple of the period behind `at`.
Instant Engine::end_of_period(Instant at) const noexcept {
  const std::int64_t periods = at.since_start().picoseconds() / period_.picoseconds() + 1;
  if (periods > Duration::max().picoseconds() / period_.picoseconds()) return Instant::never();
  return Instant::at(period_ * periods);
}

Engine::End Engine::run_windows(Duration window, const std::function<bool()>& keep_going) {
  const auto threads = std::min(threads_, static_cast<std::uint32_t>(sites_.size()));
  if (threads > 1 || is_divided_) return run_side_by_side(window, threads, keep_going);
  const auto run_until = [this](Instant limit) {
    for (Site& site : sites_) site.run_until(limit);
  };
  return go_through_windows(window, run_until, keep_going);
}

Engine::End Engine::run_side_by_side(Duration window, std::uint32_t threads, const std::function<bool()>& keep_going) {
  for (Link& link : links_)
    for (const auto& direction : link.directions) direction->divide();
  is_divided_ = true;
  used_threads_ = threads;
  Instant limit;
  Crew crew{threads, static_cast<std::uint32_t>(sites_.size()),
            [this, &limit](std::uint32_t site) { sites_[site].run_until(limit); }};
  const auto run_until = [&](Instant until) {
    limit = until;
    crew.work();
    for (Link& link : links_)
      for (const auto& direction : link.directions) direction->exchange();
  };
  return go_through_windows(window, run_until, keep_going);
}

Engine::End Engine::go_through_windows(Duration window, const std::function<void(Instant)>& run_until,
                                       const std::function<bool()>& keep_going) {
  while (!is_finished()) {
    const Instant begin = next_event();
    if (begin == Instant::never() || (has_background_ && has_cross_traffic_alone())) return End::stuck;
    Instant limit = begin > Instant::never() - window ? Instant::never() : begin + window;
    if (has_background_) limit = std::min(limit, end_of_period(begin));
    run_until(limit);
    if (!keep_going()) return End::stopped;
    if (has_background_ && is_finished()) return run_to_end_of_period(begin, window, run_until, keep_going);
  }
  return End::finished;
}

// Every site has finished within the period of `at`.
Engine::End Engine::run_to_end_of_period(Instant at, Duration window, const std::function<void(Instant)>& run_until,
                                         const std::function<bool()>& keep_going) {
  const Instant end = end_of_period(at);
  for (Instant begin = next_event(); begin < end; begin = next_event()) {
    const Instant limit = begin > end - window ? end : begin + window;
    run_until(limit);
    if (!keep_going()) return End::stopped;
  }
  run_until(end);
  background_end_ = end - Duration::picoseconds(1);
  return End::finished;
}

Engine::End Engine::run_together(const std::function<bool()>& keep_going) {
  return has_background_ ? run_from_event_to_event<true>(keep_going) : run_from_event_to_event<false>(keep_going);
}

// Every event goes through this loop, so what cross traffic asks of it is compiled only where there is some.
template <bool has_background>
Engine::End Engine::run_from_event_to_event(const std::function<bool()>& keep_going) {
  constexpr std::uint32_t events_between_questions = 4096;
  struct Turn {
    Instant at;
    Site* site;
  };
  std::vector<Turn> turns;
  for (Site& site : sites_) turns.push_back({Instant::never(), &site});
  Instant end = Instant::never();  // of a run with cross traffic, once every site has finished
  for (std::uint32_t events = 0;; ++events) {
    if (events % events_between_questions == 0) {
      if (is_finished() && (!has_background || events == 0)) return End::finished;
      if (has_background && end == Instant::never() && has_cross_traffic_alone()) return End::stuck;
      if (!keep_going()) return End::stopped;
      for (Turn& turn : turns) turn.at = turn.site->next_event();
    }
    Turn* first = turns.data();
    for (Turn& turn : turns)
      if (turn.at < first->at) first = &turn;
    const Instant at = first->at;
    if (at == Instant::never()) return is_finished() ? End::finished : End::stuck;
    if (has_background && at >= end) {
      background_end_ = end - Duration::picoseconds(1);
      return End::finished;
    }
    first->site->step();
    first->at = first->site->next_event();
    if (has_background && end == Instant::never() && is_finished()) end = end_of_period(at);
    // A frame that went onto a fibre changes what the far site waits for, and nothing else does.
    if (!first->site->has_transmitted()) continue;
    for (Turn& turn : turns)
      if (&turn != first) turn.at = turn.site->next_event();
  }
}

}  // namespace farlink::virtual_time
