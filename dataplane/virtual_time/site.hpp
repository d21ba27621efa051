// SPDX-License-Identifier: Apache-2.0
// One site in virtual time: its RNICs, the near edges of the directions that leave it, the far edges of those that
// reach it, and its timers. What a far edge has to tell the other site goes as a frame onto the near edge of the same
// link, and what arrives of that kind is obeyed here. It runs from event to event; nothing in it looks at another site.
// Equal times order: far edges, changes of the links, near edges, timers, RNICs, cross traffic, each by number. Owner:
// one thread.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/link/direction.hpp"
#include "dataplane/link/event_wheel.hpp"
#include "dataplane/link/remote_holds.hpp"
#include "dataplane/rnic/nic.hpp"
#include "dataplane/virtual_time/background.hpp"
#include "dataplane/virtual_time/sender_index.hpp"
#include "dataplane/virtual_time/train_yard.hpp"
#include "dataplane/virtual_time/wake_queue.hpp"

namespace farlink::virtual_time {

using units::Duration;
using units::Instant;

// What lives on top of a site: called from its thread only.
class SiteHandler {
 public:
  virtual ~SiteHandler() = default;
  virtual void on_wake(std::uint64_t cookie, Instant now) = 0;
  virtual void on_completion(std::uint32_t nic, const rnic::Completion& completion, Instant now) = 0;
  // Nothing left to do, ever.
  virtual bool is_finished() const = 0;
};

// From `at` on, a direction of a link is configured like this.
struct Change {
  Instant at;
  link::DirectionConfig config;
};

class Site {
 public:
  Site() = default;
  Site(const Site&) = delete;
  Site& operator=(const Site&) = delete;

  void set_handler(SiteHandler& handler) noexcept { handler_ = &handler; }
  // Returns the RNIC's number, which is its access port at every link.
  std::uint32_t add_nic(const rnic::Config& config);
  // Returns the route: what rnic::Path::route says to leave by this direction.
  std::uint16_t add_outgoing(link::Direction& direction);
  // What changes the near edge of an outgoing direction, or the far edge of an incoming one, in order of time. The list
  // must outlive the site. Nothing changes before arm().
  enum class Edge : std::uint8_t { near, far };
  void add_changes(link::Direction& direction, Edge edge, const std::vector<Change>& changes);
  // Cross traffic that comes to the near edge of an outgoing direction.
  void add_background(link::Direction& direction, const BackgroundConfig& config);
  // Changes are at their times after `epoch`.
  void arm(Instant epoch) noexcept;
  // The n-th direction that comes in and the n-th that leaves belong to one link.
  void add_incoming(link::Direction& direction) {
    incoming_.push_back(&direction);
    remote_holds_.add_link();
  }
  // Near edges step at each of their events rather than when something else needs them; for zero lookahead.
  void set_eager(bool is_eager) noexcept { is_eager_ = is_eager; }

  void post(std::uint32_t nic, std::uint32_t qp, const rnic::Request& request, Instant now);
  // Every cookie but the largest is the caller's.
  void wake(Instant when, std::uint64_t cookie) { wakes_.push(when, cookie); }

  // Whether spans in which RNICs cannot disturb one another are worked out RNIC by RNIC. Changes speed, never results.
  void set_trains(bool has_trains) noexcept { has_trains_ = has_trains; }

  // How many such spans there were.
  std::uint64_t trains() const noexcept { return trains_; }

  // The next event, or an arrival that may lead to one. Sites that step together ask after each event, hence inlined.
  [[gnu::flatten]] Instant next_event() noexcept;
  // Runs every event before `limit`; afterwards every frame that left a serializer before it is on its fibre.
  void run_until(Instant limit);
  // Runs the event that next_event() has just told of, or takes in the arrival; for eager sites, which step together.
  void step();

  // Sites without distance, in windows shorter than any frame takes to leave a far edge: what reaches the RNICs in a
  // window has reached the far edges before it. One after the other, each for all sites: exits before `limit` are
  // looked for, what they will touch is fetched, every event before it is run but those of the far edges (false: there
  // was none), and those are.
  void look_for_exits(Instant limit);
  void prefetch_exits() const noexcept;
  bool run_known(Instant limit);
  void pass_far_edges(Instant limit) noexcept;

  // Whether step() has touched a near edge, so that a far site's next event may have changed.
  bool has_transmitted() const noexcept { return has_transmitted_; }

  rnic::Nic& nic(std::uint32_t number) noexcept { return *nics_[number]; }
  const rnic::Nic& nic(std::uint32_t number) const noexcept { return *nics_[number]; }
  std::uint32_t nic_count() const noexcept { return static_cast<std::uint32_t>(nics_.size()); }
  // Frames of this RNIC that the near edges dropped.
  std::uint64_t lost_frames(std::uint32_t nic) const noexcept { return lost_frames_[nic]; }
  Instant last_event() const noexcept { return last_event_; }
  // Whether timers, changes, RNICs or holds of RNICs may still lead to something; frames inside links apart.
  bool has_plans() const noexcept {
    return holds_ > 0 || next_change_ != Instant::never() || wakes_.earliest() != Instant::never() ||
           nic_events_.earliest() != Instant::never();
  }
  bool is_finished() const { return handler_->is_finished(); }

 private:
  enum class Source : std::uint8_t { far, change, near, wake, nic, background };
  struct Due {
    Instant at;
    Source source = Source::nic;
    std::uint32_t index = 0;
  };

  struct Agenda {
    link::Direction* direction;
    Edge edge;
    const std::vector<Change>* changes;
    std::size_t next = 0;
  };

  struct CrossTraffic {
    link::Direction* direction;
    Background background;
  };

  // `known_until`: every frame that arrives before it is on its fibre.
  Due next_due(Instant known_until) noexcept;
  // The same but for far edges and what is rare.
  Due next_of_site() const noexcept;
  [[gnu::cold, gnu::noinline]] Due earliest_of_rare(Due due) const noexcept;
  void dispatch(const Due& due);
  [[gnu::cold, gnu::noinline]] void take_background(std::uint32_t index, Instant now);
  [[gnu::cold, gnu::noinline]] void change();
  void find_next_change() noexcept;
  static constexpr std::uint64_t hold_ends = ~std::uint64_t{0};  // cookie: a hold of a far edge may have run out

  void on_wake(Instant now);
  // Every frame goes through take_far() and run_nic(): what they call is inlined whole, and what is rare stays out of
  // them, which is worth a fifth of the frames per second.
  [[gnu::flatten]] void take_far(std::uint32_t index, Instant now);
  [[gnu::cold, gnu::noinline]] void send_signal(std::uint32_t index, Instant now);
  [[gnu::cold, gnu::noinline]] void obey(std::uint32_t index, const link::PauseSignal& signal, Instant now);
  [[gnu::cold, gnu::noinline]] void end_holds(Instant now);
  [[gnu::noinline]] void take_near(link::Direction& direction);
  [[gnu::cold, gnu::noinline]] void deliver_cnp(const link::Direction& direction, const link::Output& output);
  [[gnu::flatten]] void run_nic(std::uint32_t number, Instant now);
  void hand_over(std::uint32_t number, Instant now);
  void hold(bool is_xoff, Instant now);

  // site_without_distance.cpp
  struct KnownExit {
    Instant at;
    const link::Frame* frame;
  };
  [[gnu::flatten]] void take_known(std::size_t index);

  // site_trains.cpp
  struct TrainLimits {
    std::uint32_t nics = 0;      // that there were
    Duration shortest, longest;  // of a span
    Duration timer;              // the shortest
    std::uint32_t frames = 0;    // that arrive in a span
    std::uint64_t backlog = 0;   // bytes that may be in the RNICs' serializers
    double bits_per_second = 0;  // of all RNICs
  };
  Instant quiet_until(Instant begin, Instant limit) const noexcept;
  void find_train_limits();
  bool run_train(Instant begin, Instant limit);
  [[gnu::flatten]] void send_train(std::span<const TrainYard::Departure> departures);
  void prefetch_train(std::uint32_t number) noexcept;
  [[gnu::flatten]] void run_alone(std::uint32_t number, Instant until);

  std::shared_ptr<const rnic::Profile> profile_;  // of the RNIC added last; usually of all
  std::vector<std::unique_ptr<rnic::Nic>> nics_;
  std::vector<std::uint64_t> lost_frames_;  // per RNIC
  link::EventWheel nic_events_;
  link::Lookahead lookahead_;
  std::vector<link::Direction*> outgoing_, incoming_;
  WakeQueue wakes_;
  SiteHandler* handler_ = nullptr;
  std::uint32_t holds_ = 0;  // XOFFs in force, over directions and priorities
  link::RemoteHolds remote_holds_;
  std::vector<SenderIndex> senders_;  // by RNIC, when a near edge answers marks itself
  bool is_eager_ = false;
  bool has_transmitted_ = false;
  bool has_rare_ = false;  // agendas_ or background_ is not empty
  std::vector<Agenda> agendas_;
  std::vector<CrossTraffic> background_;
  Duration epoch_;                          // of the changes
  Instant next_change_ = Instant::never();  // of any agenda
  Instant past_change_ = Instant::never();  // what arrives from then on must not be taken in before it
  Due due_;                                 // found by next_event()
  bool has_trains_ = true;
  TrainLimits train_limits_;
  std::uint64_t trains_ = 0;
  std::uint32_t until_train_ = 0;  // events before the next one is tried
  TrainYard yard_;
  std::vector<KnownExit> known_exits_;  // of a window
  Instant last_event_;
};

}  // namespace farlink::virtual_time
