// SPDX-License-Identifier: Apache-2.0
// The far edge's side of its control: when it is asked, and what it is told. As long as the queue is so short that
// nothing can follow from it, nobody is asked, and a frame costs what it costs without a control.
#include <variant>

#include "dataplane/link/far_edge.hpp"

namespace farlink::link {

namespace {

// ask(control) when there is one, otherwise that.
template <class Controls, class Ask, class Answer>
Answer ask_control(Controls& controls, Answer otherwise, Ask ask) noexcept {
  if (auto* thresholds = std::get_if<FarThresholds>(&controls)) return ask(*thresholds);
  if (auto* matcher = std::get_if<RateMatcher>(&controls)) return ask(*matcher);
  if (auto* relay = std::get_if<PauseRelay>(&controls)) return ask(*relay);
  return otherwise;
}

}  // namespace

void FarEdge::make_control() {
  if (const auto* thresholds = std::get_if<FarThresholdConfig>(&config_.control))
    control_.emplace<FarThresholds>(*thresholds, config_.buffer, counters_);
  else if (const auto* matching = std::get_if<RateMatchingConfig>(&config_.control))
    control_.emplace<RateMatcher>(*matching, config_.buffer, counters_);
  else if (const auto* relay = std::get_if<PauseRelayConfig>(&config_.control))
    control_.emplace<PauseRelay>(*relay, config_.buffer, counters_);
  else
    control_.emplace<std::monostate>();
  is_watching_ = false;
  next_signal_ = Instant::never();
  limit_ = ask_control(control_, config_.buffer.count(), [](auto& control) { return control.quiet_below(); });
}

// A frame that is too much for the limit: true when there is room all the same.
bool FarEdge::admit(Frame& frame) noexcept {
  Descriptor& d = frame.descriptor;
  const bool has_room = ask_control(control_, false, [&](auto& control) {
    if (!is_watching_) start_watching();
    const bool is_admitted = control.admit(d.priority, length(d), shared_bytes_, frame.stamp);
    next_signal_ = control.next_signal();
    return is_admitted;
  });
  if (has_room) return true;
  d.verdict = control_.index() == 0 ? Cause::queue : Cause::headroom;
  counters_.dropped.count(d.verdict);
  return false;
}

void FarEdge::start_watching() noexcept {
  is_watching_ = true;
  limit_ = 0;
  ask_control(control_, 0, [&](auto& control) {
    control.start_counting();
    for (const Port& port : ports_) {
      if (port.leaving != nullptr) control.count(port.leaving->descriptor.priority, length(port.leaving->descriptor));
      port.queues.for_each(
          [&](const Frame& queued) { control.count(queued.descriptor.priority, length(queued.descriptor)); });
    }
    return 0;
  });
}

void FarEdge::release(const Descriptor& d, Instant now) noexcept {
  ask_control(control_, 0, [&](auto& control) {
    control.release(d.priority, length(d), shared_bytes_, now);
    next_signal_ = control.next_signal();
    return 0;
  });
  stop_watching_when_quiet();
}

PauseSignal FarEdge::take_signal(Instant now) noexcept {
  const PauseSignal signal = ask_control(control_, PauseSignal{}, [&](auto& control) {
    const PauseSignal taken = control.take_signal(now);
    next_signal_ = control.next_signal();
    return taken;
  });
  stop_watching_when_quiet();
  return signal;
}

void FarEdge::stop_watching_when_quiet() noexcept {
  ask_control(control_, 0, [&](auto& control) {
    if (control.is_quiet(shared_bytes_)) {
      is_watching_ = false;
      limit_ = control.quiet_below();
    }
    return 0;
  });
}

}  // namespace farlink::link
