// SPDX-License-Identifier: Apache-2.0
#include "control/live/session.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "control/fabric_packets/faults.hpp"
#include "control/live/state.hpp"
#include "control/report/format.hpp"
#include "control/scenario/change.hpp"

namespace farlink::live {
namespace {

constexpr std::size_t most_told = 100;  // events in state(); all are counted
constexpr Duration longest_rest = Duration::milliseconds(100);
constexpr Duration capture_rest = Duration::milliseconds(1);
constexpr Duration capture_patience = Duration::seconds(10);

double rate_of(const link::DirectionConfig& config) {
  return static_cast<double>(config.near_edge.rate.bits_per_second()) * config.near_edge.waves;
}

}  // namespace

Session::Session(scenario::Scenario scenario, Dataplane& dataplane, SessionOptions options)
    : dataplane_{dataplane},
      options_{std::move(options)},
      links_{std::move(scenario)},
      timeline_{fabric_packets::events_of(links_.scenario())},
      capacities_(links_.configs().size()) {}

std::size_t Session::set(const std::string& link, const std::string& direction,
                         const std::vector<std::string>& values) {
  const std::size_t number = scenario::link_number(scenario(), link);
  LinkState next = links_;
  next.set(link, scenario::parse_direction(scenario().links[number], direction), values);
  check(next);
  const std::size_t changed = changes_between(links_, next).size();
  publish(std::move(next), now());
  return changed;
}

void Session::add_event(const scenario::Event& event) {
  LinkState next = links_;
  scenario::link_number(scenario(), event.link);
  if (!event.cut) next.set(event.link, event.direction, event.set);
  check(next);
  timeline_.add(event);
}

// A link cannot be lossless towards a port whose pause frames never reach software.
void Session::check(const LinkState& next) const {
  const std::vector<Change> changes = changes_between(links_, next);
  const dpdk::Snapshot snapshot = changes.empty() ? dpdk::Snapshot{} : dataplane_.snapshot();
  for (const Change& change : changes) {
    const bool had_backpressure = links_.configs().at(2 * change.link + change.direction).near_edge.has_backpressure;
    if (had_backpressure || !change.config.near_edge.has_backpressure) continue;
    const scenario::Link& link = scenario().links[change.link];
    for (const dpdk::PortSnapshot& port : snapshot.ports) {
      if (port.hands_over_pause || (port.site != link.west && port.site != link.east)) continue;
      throw scenario::ScenarioError("set lossless.pfc: port " + port.name + " (" + port.driver +
                                    ") keeps pause frames to itself; leave pfc off, or use another device");
    }
  }
  if (options_.admit && !changes.empty()) options_.admit(next.scenario());
}

void Session::publish(LinkState next, Instant now) {
  const std::vector<Change> changes = changes_between(links_, next);
  if (!changes.empty()) {
    dataplane_.publish(changes);
    account_capacity(now);
  }
  links_ = std::move(next);
}

void Session::account_capacity(Instant now) {
  for (std::size_t i = 0; i < capacities_.size(); ++i) {
    Capacity& capacity = capacities_[i];
    if (now <= capacity.until) continue;
    capacity.bits += rate_of(links_.configs()[i]) * (now - capacity.until).seconds();
    capacity.until = now;
  }
}

void Session::start_capture(const CaptureOrder& order) {
  const auto found = captures_.find(order.link);
  if (found != captures_.end() && !found->second.job->report().is_finished) {
    throw std::runtime_error("capture: link '" + order.link + "' is being captured into " +
                             found->second.job->report().file + "; one capture per link at a time");
  }
  const Instant start = now();
  auto job = std::make_unique<CaptureJob>(order, scenario(), dataplane_, start, "farlink " + options_.version);
  captures_.insert_or_assign(order.link, Capture{std::move(job), start});
}

const CaptureReport& Session::capture_report(const std::string& link) {
  scenario::link_number(scenario(), link);
  const auto found = captures_.find(link);
  if (found == captures_.end()) throw std::runtime_error("capture: link '" + link + "' is not being captured");
  found->second.asked = now();
  return found->second.job->report();
}

const CaptureReport& Session::stop_capture(const std::string& link) {
  const CaptureReport& report = capture_report(link);
  captures_.at(link).job->finish();
  return report;
}

bool Session::is_capturing() const {
  return std::any_of(captures_.begin(), captures_.end(),
                     [](const auto& entry) { return !entry.second.job->report().is_finished; });
}

void Session::work() {
  if (!is_capturing() && timeline_.next_due() == Instant::never()) return;
  const Instant time = now();
  if (timeline_.next_due() <= time) {
    LinkState next = links_;
    for (Happened& event : timeline_.apply_due(time, next)) {
      if (!event.refusal.empty())
        refused_events_.push_back("event '" + event.what + "' on " + event.link + ": " + event.refusal);
      if (happened_.size() == most_told) happened_.erase(happened_.begin());
      happened_.push_back(std::move(event));
      ++happened_count_;
    }
    publish(std::move(next), time);
  }
  for (auto& [link, capture] : captures_) {
    capture.job->work(time);
    if (time - capture.asked > capture_patience) capture.job->finish();
  }
}

Duration Session::until_work() const {
  const Duration rest = is_capturing() ? capture_rest : longest_rest;
  if (timeline_.next_due() == Instant::never()) return rest;
  return std::clamp(timeline_.next_due() - now(), Duration::zero(), rest);
}

void Session::finish() {
  for (auto& [link, capture] : captures_) capture.job->finish();
}

bool Session::is_valid() const { return refused_events_.empty() && dataplane_.snapshot().why_invalid.empty(); }

json::array Session::events_json() const {
  json::array all;
  for (const Happened& event : happened_) {
    json::object told{{"link", event.link},
                      {"direction", event.direction},
                      {"what", report::printable(event.what)},
                      {"due_seconds", event.due.seconds()},
                      {"applied_seconds", event.applied.seconds()}};
    if (!event.refusal.empty()) told["refused"] = report::printable(event.refusal);
    all.emplace_back(std::move(told));
  }
  return all;
}

json::array Session::captures_json() const {
  json::array all;
  for (const auto& [link, capture] : captures_) all.emplace_back(to_json(capture.job->report()));
  return all;
}

json::object Session::state() const {
  const dpdk::Snapshot snapshot = dataplane_.snapshot();
  std::vector<double> bits;
  for (std::size_t i = 0; i < capacities_.size(); ++i) {
    const double since = std::max(0.0, (snapshot.now - capacities_[i].until).seconds());
    bits.push_back(capacities_[i].bits + rate_of(links_.configs()[i]) * since);
  }
  json::object state = state_of(snapshot, links_, bits, refused_events_);
  state["version"] = options_.version;
  state["events"] = events_json();
  state["events_happened"] = happened_count_;
  state["events_waiting"] = timeline_.waiting();
  state["captures"] = captures_json();
  return state;
}

}  // namespace farlink::live
