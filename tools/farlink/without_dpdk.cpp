// SPDX-License-Identifier: Apache-2.0
// Stands in for the live commands where Farlink was built without DPDK.
#include "tools/farlink/command.hpp"
#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {

void add_up_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("up", "Run a scenario's links between DPDK ports (not in this build)");
  command->allow_extras();
  command->callback([&chosen] {
    chosen = []() -> ExitCode {
      throw UsageError("up: this farlink was built without DPDK; install libdpdk-dev (22.11 or newer) and build again");
    };
  });
}

}  // namespace farlink::cli
