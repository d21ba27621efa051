// SPDX-License-Identifier: Apache-2.0
// Collectives across sites with a root, which is member 0 and so the first member of the first site of the placement.
#include "control/collective/byte_ranges.hpp"
#include "control/collective/expansions.hpp"
#include "control/collective/time_in_site.hpp"

namespace farlink::collective {
namespace {

using trace::Collective;
using units::Bytes;

constexpr bool awaited = true;  // a sender that receives nothing is done when its messages are acknowledged

}  // namespace

Schedule hierarchical_broadcast(Bytes buffer, const Placement& placement) {
  ScheduleBuilder builder{placement.member_count, 2};
  for (std::size_t i = 0; i < placement.sites.size(); ++i) {
    const SiteMembers& site = placement.sites[i];
    if (i > 0) builder.send(0, site.members.front(), 0, buffer, awaited);
    builder.work_together(site.members, i == 0 ? 0 : 1,
                          time_in_site(Collective::broadcast, buffer, site.count(), site.network));
  }
  return builder.build();
}

Schedule hierarchical_reduce(Bytes buffer, const Placement& placement) {
  ScheduleBuilder builder{placement.member_count, 2};
  for (std::size_t i = 0; i < placement.sites.size(); ++i) {
    const SiteMembers& site = placement.sites[i];
    builder.work_together(site.members, 0, time_in_site(Collective::reduce, buffer, site.count(), site.network));
    if (i > 0) builder.send(site.members.front(), 0, 1, buffer, awaited);
  }
  return builder.build();
}

Schedule direct_gather(Bytes shard_size, const Placement& placement) {
  ScheduleBuilder builder{placement.member_count, 1};
  const SiteMembers& home = placement.sites.front();
  builder.work_together(home.members, 0, time_in_site(Collective::gather, shard_size, home.count(), home.network));
  for (std::size_t i = 1; i < placement.sites.size(); ++i) {
    for (const std::uint32_t member : placement.sites[i].members) builder.send(member, 0, 0, shard_size, awaited);
  }
  return builder.build();
}

Schedule direct_scatter(Bytes buffer, const Placement& placement) {
  ScheduleBuilder builder{placement.member_count, 1};
  const SiteMembers& home = placement.sites.front();
  const Bytes inside{buffer.count() / placement.member_count * home.count()};
  builder.work_together(home.members, 0, time_in_site(Collective::scatter, inside, home.count(), home.network));
  for (std::size_t i = 1; i < placement.sites.size(); ++i) {
    for (const std::uint32_t member : placement.sites[i].members) {
      builder.send(0, member, 0, bytes_of(shard(buffer, placement.member_count, member)), awaited);
    }
  }
  return builder.build();
}

}  // namespace farlink::collective
