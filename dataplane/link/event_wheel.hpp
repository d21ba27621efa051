// SPDX-License-Identifier: Apache-2.0
// The earliest of many components, each with one next time, for components whose times lie close together: a ring of 2
// ns buckets, each a list in time order, with an ordinary heap for what lies beyond the ring. Components that are
// served in turn and come back one frame later append at a list's end, so an update costs the same for ten components
// and for a thousand. Equal times order by component number, which makes runs repeatable.
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

#include "dataplane/link/indexed_heap.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::link {

class EventWheel {
 public:
  // Components 0 .. count-1, all at never().
  explicit EventWheel(std::uint32_t count = 0) { resize(count); }

  // Adds components up to `count`, at never().
  void resize(std::uint32_t count) {
    const std::size_t before = links_.size();
    if (count > before) links_.resize(count);
    beyond_.resize(count);
    if (before > few || links_.size() <= few) return;
    for (std::uint32_t i = 0; i < before; ++i)
      if (links_[i].time != units::Instant::never()) insert(i);
    find_front();
  }

  units::Instant earliest() const noexcept { return earliest_; }
  // The component that is due then; earliest() must not be never().
  std::uint32_t front() const noexcept { return front_; }
  static constexpr std::uint32_t none = ~0U;
  // Who is due after the component `index` among those on the ring; none: nobody, or `index` is not on it.
  std::uint32_t after(std::uint32_t index) const noexcept {
    const Link& link = links_[index];
    if (link.where < 0) return none;
    if (link.next != none) return link.next;
    const auto slot = static_cast<std::size_t>(link.where);
    const auto first = static_cast<std::size_t>(base_ % buckets);
    // From the bucket behind this one to the end of the ring, or to its base when that lies ahead.
    std::size_t w = slot / 64;
    std::uint64_t word = occupied_[w] & (~std::uint64_t{1} << (slot % 64));
    for (std::size_t i = 0; word == 0 && i < occupied_.size(); ++i) {
      w = (w + 1) % occupied_.size();
      word = occupied_[w];
    }
    if (word == 0) return none;
    const std::size_t found = w * 64 + static_cast<std::size_t>(std::countr_zero(word));
    const bool is_later = (found + buckets - first) % buckets > (slot + buckets - first) % buckets;
    return is_later ? lists_[found].head : none;
  }

  void set(std::uint32_t index, units::Instant time) noexcept {
    Link& link = links_[index];
    if (link.time == time) return;
    if (links_.size() <= few) {
      link.time = time;
      return scan();
    }
    if (link.where >= 0)
      unlink(index);
    else if (link.where == in_heap)
      beyond_.set(index, units::Instant::never());
    link.time = time;
    link.where = nowhere;
    if (time != units::Instant::never()) insert(index);
    if (index == front_ || time < earliest_ || (time == earliest_ && index < front_)) find_front();
  }

 private:
  // So few are compared one by one: the exit ports of a live link are one or two.
  static constexpr std::size_t few = 4;
  void scan() noexcept {
    earliest_ = units::Instant::never();
    front_ = none;
    for (std::uint32_t i = 0; i < links_.size(); ++i) {
      if (links_[i].time >= earliest_) continue;
      earliest_ = links_[i].time;
      front_ = i;
    }
  }

  static constexpr std::int32_t nowhere = -1, in_heap = -2;
  static constexpr int bucket_log2 = 11;
  static constexpr std::int64_t buckets = 1024;

  struct Link {
    units::Instant time = units::Instant::never();
    std::uint32_t next = none, previous = none;
    std::int32_t where = nowhere;  // bucket, or one of the above
  };
  struct List {
    std::uint32_t head = none, tail = none;
  };

  static std::int64_t bucket_of(units::Instant time) noexcept {
    return time.since_start().picoseconds() >> bucket_log2;
  }
  bool goes_before(std::uint32_t a, std::uint32_t b) const noexcept {
    return links_[a].time < links_[b].time || (links_[a].time == links_[b].time && a < b);
  }

  void insert(std::uint32_t index) noexcept {
    const std::int64_t bucket = bucket_of(links_[index].time);
    if (on_wheel_ == 0) base_ = bucket;
    if (bucket < base_ || bucket >= base_ + buckets) {
      links_[index].where = in_heap;
      beyond_.set(index, links_[index].time);
      return;
    }
    const auto slot = static_cast<std::size_t>(bucket % buckets);
    links_[index].where = static_cast<std::int32_t>(slot);
    ++on_wheel_;
    List& list = lists_[slot];
    std::uint32_t after = list.tail;
    while (after != none && goes_before(index, after)) after = links_[after].previous;
    links_[index].previous = after;
    links_[index].next = after == none ? list.head : links_[after].next;
    (after == none ? list.head : links_[after].next) = index;
    (links_[index].next == none ? list.tail : links_[links_[index].next].previous) = index;
    occupied_[slot / 64] |= std::uint64_t{1} << (slot % 64);
  }

  void unlink(std::uint32_t index) noexcept {
    const Link& link = links_[index];
    const auto slot = static_cast<std::size_t>(link.where);
    List& list = lists_[slot];
    (link.previous == none ? list.head : links_[link.previous].next) = link.next;
    (link.next == none ? list.tail : links_[link.next].previous) = link.previous;
    if (list.head == none) occupied_[slot / 64] &= ~(std::uint64_t{1} << (slot % 64));
    --on_wheel_;
  }

  void find_front() noexcept {
    earliest_ = beyond_.earliest();
    front_ = earliest_ == units::Instant::never() ? none : beyond_.front();
    if (on_wheel_ == 0) return;
    auto slot = static_cast<std::size_t>(base_ % buckets);
    std::uint64_t word = occupied_[slot / 64] & (~std::uint64_t{0} << (slot % 64));
    for (std::size_t w = slot / 64; word == 0;) {
      w = (w + 1) % occupied_.size();
      word = occupied_[w];
      slot = w * 64;
    }
    slot = slot / 64 * 64 + static_cast<std::size_t>(std::countr_zero(word));
    const std::uint32_t head = lists_[slot].head;
    base_ = bucket_of(links_[head].time);
    if (front_ == none || goes_before(head, front_)) {
      front_ = head;
      earliest_ = links_[head].time;
    }
  }

  std::vector<Link> links_;
  std::array<List, buckets> lists_{};
  std::array<std::uint64_t, buckets / 64> occupied_{};
  std::int64_t base_ = 0;  // bucket number: everything on the wheel lies in [base_, base_ + buckets)
  std::uint32_t on_wheel_ = 0;
  std::uint32_t front_ = none;
  units::Instant earliest_ = units::Instant::never();
  IndexedHeap beyond_;
};

}  // namespace farlink::link
