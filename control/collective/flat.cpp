// SPDX-License-Identifier: Apache-2.0
// Algorithms that take a group as one, wherever its members are: direct exchange, recursive halving and doubling, and
// two complementary binary trees.
#include <algorithm>
#include <bit>

#include "control/collective/byte_ranges.hpp"
#include "control/collective/expansions.hpp"

namespace farlink::collective {
namespace {

using trace::Collective;
using units::Bytes;

// Shard i of the buffer belongs to member i; `count` shards from `first` on.
struct Shards {
  Collective kind;
  Bytes bytes;  // all-gather: of one shard; else of the buffer
  std::uint32_t members;

  Bytes of(std::uint32_t first, std::uint32_t count) const noexcept {
    if (kind == Collective::all_gather) return bytes * count;
    return Bytes{shard(bytes, members, first + count - 1).end - shard(bytes, members, first).begin};
  }
};

// Members in pairs as long as there are more than a power of two: one of each pair sits out, and the other acts for
// both. Those that act are numbered; each has the shards of those it acts for, and all of them follow in order.
class Folding {
 public:
  explicit Folding(std::uint32_t members)
      : acting_{std::bit_floor(members)},
        pairs_{members - acting_},
        steps_{static_cast<std::uint32_t>(std::bit_width(acting_) - 1)} {}

  std::uint32_t acting() const noexcept { return acting_; }
  std::uint32_t pairs() const noexcept { return pairs_; }
  std::uint32_t steps() const noexcept { return steps_; }
  std::uint32_t member(std::uint32_t actor) const noexcept { return actor < pairs_ ? 2 * actor + 1 : actor + pairs_; }
  // The one it acts for besides itself, for actors below pairs().
  static std::uint32_t resting(std::uint32_t actor) noexcept { return 2 * actor; }
  std::uint32_t first_shard(std::uint32_t actor) const noexcept { return actor < pairs_ ? 2 * actor : actor + pairs_; }
  // Shards of `count` actors from `first` on.
  Bytes bytes_of(const Shards& shards, std::uint32_t first, std::uint32_t count) const noexcept {
    const std::uint32_t begin = first_shard(first);
    const std::uint32_t end = first + count == acting_ ? shards.members : first_shard(first + count);
    return shards.of(begin, end - begin);
  }

 private:
  std::uint32_t acting_, pairs_, steps_;
};

// Recursive halving from `phase` on: with each step an actor hands on the half that is not its own.
void halve(ScheduleBuilder& builder, const Folding& folding, const Shards& shards, std::uint32_t phase) {
  for (std::uint32_t half = folding.acting() / 2; half > 0; half /= 2, ++phase) {
    for (std::uint32_t actor = 0; actor < folding.acting(); ++actor) {
      const std::uint32_t partner = actor ^ half;
      builder.send(folding.member(actor), folding.member(partner), phase,
                   folding.bytes_of(shards, partner & ~(half - 1), half));
    }
  }
}

// Recursive doubling from `phase` on: with each step an actor passes on all that it has.
void double_up(ScheduleBuilder& builder, const Folding& folding, const Shards& shards, std::uint32_t phase) {
  for (std::uint32_t have = 1; have < folding.acting(); have *= 2, ++phase) {
    for (std::uint32_t actor = 0; actor < folding.acting(); ++actor) {
      builder.send(folding.member(actor), folding.member(actor ^ have), phase,
                   folding.bytes_of(shards, actor & ~(have - 1), have));
    }
  }
}

// Where a member is in the first of the two trees: member 0 on top, and below it each number under the one that has
// its lowest bit moved up by one. Odd ones are leaves.
std::uint32_t parent_of(std::uint32_t place, std::uint32_t members) noexcept {
  const std::uint32_t bit = place & (~place + 1);
  const std::uint32_t up = (place ^ bit) | (bit << 1U);
  return up < members ? up : place ^ bit;
}

// In the other tree members stand in the opposite order, or, where that would leave a leaf a leaf, one further.
std::uint32_t member_at(std::uint32_t place, std::uint32_t members, bool is_second) noexcept {
  if (!is_second) return place;
  return members % 2 == 0 ? members - 1 - place : (place + 1) % members;
}

// How many pieces of each half of the buffer are on their way through its tree at once.
std::uint32_t tree_chunks(Bytes buffer) noexcept {
  constexpr std::uint64_t smallest_chunk = std::uint64_t{512} << 10U;
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(buffer.count() / 2 / smallest_chunk, 1, 32));
}

}  // namespace

Schedule direct(Collective kind, Bytes bytes, std::uint32_t member_count) {
  const Shards shards{kind, bytes, member_count};
  const bool is_all_reduce = kind == Collective::all_reduce;
  ScheduleBuilder builder{member_count, is_all_reduce ? 2U : 1U};
  for (std::uint32_t from = 0; from < member_count; ++from) {
    for (std::uint32_t turn = 1; turn < member_count; ++turn) {
      const std::uint32_t to = (from + turn) % member_count;
      builder.send(from, to, 0, shards.of(kind == Collective::all_gather ? from : to, 1));
      if (is_all_reduce) builder.send(from, to, 1, shards.of(from, 1));
    }
  }
  return builder.build();
}

Schedule halving_doubling(Collective kind, Bytes bytes, std::uint32_t member_count) {
  const Shards shards{kind, bytes, member_count};
  const Folding folding{member_count};
  const bool reduces = kind != Collective::all_gather, gathers = kind != Collective::reduce_scatter;
  const std::uint32_t steps = folding.steps() * (reduces && gathers ? 2 : 1);
  ScheduleBuilder builder{member_count, steps + 2};  // one to fold before, one to unfold behind
  for (std::uint32_t actor = 0; actor < folding.pairs(); ++actor) {
    const std::uint32_t rests = Folding::resting(actor), acts = folding.member(actor);
    // What both need before is all of a buffer to reduce, or a shard to gather; what they get is all, or a shard.
    const Bytes all = shards.of(0, member_count);
    builder.send(rests, acts, 0, reduces ? all : shards.of(rests, 1));
    builder.send(acts, rests, steps + 1, gathers ? all : shards.of(rests, 1));
  }
  if (reduces) halve(builder, folding, shards, 1);
  if (gathers) double_up(builder, folding, shards, 1 + (reduces ? folding.steps() : 0));
  return builder.build();
}

Schedule double_binary_tree(Bytes buffer, std::uint32_t member_count) {
  const std::uint32_t n = member_count;
  const std::uint32_t chunks = tree_chunks(buffer);
  const auto depth = static_cast<std::uint32_t>(std::bit_width(n - 1));  // of a leaf, at most
  ScheduleBuilder builder{n, 2 * depth + chunks - 1};
  for (const bool is_second : {false, true}) {
    const ByteRange half = shard(buffer, 2, is_second ? 1 : 0);
    for (std::uint32_t place = 1; place < n; ++place) {
      // Steps to the top; a place is as many phases before the top in reducing as behind it in spreading.
      std::uint32_t level = 0;
      for (std::uint32_t at = place; at != 0; at = parent_of(at, n)) ++level;
      const std::uint32_t own = member_at(place, n, is_second);
      const std::uint32_t above = member_at(parent_of(place, n), n, is_second);
      for (std::uint32_t chunk = 0; chunk < chunks; ++chunk) {
        const Bytes bytes = bytes_of(shard(half, chunks, chunk));
        builder.send(own, above, depth - level + chunk, bytes);
        builder.send(above, own, depth + level - 1 + chunk, bytes);
      }
    }
  }
  return builder.build();
}

}  // namespace farlink::collective
