// SPDX-License-Identifier: Apache-2.0
#include "dataplane/link/direction.hpp"

#include <algorithm>
#include <utility>

namespace farlink::link {

Direction::Direction(const DirectionConfig& config, std::size_t frame_capacity)
    : config_{config}, pool_{frame_capacity}, near_{config_, pool_}, far_{config_.far_edge, pool_, fibres_of(near_)} {}

std::vector<FrameQueue*> Direction::fibres_of(NearEdge& near) {
  std::vector<FrameQueue*> fibres;
  for (std::size_t wave = 0; wave < near.wave_count(); ++wave) fibres.push_back(&near.fibre(wave));
  return fibres;
}

void Direction::divide() {
  if (!arriving_.empty()) return;
  arriving_.resize(near_.wave_count());
  std::vector<FrameQueue*> fibres;
  for (FrameQueue& fibre : arriving_) fibres.push_back(&fibre);
  far_.take_from(returned_, std::move(fibres));
  exchange();
}

void Direction::exchange() noexcept {
  for (std::size_t wave = 0; wave < arriving_.size(); ++wave) arriving_[wave].append(near_.fibre(wave));
  returned_.pass_on_to(pool_);
}

Instant Direction::next_event() const noexcept {
  const Instant near = near_.has_outputs() ? near_.settled_until() : near_.next_event();
  return std::min(near, far_.next_event());
}

std::size_t Direction::advance(Instant now, std::span<Output> outputs) {
  near_.settle(now);
  std::size_t count = 0;
  while (count < outputs.size() && near_.take_output(outputs[count])) ++count;
  return count + far_.advance(now, outputs.subspan(count));
}

void Direction::reconfigure(const DirectionConfig& config, Instant now) {
  config_ = config;
  near_.reconfigure(config_, now);
  far_.reconfigure(config_.far_edge, now);
}

bool Direction::is_conserved() const noexcept {
  const NearCounters& in = near_.counters();
  const FarCounters& out = far_.counters();
  // Frames waiting to be told as drops or exits are still in the pool, but counted as dropped or out.
  return in.frames_in + in.frames_generated + in.background_in + out.frames_duplicated + near_.untold_drops() +
             far_.untold() ==
         out.frames_out + out.frames_absorbed + out.background_out + in.cnps_out + in.dropped.total() +
             out.dropped.total() + frames_held();
}

}  // namespace farlink::link
