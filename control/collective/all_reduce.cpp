// SPDX-License-Identifier: Apache-2.0
// All-reduce across sites, hierarchical and as a flat ring, and the choice between the expansions.
#include <algorithm>
#include <stdexcept>

#include "control/collective/byte_ranges.hpp"
#include "control/collective/expand.hpp"
#include "control/collective/expansions.hpp"
#include "control/collective/time_in_site.hpp"

namespace farlink::collective {
namespace {

using trace::Collective;
using units::Bytes;

// Ranges of the buffer that one member owns at every site: all sites' shard boundaries, merged.
std::vector<ByteRange> common_ranges(Bytes buffer, const Placement& placement) {
  std::vector<std::uint64_t> cuts{0, buffer.count()};
  for (const SiteMembers& site : placement.sites) {
    for (std::uint32_t i = 1; i < site.count(); ++i) cuts.push_back(shard(buffer, site.count(), i).begin);
  }
  std::sort(cuts.begin(), cuts.end());
  cuts.erase(std::unique(cuts.begin(), cuts.end()), cuts.end());
  std::vector<ByteRange> ranges;
  for (std::size_t i = 1; i < cuts.size(); ++i) ranges.push_back({cuts[i - 1], cuts[i]});
  return ranges;
}

std::uint32_t owner_of(ByteRange range, Bytes buffer, const SiteMembers& site) {
  for (std::uint32_t i = 0; i < site.count(); ++i) {
    const ByteRange own = shard(buffer, site.count(), i);
    if (own.begin <= range.begin && range.end <= own.end && own.size() > 0) return site.members[i];
  }
  throw std::logic_error("a byte range without an owner");
}

Schedule flat(scenario::CollectiveAlgorithm algorithm, Collective kind, Bytes bytes, std::uint32_t members) {
  using scenario::CollectiveAlgorithm;
  if (algorithm == CollectiveAlgorithm::direct) return direct(kind, bytes, members);
  if (algorithm == CollectiveAlgorithm::halving_doubling) return halving_doubling(kind, bytes, members);
  if (algorithm == CollectiveAlgorithm::double_binary_tree && kind == Collective::all_reduce)
    return double_binary_tree(bytes, members);
  return flat_ring(kind, bytes, members);
}

}  // namespace

Schedule hierarchical_all_reduce(Bytes buffer, const Placement& placement) {
  const auto sites = static_cast<std::uint32_t>(placement.sites.size());
  const std::uint32_t steps = sites == 2 ? 1 : 2 * (sites - 1);
  ScheduleBuilder builder{placement.member_count, steps + 2};
  for (const SiteMembers& site : placement.sites) {
    const Bytes shard_size{(buffer.count() + site.count() - 1) / site.count()};
    builder.work_together(site.members, 0,
                          time_in_site(Collective::reduce_scatter, buffer, site.count(), site.network));
    builder.work_together(site.members, steps + 1,
                          time_in_site(Collective::all_gather, shard_size, site.count(), site.network));
  }
  for (const ByteRange range : common_ranges(buffer, placement)) {
    for (std::uint32_t i = 0; i < sites; ++i) {
      const std::uint32_t from = owner_of(range, buffer, placement.sites[i]);
      const std::uint32_t to = owner_of(range, buffer, placement.sites[(i + 1) % sites]);
      if (sites == 2) {
        builder.send(from, to, 1, bytes_of(range));
        continue;
      }
      for (std::uint32_t step = 0; step < steps; ++step) {
        // reduce-scatter steps pass chunk i - step on, all-gather steps chunk i + 1 - step
        const bool is_reducing = step < sites - 1;
        const std::uint32_t turn = is_reducing ? step : step - (sites - 1);
        const std::uint32_t chunk = (i + (is_reducing ? 0 : 1) + sites - turn % sites) % sites;
        builder.send(from, to, 1 + step, bytes_of(shard(range, sites, chunk)));
      }
    }
  }
  return builder.build();
}

Schedule flat_ring(Collective kind, Bytes bytes, std::uint32_t member_count) {
  const std::uint32_t n = member_count;
  const bool is_all_reduce = kind == Collective::all_reduce;
  const std::uint32_t steps = is_all_reduce ? 2 * (n - 1) : n - 1;
  ScheduleBuilder builder{n, steps};
  for (std::uint32_t member = 0; member < n; ++member) {
    for (std::uint32_t step = 0; step < steps; ++step) {
      // The chunk that member passes on: in the second half of an all-reduce it starts with the one it has just
      // finished.
      const std::uint32_t turn = step % (n - 1);
      const std::uint32_t chunk = (member + (step >= n - 1 ? 1 : 0) + n - turn) % n;
      const Bytes size = kind == Collective::all_gather ? bytes : bytes_of(shard(bytes, n, chunk));
      builder.send(member, (member + 1) % n, step, size);
    }
  }
  return builder.build();
}

Schedule expand(Collective kind, Bytes bytes, const Placement& placement, scenario::CollectiveAlgorithm algorithm) {
  if (placement.sites.size() < 2)
    throw std::invalid_argument("expand() is for groups that span sites; see time_in_site()");
  if (algorithm != scenario::CollectiveAlgorithm::hierarchical_ring && depends_on_algorithm(kind))
    return flat(algorithm, kind, bytes, placement.member_count);
  switch (kind) {
    case Collective::all_reduce:
      return hierarchical_all_reduce(bytes, placement);
    case Collective::all_gather:
      return hierarchical_all_gather(bytes, placement);
    case Collective::reduce_scatter:
      return hierarchical_reduce_scatter(bytes, placement);
    case Collective::all_to_all:
      return direct_all_to_all(bytes, placement);
    case Collective::broadcast:
      return hierarchical_broadcast(bytes, placement);
    case Collective::reduce:
      return hierarchical_reduce(bytes, placement);
    case Collective::gather:
      return direct_gather(bytes, placement);
    case Collective::scatter:
      return direct_scatter(bytes, placement);
    case Collective::barrier:
      return hierarchical_barrier(placement);
  }
  throw std::invalid_argument("unknown kind of collective");
}

}  // namespace farlink::collective
