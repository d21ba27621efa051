// SPDX-License-Identifier: Apache-2.0
// Asks the memory for cache lines that will be written soon. Whatever calls nothing but this must be inlined by force:
// GCC takes a function whose only effect is a prefetch for one without any, and drops the calls.
#pragma once

#include <cstddef>

namespace farlink::units {

template <int lines>
[[gnu::always_inline]] inline void prefetch(const void* object) noexcept {
  for (std::ptrdiff_t i = 0; i < lines; ++i) __builtin_prefetch(static_cast<const char*>(object) + 64 * i, 1);
}

}  // namespace farlink::units
