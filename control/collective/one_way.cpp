// SPDX-License-Identifier: Apache-2.0
// Collectives across sites in which bytes need to cross one way only: all-gather, reduce-scatter, all-to-all, barrier.
#include "control/collective/byte_ranges.hpp"
#include "control/collective/expansions.hpp"
#include "control/collective/time_in_site.hpp"

namespace farlink::collective {
namespace {

using trace::Collective;
using units::Bytes;

// Calls visit(member, part_owner, bytes): the site's members' shards laid end to end (shard_of(member) bytes each), cut
// into one equal part per member of `other`.
template <class ShardOf, class Visit>
void match_shards(const SiteMembers& site, const SiteMembers& other, ShardOf shard_of, Visit visit) {
  std::uint64_t total = 0;
  for (const std::uint32_t member : site.members) total += shard_of(member);
  std::uint64_t begin = 0;
  for (const std::uint32_t member : site.members) {
    const ByteRange own{begin, begin + shard_of(member)};
    begin = own.end;
    for (std::uint32_t i = 0; i < other.count(); ++i) {
      visit(member, other.members[i], bytes_of(overlap(own, shard(ByteRange{0, total}, other.count(), i))));
    }
  }
}

template <class Visit>
void for_each_pair_of_sites(const Placement& placement, Visit visit) {
  for (const SiteMembers& from : placement.sites) {
    for (const SiteMembers& to : placement.sites) {
      if (&from != &to) visit(from, to);
    }
  }
}

}  // namespace

Schedule hierarchical_all_gather(Bytes shard_size, const Placement& placement) {
  ScheduleBuilder builder{placement.member_count, 2};
  for_each_pair_of_sites(placement, [&](const SiteMembers& from, const SiteMembers& to) {
    match_shards(
        from, to, [&](std::uint32_t) { return shard_size.count(); },
        [&](std::uint32_t sender, std::uint32_t receiver, Bytes bytes) { builder.send(sender, receiver, 0, bytes); });
  });
  for (const SiteMembers& site : placement.sites) {
    const Bytes held{(shard_size.count() * placement.member_count + site.count() - 1) / site.count()};
    builder.work_together(site.members, 1, time_in_site(Collective::all_gather, held, site.count(), site.network));
  }
  return builder.build();
}

Schedule hierarchical_reduce_scatter(Bytes buffer, const Placement& placement) {
  ScheduleBuilder builder{placement.member_count, 2};
  const auto result_of = [&](std::uint32_t member) { return shard(buffer, placement.member_count, member).size(); };
  for (const SiteMembers& site : placement.sites) {
    builder.work_together(site.members, 0,
                          time_in_site(Collective::reduce_scatter, buffer, site.count(), site.network));
  }
  for_each_pair_of_sites(placement, [&](const SiteMembers& from, const SiteMembers& to) {
    match_shards(to, from, result_of, [&](std::uint32_t receiver, std::uint32_t sender, Bytes bytes) {
      builder.send(sender, receiver, 1, bytes);
    });
  });
  return builder.build();
}

Schedule direct_all_to_all(Bytes buffer, const Placement& placement) {
  ScheduleBuilder builder{placement.member_count, 1};
  for_each_pair_of_sites(placement, [&](const SiteMembers& from, const SiteMembers& to) {
    for (const std::uint32_t sender : from.members) {
      for (const std::uint32_t receiver : to.members) {
        builder.send(sender, receiver, 0, bytes_of(shard(buffer, placement.member_count, receiver)));
      }
    }
  });
  for (const SiteMembers& site : placement.sites) {
    const Bytes inside{buffer.count() / placement.member_count * site.count()};
    builder.work_together(site.members, 0, time_in_site(Collective::all_to_all, inside, site.count(), site.network));
  }
  return builder.build();
}

Schedule hierarchical_barrier(const Placement& placement) {
  constexpr Bytes flag{8};
  ScheduleBuilder builder{placement.member_count, 3};
  for_each_pair_of_sites(placement, [&](const SiteMembers& from, const SiteMembers& to) {
    builder.send(from.members.front(), to.members.front(), 1, flag);
  });
  for (const SiteMembers& site : placement.sites) {
    const units::Duration inside = time_in_site(Collective::barrier, Bytes{}, site.count(), site.network);
    builder.work_together(site.members, 0, inside);
    builder.work_together(site.members, 2, inside);
  }
  return builder.build();
}

}  // namespace farlink::collective
