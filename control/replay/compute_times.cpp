// SPDX-License-Identifier: Apache-2.0
#include "control/replay/compute_times.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <numeric>
#include <stdexcept>

#include "dataplane/units/draws.hpp"

namespace farlink::replay {
namespace {

// Streams of links have this bit clear.
constexpr std::uint64_t of_ranks = std::uint64_t{1} << 63;
enum class Purpose : std::uint64_t { jitter = 1, straggler };

units::Draws draws_of(std::uint64_t seed, std::uint32_t rank, Purpose purpose) {
  return {seed, of_ranks | (std::uint64_t{rank} << 8) | static_cast<std::uint64_t>(purpose)};
}

// Box-Muller.
double normal(const units::Draws& draws, std::uint64_t ordinal) {
  const double radius = std::sqrt(-2 * std::log1p(-draws.uniform(2 * ordinal)));
  return radius * std::cos(2 * std::numbers::pi * draws.uniform(2 * ordinal + 1));
}

// The `count` ranks with the smallest draws.
std::vector<std::uint32_t> draw_ranks(std::uint64_t seed, std::uint32_t ranks, std::uint32_t count) {
  std::vector<std::uint32_t> all(ranks);
  std::iota(all.begin(), all.end(), 0U);
  const auto draw = [&](std::uint32_t rank) { return draws_of(seed, rank, Purpose::straggler).draw(0); };
  std::sort(all.begin(), all.end(), [&](std::uint32_t a, std::uint32_t b) { return draw(a) < draw(b); });
  all.resize(count);
  std::sort(all.begin(), all.end());
  return all;
}

std::vector<std::uint32_t> find_stragglers(const scenario::Stragglers& stragglers, std::uint64_t seed,
                                           std::uint32_t ranks) {
  const std::string of_job = "the job has " + std::to_string(ranks) + " ranks";
  if (stragglers.count > ranks)
    throw std::invalid_argument("workload.stragglers.count: " + std::to_string(stragglers.count) + ", and " + of_job);
  if (!stragglers.ranks.empty() && stragglers.ranks.back() >= ranks)
    throw std::invalid_argument("workload.stragglers.ranks: there is no rank " +
                                std::to_string(stragglers.ranks.back()) + "; " + of_job + ", from 0");
  return stragglers.count > 0 ? draw_ranks(seed, ranks, stragglers.count) : stragglers.ranks;
}

std::string percent(double share) {
  char text[32];
  std::snprintf(text, sizeof text, "%g %%", share * 100);
  return text;
}

}  // namespace

ComputeTimes::ComputeTimes(const scenario::ComputeVariation& variation, std::uint64_t seed, std::uint32_t ranks)
    : is_plain_{variation == scenario::ComputeVariation{}},
      seed_{seed},
      spread_{std::sqrt(std::log1p(variation.jitter * variation.jitter))} {
  if (!variation.stragglers) return;
  stragglers_ = find_stragglers(*variation.stragglers, seed, ranks);
  slowness_.assign(ranks, 1);
  for (const std::uint32_t rank : stragglers_) slowness_[rank] = 1 + variation.stragglers->slower;
}

units::Duration ComputeTimes::vary(std::uint32_t rank, std::uint32_t step, std::uint32_t node, units::Duration nominal,
                                   bool on_host) const {
  double factor = on_host || slowness_.empty() ? 1 : slowness_[rank];
  if (spread_ > 0) {
    const std::uint64_t ordinal = (std::uint64_t{step} << 32) | node;
    factor *= std::exp(spread_ * (normal(draws_of(seed_, rank, Purpose::jitter), ordinal) - spread_ / 2));
  }
  return units::Duration::picoseconds(std::llround(static_cast<double>(nominal.picoseconds()) * factor));
}

std::string note_on_compute(const scenario::ComputeVariation& variation, const ComputeTimes& times) {
  constexpr std::size_t named = 8;
  std::string note;
  if (variation.jitter > 0)
    note = "Each computation's time varies by " + percent(variation.jitter) +
           " of itself (standard deviation, log-normal, the mean kept), the same draws in every run of a seed.";
  if (!variation.stragglers) return note;
  const auto& ranks = times.stragglers();
  note += (note.empty() ? "" : " ") + std::string{"GPU work takes "} + percent(variation.stragglers->slower) +
          " longer on " + (ranks.size() == 1 ? "rank" : std::to_string(ranks.size()) + " ranks:");
  for (std::size_t i = 0; i < std::min(named, ranks.size()); ++i)
    note += (i == 0 ? " " : ", ") + std::to_string(ranks[i]);
  if (ranks.size() > named) note += ", ...";
  return note + (variation.stragglers->count > 0 ? " (drawn with the first seed)." : ".");
}

}  // namespace farlink::replay
