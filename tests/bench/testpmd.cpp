// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/testpmd.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace farlink::bench {

double testpmd_mpps(const std::string& mode) {
  const std::string command =
      "timeout -s INT 6 dpdk-testpmd --no-huge --no-shconf -m 256 --no-pci --no-telemetry --file-prefix "
      "farlink-testpmd "
      "-l 0,1 --vdev net_null0 --vdev net_null1 -- --forward-mode=" +
      mode + " --nb-cores=1 --auto-start --stats-period 1 --total-num-mbufs=8192 </dev/null 2>/dev/null";
  std::FILE* pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return 0;
  std::vector<double> rates;  // as they come: port 0, port 1, a second later again
  char line[512];
  while (std::fgets(line, sizeof line, pipe) != nullptr)
    if (const char* found = std::strstr(line, "Rx-pps:")) rates.push_back(std::strtod(found + 7, nullptr));
  pclose(pipe);
  double best = 0;
  for (std::size_t i = 0; i + 1 < rates.size(); i += 2) best = std::max(best, rates[i] + rates[i + 1]);
  return best * 1e-6;
}

}  // namespace farlink::bench
