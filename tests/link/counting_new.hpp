// SPDX-License-Identifier: Apache-2.0
// operator new that counts, for the executable that links counting_new.cpp. One thread.
#pragma once

#include <cstdint>

namespace farlink::test {

struct Allocations {
  std::uint64_t calls = 0;
  std::int64_t live_bytes = 0;  // allocated and not freed
};
Allocations allocations() noexcept;

}  // namespace farlink::test
