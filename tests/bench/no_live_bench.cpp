// SPDX-License-Identifier: Apache-2.0
#include <cstdio>

#include "tests/bench/live_bench.hpp"

namespace farlink::bench {

int live_main(std::span<const char* const>) {
  std::fputs("farlink-bench: --live needs DPDK, which this build is without; install libdpdk-dev and build again\n",
             stderr);
  return 2;
}

}  // namespace farlink::bench
