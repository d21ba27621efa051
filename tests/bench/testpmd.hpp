// SPDX-License-Identifier: Apache-2.0
// dpdk-testpmd over two net_null ports as a child process: what DPDK's own forwarding does on this machine.
#pragma once

#include <string>

namespace farlink::bench {

// mode: io or csum. Frames per second in millions, both ports summed; 0 when it is not installed or does not run.
double testpmd_mpps(const std::string& mode);

}  // namespace farlink::bench
