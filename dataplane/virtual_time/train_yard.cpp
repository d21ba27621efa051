// SPDX-License-Identifier: Apache-2.0
#include "dataplane/virtual_time/train_yard.hpp"

#include <algorithm>
#include <bit>

namespace farlink::virtual_time {

void TrainYard::grow() {
  room_ = 2 * room_ + 64;
  departures_.resize(room_);
  descriptors_.resize(room_);
  departure_room_ = departures_.data();
  descriptor_room_ = descriptors_.data();
}

// As many buckets of time as there are frames, and then each frame is near its place.
std::span<const TrainYard::Departure> TrainYard::in_order(Instant begin, Instant end) {
  const std::span<const Departure> departures{departures_.data(), count_};
  // Those of one RNIC are.
  if (due_.size() == 1 || std::is_sorted(departures.begin(), departures.end())) return departures;
  const auto span = static_cast<std::uint64_t>((end - begin).picoseconds());
  const int shift =
      std::max(0, static_cast<int>(std::bit_width(span)) - static_cast<int>(std::bit_width(departures.size())));
  const auto bucket_of = [&](const Departure& d) {
    return static_cast<std::size_t>((d.at - begin).picoseconds() >> shift);
  };
  ends_.assign((span >> shift) + 2, 0);
  for (const Departure& d : departures) ++ends_[bucket_of(d) + 1];
  for (std::size_t i = 1; i < ends_.size(); ++i) ends_[i] += ends_[i - 1];
  ordered_.resize(departures.size());
  for (const Departure& d : departures) ordered_[ends_[bucket_of(d)]++] = d;
  for (std::size_t i = 1; i < ordered_.size(); ++i) {
    if (!(ordered_[i] < ordered_[i - 1])) continue;
    const Departure moved = ordered_[i];
    std::size_t to = i;
    for (; to > 0 && moved < ordered_[to - 1]; --to) ordered_[to] = ordered_[to - 1];
    ordered_[to] = moved;
  }
  return ordered_;
}

}  // namespace farlink::virtual_time
