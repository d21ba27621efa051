// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <string>

#include "tools/farlink/command.hpp"
#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {

void add_later_commands(CLI::App& app, Command& chosen) {
  constexpr std::array names{"sweep", "plan",   "up",      "link",   "capture",
                             "agent", "replay", "interop", "report", "doctor"};
  for (const char* name : names) {
    CLI::App* command = app.add_subcommand(name)->group("")->prefix_command();
    command->set_help_flag();
    command->callback([&chosen, name] {
      chosen = [name]() -> ExitCode {
        throw UsageError(std::string(name) +
                         ": this version of farlink does not have this command; it has run, schema, trace info");
      };
    });
  }
}

}  // namespace farlink::cli
