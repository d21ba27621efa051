// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/later_commands.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {

void refuse_later_commands(std::span<const char* const> arguments) {
  constexpr std::array commands{"agent", "replay", "interop"};
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string argument = arguments[i];
    if (argument == "--log-level") ++i;  // and its value
    if (argument.starts_with("-")) continue;
    if (std::find(commands.begin(), commands.end(), argument) != commands.end()) {
      throw UsageError(argument +
                       ": this version of farlink does not have this command; it has run, sweep, report, plan, doctor, "
                       "up, link, capture, schema, trace");
    }
    return;  // the first that is no option is the command
  }
}

}  // namespace farlink::cli
