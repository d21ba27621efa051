// SPDX-License-Identifier: Apache-2.0
#include "control/collective/time_in_site.hpp"

#include <bit>
#include <stdexcept>

#include "control/collective/expansions.hpp"

namespace farlink::collective {
namespace {

using scenario::CollectiveAlgorithm;
using trace::Collective;
using units::Bytes;
using units::Duration;

// latencies x alpha + (numerator / denominator) x bytes / B, with one rounding at the end.
struct Cost {
  std::uint64_t latencies = 0;
  std::uint64_t numerator = 0;
  std::uint64_t denominator = 1;
};

// Members beyond a power of two hand their part to a neighbour before, and get theirs from it behind.
Cost halving_doubling_cost(Collective kind, std::uint64_t n) {
  const std::uint64_t p = std::bit_floor(n);
  const auto steps = static_cast<std::uint64_t>(std::bit_width(p)) - 1;
  if (kind == Collective::all_reduce)
    return n == p ? Cost{2 * steps, 2 * (n - 1), n} : Cost{2 * steps + 2, 2 * (p - 1) + 2 * p, p};
  if (kind == Collective::all_gather)
    return n == p ? Cost{steps, n - 1, 1} : Cost{steps + 2, p + n * (p - 1) + n * p, p};
  return n == p ? Cost{steps, n - 1, n} : Cost{steps + 2, n * p + n * (p - 1) + p, n * p};
}

// Of rings, and of those that are the same for every algorithm.
Cost cost_of(Collective kind, std::uint64_t n) {
  switch (kind) {
    case Collective::all_reduce:
      return {2 * (n - 1), 2 * (n - 1), n};
    case Collective::all_gather:
      return {n - 1, n - 1, 1};
    case Collective::reduce_scatter:
    case Collective::all_to_all:
      return {n - 1, n - 1, n};
    case Collective::broadcast:
    case Collective::reduce:
      return {n - 1, 1, 1};
    case Collective::gather:
      return {1, n - 1, 1};
    case Collective::scatter:
      return {1, n - 1, n};
    case Collective::barrier:
      return {static_cast<std::uint64_t>(std::bit_width(n - 1)), 0, 1};
  }
  throw std::invalid_argument("unknown kind of collective");
}

Cost cost_of(Collective kind, std::uint64_t n, CollectiveAlgorithm algorithm) {
  Cost cost = cost_of(kind, n);
  if (!depends_on_algorithm(kind)) return cost;
  const bool is_all_reduce = kind == Collective::all_reduce;
  if (algorithm == CollectiveAlgorithm::halving_doubling) return halving_doubling_cost(kind, n);
  if (algorithm == CollectiveAlgorithm::direct) cost.latencies = is_all_reduce ? 2 : 1;
  if (algorithm == CollectiveAlgorithm::double_binary_tree && is_all_reduce)
    return {2 * static_cast<std::uint64_t>(std::bit_width(n - 1)), 2, 1};
  return cost;
}

}  // namespace

Duration time_in_site(Collective kind, Bytes bytes, std::uint32_t members, const scenario::LocalNetwork& network,
                      CollectiveAlgorithm algorithm) {
  if (members < 2) return Duration::zero();
  const std::uint64_t rate = network.bandwidth.bits_per_second();
  if (rate == 0) throw std::invalid_argument("a collective inside a site needs a bandwidth above zero");
  const Cost cost = cost_of(kind, members, algorithm);
  const auto bits = static_cast<unsigned __int128>(bytes.count()) * 8U * cost.numerator;
  const auto transfer = bits * 1'000'000'000'000U / (static_cast<unsigned __int128>(rate) * cost.denominator);
  return network.latency * static_cast<std::int64_t>(cost.latencies) +
         Duration::picoseconds(static_cast<std::int64_t>(transfer));
}

}  // namespace farlink::collective
