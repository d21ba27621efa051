// SPDX-License-Identifier: Apache-2.0
#include "control/replay/record.hpp"

#include <algorithm>

namespace farlink::replay {

void SpanUnion::add(Span span) {
  if (span.end <= span.start) return;
  while (!spans_.empty() && spans_.back().end >= span.start) {
    span.start = std::min(span.start, spans_.back().start);
    spans_.pop_back();
  }
  spans_.push_back(span);
}

units::Duration time_outside(const SpanUnion& a, const SpanUnion& b) {
  units::Duration outside;
  std::size_t first = 0;
  for (const Span& span : a.spans()) {
    outside += span.end - span.start;
    while (first < b.spans().size() && b.spans()[first].end <= span.start) ++first;
    for (std::size_t i = first; i < b.spans().size() && b.spans()[i].start < span.end; ++i) {
      outside -= std::min(span.end, b.spans()[i].end) - std::max(span.start, b.spans()[i].start);
    }
  }
  return outside;
}

}  // namespace farlink::replay
