// SPDX-License-Identifier: Apache-2.0
// Groups for the tests of control/collective, and sums over the schedules that come out.
#pragma once

#include <cstdint>
#include <initializer_list>

#include "control/collective/expand.hpp"

namespace farlink::collective {

// 1 GB/s and 1 us: a byte is a nanosecond.
inline const scenario::LocalNetwork simple_network{units::BitRate::gigabits(8), units::Duration::microseconds(1)};

// counts[i] members at site i, in communicator order site after site.
inline Placement placed(std::initializer_list<std::uint32_t> counts) {
  Placement placement;
  std::uint32_t site = 0;
  for (const std::uint32_t count : counts) {
    SiteMembers members{site++, {}, simple_network};
    for (std::uint32_t i = 0; i < count; ++i) members.members.push_back(placement.member_count++);
    placement.sites.push_back(members);
  }
  return placement;
}

inline std::uint32_t site_of(const Placement& placement, std::uint32_t member) {
  for (const SiteMembers& site : placement.sites) {
    for (const std::uint32_t other : site.members) {
      if (other == member) return site.site;
    }
  }
  return ~0U;
}

inline std::uint64_t bytes_between(const Schedule& schedule, const Placement& placement, std::uint32_t from,
                                   std::uint32_t to) {
  std::uint64_t sum = 0;
  for (const Message& message : schedule.messages()) {
    if (site_of(placement, message.from) == from && site_of(placement, message.to) == to) sum += message.bytes.count();
  }
  return sum;
}

inline std::uint64_t bytes_received(const Schedule& schedule, std::uint32_t member) {
  std::uint64_t sum = 0;
  for (const Message& message : schedule.messages()) {
    if (message.to == member) sum += message.bytes.count();
  }
  return sum;
}

}  // namespace farlink::collective
