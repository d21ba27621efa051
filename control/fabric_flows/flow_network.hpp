// SPDX-License-Identifier: Apache-2.0
// All flows of a run, event by event. A RNIC shares its rate evenly among the pairs that it sends for; a line scales
// what comes to it when its buffer is full (line.hpp); what has left the RNIC waits for what is queued before it,
// flies, and leaves the receiver's port behind what came before. Nothing is worked out again but what an instant
// touches.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <span>
#include <unordered_map>
#include <vector>

#include "control/fabric/fabric.hpp"
#include "control/fabric_flows/agenda.hpp"
#include "control/fabric_flows/pair.hpp"
#include "control/fabric_flows/path.hpp"
#include "control/fabric_flows/repairs.hpp"
#include "control/fabric_packets/completion_times.hpp"
#include "control/fabric_packets/packet_site.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/graph.hpp"

namespace farlink::fabric_flows {

class FlowNetwork {
 public:
  enum class End : std::uint8_t { finished, stuck, stopped };

  FlowNetwork(const scenario::Scenario& scenario, const trace::Graph& graph);

  // Pairs are opened in the order of the calls, which decides their waves.
  std::uint32_t pair_of(std::uint32_t source, std::uint32_t destination);
  void send(const fabric::Message& message, units::Instant now);
  void wake(std::uint32_t site, units::Instant when, std::uint64_t cookie) {
    agenda_.add(when, {Event::Kind::wake, site, cookie});
  }

  // By site; before they are started, and they before run(), which asks keep_going now and then.
  void set_drivers(std::span<fabric::SiteDriver* const> drivers) { drivers_.assign(drivers.begin(), drivers.end()); }
  End run(const std::function<bool()>& keep_going);

  units::Instant now() const noexcept { return now_; }
  std::uint64_t data_frames() const noexcept { return data_frames_; }
  fabric::Statistics statistics() const;

 private:
  struct Event {
    enum class Kind : std::uint8_t { wake, delivered, acknowledged, answer_missed, timer, window };
    Kind kind = Kind::wake;
    std::uint32_t subject = 0;  // site or pair
    std::uint64_t cookie = 0;
  };
  // End of what a pair sends, on the clock of its line.
  struct SegmentEnd {
    double at = 0;
    std::uint64_t order = 0;
    std::uint32_t pair = 0, version = 0;
    bool operator>(const SegmentEnd& other) const noexcept {
      return at != other.at ? at > other.at : order > other.order;
    }
  };
  struct Nic {
    std::vector<std::uint32_t> active;  // pairs
    double rate = 0;
    double exit_free = 0;  // as a receiver: when what has come so far will have left
    bool is_dirty = false;
  };
  struct Counts {
    std::uint64_t data_in = 0, lost = 0, answers_in = 0, answers_lost = 0, retransmitted = 0, timeouts = 0;
    double bytes = 0;
  };

  // Sending
  void start_next(std::uint32_t number, Pair& pair);
  void start_segment(std::uint32_t number, Pair& pair, double bytes);
  void stop(std::uint32_t number, Pair& pair);
  void end_segment(std::uint32_t number);
  void end_message(std::uint32_t number, Pair& pair);
  bool repair_message(std::uint32_t number, Pair& pair, Transfer& transfer);
  void share_nics();
  void give_rate(std::uint32_t number, Pair& pair, double rate);
  void change_inflow(const Pair& pair, double rate);
  bool may_use_up_window(const Path& path) const noexcept;

  // On the way
  void depart(std::uint32_t number, Pair& pair);
  void arrive(std::uint32_t number, Pair& pair, double sent);
  void tell_untold(std::uint32_t number, Pair& pair);
  void run_out(std::uint32_t number, std::uint64_t deadline);
  double round_trip(const Pair& pair) const noexcept;
  double wait(const Pair& pair, double last_bytes) const noexcept;
  double answer_time(const Pair& pair, double from) const noexcept;
  void deliver(std::uint32_t number, units::Instant now);
  void acknowledge(std::uint32_t number, units::Instant now);
  void miss_answer(std::uint32_t number, std::uint64_t deadline, units::Instant now);
  void open_window(std::uint32_t number);

  units::Instant next_event();
  void run_instant();
  bool is_finished() const;
  double picoseconds() const noexcept { return static_cast<double>(now_.since_start().picoseconds()); }

  scenario::Scenario scenario_;
  std::vector<fabric_packets::RankPlace> places_;
  std::vector<std::uint32_t> nics_per_site_, first_nic_;  // of a site, among nics_
  std::vector<Path> paths_;
  std::vector<std::vector<SegmentEnd>> ends_;              // by path; heap
  std::vector<bool> is_line_changed_, may_use_up_window_;  // by path
  std::vector<Counts> counts_;                             // by path
  std::vector<Nic> nics_;
  std::vector<std::uint32_t> dirty_nics_;
  std::deque<Pair> pairs_;
  std::unordered_map<std::uint64_t, std::uint32_t> pair_of_ranks_;
  std::vector<std::uint32_t> planned_;  // by path: flows planned so far
  std::uint32_t entropy_ = 0;

  RecoverySettings recovery_;
  std::uint32_t queue_pairs_ = 1;
  double rate_limit_ = 0;             // of a pair
  std::vector<double> window_bytes_;  // by path: of a pair, on the line

  Agenda<Event> agenda_;
  std::vector<Event> batch_;
  std::vector<SegmentEnd> batch_ends_;
  std::uint32_t ending_behind_ = 0;  // of those that end at this instant on the same line
  std::vector<fabric::SiteDriver*> drivers_;
  units::Instant now_;
  std::uint64_t order_ = 0, data_frames_ = 0;
  fabric_packets::CompletionTimes times_;
};

}  // namespace farlink::fabric_flows
