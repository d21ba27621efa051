// SPDX-License-Identifier: Apache-2.0
// How many CPUs this process may use.
#pragma once

#include <cstdint>

namespace farlink::cli {

// By its affinity mask, which taskset, containers with a CPU set and batch systems narrow; at least 1.
std::uint32_t usable_cpus() noexcept;

}  // namespace farlink::cli
