// SPDX-License-Identifier: Apache-2.0
// The earliest of a fixed set of components, each with one next time: a 4-ary heap that knows where each component
// stands, so that a component's time can change in place. Equal times order by component number, which makes runs
// repeatable.
#pragma once

#include <cstdint>
#include <vector>

#include "dataplane/units/time.hpp"

namespace farlink::link {

class IndexedHeap {
 public:
  // Components 0 .. count-1, all at never().
  explicit IndexedHeap(std::uint32_t count = 0) { resize(count); }

  // Adds components up to `count`, at never().
  void resize(std::uint32_t count) {
    while (position_.size() < count) {
      const auto index = static_cast<std::uint32_t>(position_.size());
      position_.push_back(static_cast<std::uint32_t>(heap_.size()));
      heap_.push_back({units::Instant::never(), index});
    }
  }

  units::Instant earliest() const noexcept { return heap_.empty() ? units::Instant::never() : heap_.front().time; }
  std::uint32_t front() const noexcept { return heap_.front().index; }

  void set(std::uint32_t index, units::Instant time) noexcept {
    const std::uint32_t at = position_[index];
    const units::Instant before = heap_[at].time;
    if (time == before) return;
    heap_[at].time = time;
    if (time < before)
      up(at);
    else
      down(at);
  }

 private:
  struct Entry {
    units::Instant time;
    std::uint32_t index;
    bool operator<(const Entry& other) const noexcept {
      return time < other.time || (time == other.time && index < other.index);
    }
  };
  static constexpr std::uint32_t arity = 4;

  void place(std::uint32_t at, Entry entry) noexcept {
    heap_[at] = entry;
    position_[entry.index] = at;
  }

  void up(std::uint32_t at) noexcept {
    const Entry entry = heap_[at];
    while (at > 0) {
      const std::uint32_t parent = (at - 1) / arity;
      if (!(entry < heap_[parent])) break;
      place(at, heap_[parent]);
      at = parent;
    }
    place(at, entry);
  }

  void down(std::uint32_t at) noexcept {
    const Entry entry = heap_[at];
    const auto count = static_cast<std::uint32_t>(heap_.size());
    for (;;) {
      const std::uint32_t first = at * arity + 1;
      if (first >= count) break;
      const std::uint32_t last = first + arity < count ? first + arity : count;
      std::uint32_t best = first;
      for (std::uint32_t child = first + 1; child < last; ++child)
        if (heap_[child] < heap_[best]) best = child;
      if (!(heap_[best] < entry)) break;
      place(at, heap_[best]);
      at = best;
    }
    place(at, entry);
  }

  std::vector<Entry> heap_;
  std::vector<std::uint32_t> position_;
};

}  // namespace farlink::link
