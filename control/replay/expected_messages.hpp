// SPDX-License-Identifier: Apache-2.0
// Who will send to whom across sites, told before the run.
#pragma once

#include <cstdint>

#include "control/fabric/fabric.hpp"
#include "control/replay/plan.hpp"

namespace farlink::replay {

// Tells the fabric of each pair of ranks with messages from `site` to another one, in the order of ranks and, of one
// rank, of its program: an order that the run cannot change.
void expect_messages(const Plan& plan, std::uint32_t site, fabric::SiteFabric& fabric);

}  // namespace farlink::replay
