// SPDX-License-Identifier: Apache-2.0
// What a scenario's lossless keys come to at the far edge of one direction: what was written, and for the rest what
// distance and rate ask for.
#pragma once

#include <cstdint>
#include <optional>

#include "control/headroom/bounds.hpp"
#include "control/scenario/scenario.hpp"
#include "dataplane/link/config.hpp"

namespace farlink::headroom {

struct FarSettings {
  link::FarEdgeConfig far_edge;
  link::PauseTarget pause_target = link::PauseTarget::serializer;
  Duration watchdog;
};

// The scheme of a mode; none for off.
std::optional<Scheme> scheme_of(scenario::PfcMode mode);

// direction 0: west to east. ports: RNICs at the west and at the east site.
Path path_of(const scenario::Scenario& scenario, const scenario::Link& link, std::uint32_t direction,
             std::uint32_t west_ports, std::uint32_t east_ports);

// The buffer that was written, or for a mode that sizes it what it needs.
Bytes far_buffer(const scenario::Lossless& lossless, const Bounds& need);

// The PFC thresholds over that buffer; of a relay those of the receivers.
link::FarThresholdConfig thresholds(const scenario::Lossless& lossless, const Bounds& need, Bytes buffer);

// Throws std::invalid_argument for a far buffer that rate matching cannot keep a line busy with.
FarSettings far_settings(const scenario::Scenario& scenario, const scenario::Link& link, std::uint32_t direction,
                         std::uint32_t west_ports, std::uint32_t east_ports);

}  // namespace farlink::headroom
