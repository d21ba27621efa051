// SPDX-License-Identifier: Apache-2.0
#include "dataplane/virtual_time/engine.hpp"

#include <algorithm>

#include "dataplane/link/random.hpp"

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
                           std::uint32_t entropy) {
  const Link& link = links_[number];
  const bool is_forward = near_site == link.west;
  Site& near = sites_[near_site];
  Site& far = sites_[is_forward ? link.east : link.west];
  const auto flow = [&](std::uint32_t from, std::uint32_t to) {
    return static_cast<std::uint32_t>(link::mix((std::uint64_t{from} << 40) ^ (std::uint64_t{to} << 16) ^ entropy) >>
                                      32);
  };
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
    for (const auto& direction : link.directions) smallest = std::min(smallest, direction->config().fibre.delay);
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
  Instant last;
  for (const Site& site : sites_) last = std::max(last, site.last_event());
  return last;
}

Engine::End Engine::run(const std::function<bool()>& keep_going) {
  const Duration window = std::min(lookahead(), longest_window_);
  for (Site& site : sites_) site.set_eager(window == Duration::zero());
  return window == Duration::zero() ? run_together(keep_going) : run_windows(window, keep_going);
}

Engine::End Engine::run_windows(Duration window, const std::function<bool()>& keep_going) {
  while (!is_finished()) {
    const Instant begin = next_event();
    if (begin == Instant::never()) return End::stuck;
    const Instant limit = begin > Instant::never() - window ? Instant::never() : begin + window;
    for (Site& site : sites_) site.run_until(limit);
    if (!keep_going()) return End::stopped;
  }
  return End::finished;
}

Engine::End Engine::run_together(const std::function<bool()>& keep_going) {
  constexpr std::uint32_t events_between_questions = 4096;
  std::vector<Instant> next(sites_.size());
  std::vector<Site*> sites;
  for (Site& site : sites_) sites.push_back(&site);
  for (std::uint32_t events = 0;; ++events) {
    if (events % events_between_questions == 0) {
      if (is_finished()) return End::finished;
      if (!keep_going()) return End::stopped;
      for (std::size_t i = 0; i < next.size(); ++i) next[i] = sites[i]->next_event();
    }
    const auto first = static_cast<std::size_t>(std::min_element(next.begin(), next.end()) - next.begin());
    if (next[first] == Instant::never()) return is_finished() ? End::finished : End::stuck;
    Site& site = *sites[first];
    site.step();
    next[first] = site.next_event();
    // A frame that went onto a fibre changes what the far site waits for, and nothing else does.
    if (!site.has_transmitted()) continue;
    for (std::size_t i = 0; i < next.size(); ++i)
      if (i != first) next[i] = sites[i]->next_event();
  }
}

}  // namespace farlink::virtual_time
