// SPDX-License-Identifier: Apache-2.0
// A live run seen from its control thread: the values in force, the timeline, captures, and what `show` tells. All
// calls come from that one thread; the dataplane runs on its own. Time is the dataplane's clock.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "control/json/json.hpp"
#include "control/live/capture_job.hpp"
#include "control/live/dataplane.hpp"
#include "control/live/link_state.hpp"

namespace farlink::live {

struct SessionOptions {
  std::string version;  // of Farlink
  // Asked with the values that would be in force before an order is accepted; throws when the running dataplane has no
  // room for them (control/live/admission.hpp).
  std::function<void(const scenario::Scenario& next)> admit;
};

class Session {
 public:
  // The dataplane carries what the scenario says at its start. Events of the timeline happen in work().
  Session(scenario::Scenario scenario, Dataplane& dataplane, SessionOptions options = {});

  // New values, taken over together or not at all; `direction` is "both" or such as "west->east". Throws
  // scenario::ScenarioError, or what `admit` throws; then nothing has changed. Returns how many directions changed.
  std::size_t set(const std::string& link, const std::string& direction, const std::vector<std::string>& values);

  // Puts an event on the timeline; one whose time has passed happens in the next work(). Throws like set().
  void add_event(const scenario::Event& event);

  // One capture per link. Throws like CaptureJob; std::runtime_error when one is running.
  void start_capture(const CaptureOrder& order);
  // Of the link's latest capture. A capture that nobody asks about for 10 s is completed, so that none outlives the
  // program that wanted it. Throws std::runtime_error when there was none.
  const CaptureReport& capture_report(const std::string& link);
  const CaptureReport& stop_capture(const std::string& link);

  // Applies events that are due and writes captured frames. Call it when until_work() has passed, or sooner.
  void work();
  // At most 100 ms; 1 ms while a capture runs.
  Duration until_work() const;
  Instant next_due() const noexcept { return timeline_.next_due(); }

  // Completes captures. The counters of state() are still told.
  void finish();

  // The schema stands in control/live/state.hpp.
  json::object state() const;
  bool is_valid() const;

  const scenario::Scenario& scenario() const noexcept { return links_.scenario(); }
  const LinkState& links() const noexcept { return links_; }
  Instant now() const { return dataplane_.snapshot().now; }

 private:
  struct Capture {
    std::unique_ptr<CaptureJob> job;
    Instant asked;
  };
  struct Capacity {  // what a direction's line could have carried
    double bits = 0;
    Instant until;
  };

  void check(const LinkState& next) const;
  void publish(LinkState next, Instant now);
  bool is_capturing() const;
  void account_capacity(Instant now);
  json::array events_json() const;
  json::array captures_json() const;

  Dataplane& dataplane_;
  SessionOptions options_;
  LinkState links_;
  Timeline timeline_;
  std::vector<Capacity> capacities_;
  std::vector<Happened> happened_;  // the latest
  std::uint64_t happened_count_ = 0;
  std::vector<std::string> refused_events_;  // reasons why the run is not what the scenario says
  std::map<std::string, Capture> captures_;  // by link
};

}  // namespace farlink::live
