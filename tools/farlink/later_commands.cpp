// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/later_commands.hpp"

#include <algorithm>
#include <array>
#include <string>

#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {

void refuse_later_commands(std::span<const char* const> arguments) {
  constexpr std::array commands{"sweep", "agent", "replay", "interop", "report"};
  constexpr std::array trace_commands{"import", "generate"};
  std::array<std::string, 2> words;  // the first two that are no options
  std::size_t count = 0;
  for (std::size_t i = 1; i < arguments.size() && count < words.size(); ++i) {
    const std::string argument = arguments[i];
    if (argument == "--log-level") ++i;  // and its value
    if (!argument.starts_with("-")) words[count++] = argument;
  }
  const auto is_one_of = [](const auto& names, const std::string& word) {
    return std::find(names.begin(), names.end(), word) != names.end();
  };
  if (is_one_of(commands, words[0])) {
    throw UsageError(words[0] +
                     ": this version of farlink does not have this command; it has run, plan, doctor, up, link, "
                     "capture, schema, trace info");
  }
  if (words[0] == "trace" && is_one_of(trace_commands, words[1])) {
    throw UsageError("trace " + words[1] + ": this version of farlink does not have this command; it has trace info");
  }
}

}  // namespace farlink::cli
