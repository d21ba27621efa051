// SPDX-License-Identifier: Apache-2.0
// farlink-bench --live: the full link on one lcore, beside loops without it, and its release lag.
#pragma once

#include <span>

namespace farlink::bench {

// Arguments behind --live. Returns the exit code.
int live_main(std::span<const char* const> arguments);

}  // namespace farlink::bench
