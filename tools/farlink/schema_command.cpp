// SPDX-License-Identifier: Apache-2.0
#include <cstdio>
#include <memory>

#include "control/json/json.hpp"
#include "control/report/to_json.hpp"
#include "control/scenario/schema.hpp"
#include "tools/farlink/command.hpp"

namespace farlink::cli {

void add_schema_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("schema", "Print the JSON Schema of scenarios, for editors and checks");
  auto is_result = std::make_shared<bool>(false);
  command->add_flag("--result", *is_result, "the schema of result.json instead");
  command->callback([&chosen, is_result] {
    chosen = [is_result] {
      std::fputs(json::to_text(*is_result ? report::result_schema() : scenario::schema()).c_str(), stdout);
      return ExitCode::met;
    };
  });
}

}  // namespace farlink::cli
