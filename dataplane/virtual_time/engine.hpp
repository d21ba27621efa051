// SPDX-License-Identifier: Apache-2.0
// The virtual-time engine: sites that run in windows of the smallest delay of any link, one after the other or side by
// side on threads of their own. The fibre is the lookahead: what leaves a site within a window cannot reach another one
// before the window ends, so no site needs to know what the others do meanwhile, and threads change nothing but the
// time it takes. With zero delay somewhere, all sites step together from instant to instant, on this thread; many RNICs
// go through windows of the time that the shortest frame takes in an exit port. Links may change on the way; the
// smallest delay is that of the whole run.
#pragma once

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "dataplane/link/direction.hpp"
#include "dataplane/link/random.hpp"
#include "dataplane/virtual_time/site.hpp"

namespace farlink::virtual_time {

// A queue pair at each end of a path.
struct Connection {
  std::uint32_t near_qp = 0, far_qp = 0;
};

// Hash of a flow's five-tuple.
constexpr std::uint32_t flow_of(std::uint32_t from_nic, std::uint32_t to_nic, std::uint32_t entropy) noexcept {
  return static_cast<std::uint32_t>(
      link::mix((std::uint64_t{from_nic} << 40) ^ (std::uint64_t{to_nic} << 16) ^ entropy) >> 32);
}

class Engine {
 public:
  enum class End : std::uint8_t { finished, stuck, stopped };

  std::uint32_t add_site();
  // Two directions; forward leads from site `west` to site `east`. Returns the link's number.
  std::uint32_t add_link(std::uint32_t west, std::uint32_t east, const link::DirectionConfig& forward,
                         const link::DirectionConfig& reverse);
  // A queue pair between two RNICs over a link; `entropy` tells queue pairs of the same RNICs apart (UDP source port).
  // `flow`: of both ways, for one who plans; unset: flow_of().
  Connection connect(std::uint32_t link, std::uint32_t near_site, std::uint32_t near_nic, std::uint32_t far_nic,
                     std::uint32_t entropy, std::optional<std::uint32_t> flow = {});

  // What happens to a direction of a link, in order of time; both its edges follow. Once, before run().
  void set_changes(std::uint32_t link, std::uint32_t direction, std::vector<Change> changes);
  // Cross traffic into a direction of a link from the start of the run on; before run(). It lasts until every site has
  // finished, and from then to the next whole multiple of the lookahead, so that what is counted of it does not depend
  // on windows.
  void add_background(std::uint32_t link, std::uint32_t direction, const BackgroundConfig& config);

  // Handlers may have more to do when they have finished: the run goes on to the next whole multiple of the smallest
  // delay of any link, as with cross traffic, so that windows of any length end it at the same moment.
  void keep_to_periods() noexcept { has_background_ = true; }

  // The times of changes count from the first frame that enters any link, and not from the start of the run.
  void arm_with_first_frame() noexcept { waits_for_frame_ = true; }
  // What those times count from; never() while the first frame is awaited.
  Instant epoch() const noexcept { return waits_for_frame_ ? Instant::never() : epoch_; }

  Site& site(std::uint32_t number) noexcept { return sites_[number]; }
  const Site& site(std::uint32_t number) const noexcept { return sites_[number]; }
  // direction 0: west to east.
  link::Direction& direction(std::uint32_t link, std::uint32_t direction) noexcept {
    return *links_[link].directions[direction];
  }
  const link::Direction& direction(std::uint32_t link, std::uint32_t direction) const noexcept {
    return *links_[link].directions[direction];
  }

  // Windows no longer than this (lookahead is the limit in any case); zero: all sites step together. Changes speed and
  // how often run() asks, never results.
  void set_longest_window(Duration window) noexcept { longest_window_ = window; }

  // Whether frames may travel as trains (site_trains.cpp). Changes speed, never results.
  void set_trains(bool has_trains) noexcept {
    for (Site& site : sites_) site.set_trains(has_trains);
  }

  // How many threads run() may use, this one included; more than there are sites are not used. Handlers of different
  // sites then run at the same time. Never changes results.
  void set_threads(std::uint32_t threads) noexcept { threads_ = threads; }
  // How many the last run used.
  std::uint32_t used_threads() const noexcept { return used_threads_; }

  // How many windows of the time in an exit port there were.
  std::uint64_t short_windows() const noexcept { return short_windows_; }

  // Runs until every site's handler is finished, nothing will ever happen again (stuck), or `keep_going` says no. It is
  // asked between windows, and every 4096 events when sites step together.
  End run(const std::function<bool()>& keep_going);

  // The time of the last event that any site ran; of a run with cross traffic that has finished, its end.
  Instant last_event() const noexcept;
  Duration lookahead() const noexcept;

 private:
  struct Link {
    std::uint32_t west = 0, east = 0;
    std::array<std::unique_ptr<link::Direction>, 2> directions;
    std::array<std::uint16_t, 2> routes{};  // at the site the direction leaves
    std::array<std::unique_ptr<std::vector<Change>>, 2> changes;
  };

  bool is_finished() const;
  bool has_cross_traffic_alone() const noexcept;
  Instant end_of_period(Instant at) const noexcept;
  End run_to_end_of_period(Instant at, Duration window, const std::function<void(Instant)>& run_until,
                           const std::function<bool()>& keep_going);
  Instant next_event() noexcept;
  bool has_frames() const noexcept;
  void arm(Instant epoch) noexcept;
  End run_to_first_frame(const std::function<bool()>& keep_going);
  End run_windows(Duration window, const std::function<bool()>& keep_going);
  End run_side_by_side(Duration window, std::uint32_t threads, const std::function<bool()>& keep_going);
  End go_through_windows(Duration window, const std::function<void(Instant)>& run_until,
                         const std::function<bool()>& keep_going);
  End run_together(const std::function<bool()>& keep_going);
  Duration shortest_exit() const noexcept;
  End run_without_distance(Duration window, const std::function<bool()>& keep_going);
  template <bool has_background>
  End run_from_event_to_event(const std::function<bool()>& keep_going);

  std::deque<Site> sites_;
  std::vector<Link> links_;
  Duration longest_window_ = Duration::max();
  std::uint32_t threads_ = 1;
  std::uint32_t used_threads_ = 1;
  std::uint64_t short_windows_ = 0;
  bool is_divided_ = false;  // a run has used several
  Duration period_;          // the lookahead, at least a picosecond
  bool has_background_ = false;
  Instant background_end_;
  bool waits_for_frame_ = false;
  bool is_armed_ = false;
  Instant epoch_;
};

}  // namespace farlink::virtual_time
