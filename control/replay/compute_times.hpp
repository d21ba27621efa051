// SPDX-License-Identifier: Apache-2.0
// How long a computation of one step takes: what the graph says, times a factor of its own (jitter), times what a slow
// GPU adds. The factor is log-normal with mean 1 and the standard deviation asked for: exp(s z - s^2 / 2) with s^2 =
// ln(1 + jitter^2) and z normal. It is a hash of (seed, rank, step, node), so that every run of a comparison draws the
// same, whatever its links are like.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "control/scenario/compute_variation.hpp"
#include "dataplane/units/time.hpp"

namespace farlink::replay {

class ComputeTimes {
 public:
  ComputeTimes() = default;  // what the graph says
  // Throws std::invalid_argument when a straggler is no rank of the job.
  ComputeTimes(const scenario::ComputeVariation& variation, std::uint64_t seed, std::uint32_t ranks);

  // `node`: number in the rank's program; `nominal`: what the graph says. Jitter is of hosts too, slowness of GPUs.
  units::Duration of(std::uint32_t rank, std::uint32_t step, std::uint32_t node, units::Duration nominal,
                     bool on_host) const {
    return is_plain_ ? nominal : vary(rank, step, node, nominal, on_host);
  }

  // Rising.
  const std::vector<std::uint32_t>& stragglers() const noexcept { return stragglers_; }

 private:
  units::Duration vary(std::uint32_t rank, std::uint32_t step, std::uint32_t node, units::Duration nominal,
                       bool on_host) const;

  bool is_plain_ = true;
  std::uint64_t seed_ = 0;
  double spread_ = 0;  // s
  std::vector<std::uint32_t> stragglers_;
  std::vector<double> slowness_;  // per rank; empty: none is slow
};

// For the report: "computing times vary by ..."; empty when they do not.
std::string note_on_compute(const scenario::ComputeVariation& variation, const ComputeTimes& times);

}  // namespace farlink::replay
