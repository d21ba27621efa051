// SPDX-License-Identifier: Apache-2.0
#include "control/headroom/bounds.hpp"

#include <algorithm>

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
  if (scheme == Scheme::segmented) return path.frame * (1ULL + path.waves);
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

}  // namespace

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
  need.xon = at_rate(std::min(path.drain, path.rate), until + restart(scheme, path)) + path.frame * 2;
  need.xoff = need.xon + path.frame * 2;
  need.total = need.xoff + need.headroom;
  return need;
}

}  // namespace farlink::headroom
