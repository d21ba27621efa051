// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/usable_cpus.hpp"

#include <algorithm>
#include <sched.h>
#include <thread>

namespace farlink::cli {

std::uint32_t usable_cpus() noexcept {
  cpu_set_t mask;
  const int count = sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 0;
  // The call fails on a machine with more CPUs than the mask has bits.
  return count > 0 ? static_cast<std::uint32_t>(count) : std::max(1U, std::thread::hardware_concurrency());
}

}  // namespace farlink::cli
