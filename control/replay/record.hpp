// SPDX-License-Identifier: Apache-2.0
// What a replay notes down about one rank: when its steps ended, and for the last step when it computed and
// communicated.
//
// Exposed communication is the time in the last step in which a rank's GPU computes nothing while at least one of its
// communications is in progress. In progress: a receive from the later of "the rank wants it" and "the sender posted
// it" to delivery; a collective while its joint work runs and while its messages are under way to this rank, by the
// same rule; a send that something waits for, from posting to its end. Waiting for what nobody has sent yet is
// schedule, not communication.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/units/time.hpp"

namespace farlink::replay {

struct Span {
  units::Instant start, end;
  bool operator==(const Span&) const = default;
};

// A bar of the timeline: one node of the rank, or the part of it that is in progress.
struct Bar {
  Span span;
  std::uint32_t node = 0;
};

// Spans in the order of their ends, merged where they touch: the union as it grows.
class SpanUnion {
 public:
  // `span.end` must not lie before any earlier end.
  void add(Span span);
  const std::vector<Span>& spans() const noexcept { return spans_; }

 private:
  std::vector<Span> spans_;
};

struct RankRecord {
  std::vector<units::Instant> step_ends;
  SpanUnion computing;
  SpanUnion communicating;
  std::vector<Bar> bars;  // of ranks that are drawn
  bool is_drawn = false;
};

// Time covered by `a` and not by `b`.
units::Duration time_outside(const SpanUnion& a, const SpanUnion& b);

}  // namespace farlink::replay
