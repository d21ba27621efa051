// SPDX-License-Identifier: Apache-2.0
// Where the members of a group sit: communicator order, split by site.
#pragma once

#include <cstdint>
#include <vector>

#include "control/scenario/scenario.hpp"

namespace farlink::collective {

// The members of one site, ascending, and the network between them: in_node when one node holds them all, else fabric.
struct SiteMembers {
  std::uint32_t site = 0;              // index into Scenario::sites
  std::vector<std::uint32_t> members;  // indices in communicator order
  scenario::LocalNetwork network;
  std::uint32_t count() const noexcept { return static_cast<std::uint32_t>(members.size()); }
};

struct Placement {
  std::uint32_t member_count = 0;
  // In the order of each site's first member; member 0 is the root of rooted collectives.
  std::vector<SiteMembers> sites;
};

}  // namespace farlink::collective
