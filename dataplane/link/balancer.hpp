// SPDX-License-Identifier: Apache-2.0
// Which wave of a link a frame takes. ECMP: the flow's hash, so that a flow stays where it is. Flowlet: a flow that has
// paused for longer than the gap goes on over a wave drawn anew (LetFlow; Vanini et al., NSDI 2017); flows whose hashes
// share a place of the table are one. Per packet: one wave after the other. Waves that are to be avoided hand their
// flows to the others by what their hash has left, so that no other flow moves. Called by: the near edge, for links of
// several waves.
#pragma once

#include <algorithm>
#include <cstdint>
#include <vector>

#include "dataplane/link/config.hpp"
#include "dataplane/link/random.hpp"

namespace farlink::link {

class Balancer {
 public:
  Balancer(const NearEdgeConfig& config, Random draws) : draws_{draws} { reconfigure(config); }

  // Flowlets under way stay where they are, unless their wave is to be avoided.
  void reconfigure(const NearEdgeConfig& config) {
    balancing_ = config.balancing;
    gap_ = config.flowlet_gap;
    waves_ = config.waves;
    is_avoided_.assign(waves_, false);
    for (const LostWave& lost : config.lost_waves)
      if (lost.is_avoided) is_avoided_[lost.wave] = true;
    usable_.clear();
    for (std::uint32_t wave = 0; wave < waves_; ++wave)
      if (!is_avoided_[wave]) usable_.push_back(wave);
    if (usable_.empty()) {  // nowhere to go: stay
      std::fill(is_avoided_.begin(), is_avoided_.end(), false);
      for (std::uint32_t wave = 0; wave < waves_; ++wave) usable_.push_back(wave);
    }
    is_any_avoided_ = usable_.size() < waves_;
    if (balancing_ == Balancing::flowlet && flowlets_.empty()) flowlets_.resize(places);
  }

  std::uint32_t choose(std::uint32_t flow, std::uint64_t ordinal, Instant now) noexcept {
    if (balancing_ == Balancing::flow_hash) [[likely]] {
      const std::uint32_t wave = flow % waves_;
      return !is_any_avoided_ || !is_avoided_[wave] ? wave : usable(flow / waves_);
    }
    if (balancing_ == Balancing::per_packet) return usable(next_++);
    Flowlet& flowlet = flowlets_[flow % places];
    const bool goes_on = flowlet.is_known && now - flowlet.last < gap_ && !is_avoided_[flowlet.wave];
    if (!goes_on) flowlet.wave = usable(static_cast<std::uint32_t>(draws_.draw(ordinal) >> 32));
    flowlet.last = now;
    flowlet.is_known = true;
    return flowlet.wave;
  }

  // For who is no flow: wave after wave of those that may be used.
  std::uint32_t in_turn(std::uint64_t number) const noexcept {
    return usable_[static_cast<std::size_t>(number % usable_.size())];
  }

 private:
  static constexpr std::uint32_t places = 16'384;
  struct Flowlet {
    Instant last;
    std::uint32_t wave = 0;
    bool is_known = false;
  };

  std::uint32_t usable(std::uint32_t number) const noexcept {
    return usable_[number % static_cast<std::uint32_t>(usable_.size())];
  }

  Balancing balancing_ = Balancing::flow_hash;
  bool is_any_avoided_ = false;
  std::uint32_t waves_ = 1;
  std::uint32_t next_ = 0;
  Duration gap_;
  Random draws_;
  std::vector<bool> is_avoided_;
  std::vector<std::uint32_t> usable_;
  std::vector<Flowlet> flowlets_;  // empty unless it is asked for
};

}  // namespace farlink::link
