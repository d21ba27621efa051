// SPDX-License-Identifier: Apache-2.0
// farlink doctor: what this machine lacks for live use, and the command that mends each.
#include <cstdio>
#include <memory>
#include <string>

#include "control/json/json.hpp"
#include "control/live/doctor.hpp"
#include "control/report/write_file.hpp"
#include "tools/farlink/command.hpp"

namespace farlink::cli {
namespace {

ExitCode doctor(const std::string& json_file) {
  const live::Diagnosis diagnosis = live::examine(live::MachineFiles{}, {.is_built_with_dpdk = FARLINK_HAVE_DPDK != 0});
  std::string text = live::to_text(diagnosis);
  if (!json_file.empty()) {
    const std::string document = json::to_text(live::to_json(diagnosis));
    if (json_file == "-") {
      text = document;
    } else {
      report::write_file(json_file, document);
    }
  }
  std::fwrite(text.data(), 1, text.size(), stdout);
  return diagnosis.is_live_possible() ? ExitCode::met : ExitCode::missed;
}

}  // namespace

void add_doctor_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("doctor", "What this machine lacks for live use, and how to mend it");
  auto json_file = std::make_shared<std::string>();
  command->add_option("--json", *json_file, "write the checks as JSON; - is standard output")->type_name("FILE");
  command->footer(
      "exit status: 0 live use is possible, 1 something necessary is missing\n\n"
      "examples:\n  farlink doctor\n  farlink doctor --json -");
  command->callback([&chosen, json_file] { chosen = [json_file] { return doctor(*json_file); }; });
}

}  // namespace farlink::cli
