// SPDX-License-Identifier: Apache-2.0
#include "control/headroom/bounds.hpp"

#include <algorithm>
#include <cmath>

#include "dataplane/link/rate_matcher.hpp"

namespace farlink::headroom {

namespace {

// A round number of picoseconds or bytes below the true value would be too little.
Duration on_line(Bytes bytes, BitRate rate) {
  return units::serialization_time(bytes, rate) + Duration::picoseconds(1);
}
Bytes at_rate(BitRate rate, Duration time) { return units::bytes_in(rate, time) + Bytes{1}; }

// Frames that nothing stops any more: the one that crosses the threshold, and each that has begun somewhere.
Bytes unstoppable(Scheme scheme, const Path& path) {
  if (scheme != Scheme::end_to_end) return path.frame * (1ULL + path.waves);
  // Every RNIC ends the frame in its serializer, and may have one in front of the line.
  const Bytes in_turn = path.frame * (1ULL + 2ULL * path.senders);
  const bool may_queue = path.nic * path.senders > path.rate;
  return may_queue ? in_turn + path.near_xoff : in_turn;
}

// The first frame after XON has to be serialized before it flies.
Duration restart(Scheme scheme, const Path& path) {
  const Duration on_wave = on_line(path.frame + path.overhead, path.rate / path.waves);
  return scheme == Scheme::end_to_end ? on_wave + on_line(path.frame, path.nic) : on_wave;
}

// A relay loses the time of one repetition in each pause, so that its gateway may run empty, and learns of it a round
// trip later. Receivers that go from XON to XOFF, as far apart as XON is from nothing, pause at most so often meanwhile
// that they lose what XON has then.
Bytes relay_xon(const Path& path) {
  const double lost = static_cast<double>(at_rate(path.rate, repetition(path)).count());
  const double on_the_way = static_cast<double>(at_rate(path.rate, reaction(path)).count());
  return Bytes{static_cast<std::uint64_t>(std::ceil(std::sqrt(lost * on_the_way) / 2))} + path.frame * 2;
}

}  // namespace

Duration repetition(const Path& path) {
  return on_line(path.frame, path.rate / path.waves) + on_line(path.frame, path.wave_back) + path.jitter_back;
}

Duration reaction(const Path& path) {
  const Bytes pause{link::pause_line_bytes};
  return path.round_trip + on_line(path.frame + path.overhead_back, path.wave_back) +
         on_line(pause + path.overhead_back, path.wave_back);
}

Bounds bounds(Scheme scheme, const Path& path) {
  const Duration until = reaction(path);
  Bounds need;
  if (scheme == Scheme::rate_matched) {
    need.total = link::RateMatcher::least_buffer({path.rate, until + restart(scheme, path), path.slot});
    return need;
  }
  need.headroom = at_rate(path.rate, until) + unstoppable(scheme, path);
  if (scheme == Scheme::relay) {
    need.xon = relay_xon(path);
    need.xoff = need.xon * 2;
    need.total = need.xoff + need.headroom;
    return need;
  }
  need.xon = at_rate(std::min(path.drain, path.rate), until + restart(scheme, path)) + path.frame * 2;
  need.xoff = need.xon + path.frame * 2;
  need.total = need.xoff + need.headroom;
  return need;
}

}  // namespace farlink::headroom
