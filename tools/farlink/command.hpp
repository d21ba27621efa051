// SPDX-License-Identifier: Apache-2.0
// The commands. Each add_ function gives the command line its options and, when the user names the command, leaves in
// `chosen` what main is to do. Commands throw; main reports.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

#include "tools/farlink/exit_code.hpp"

namespace farlink::cli {

using Command = std::function<ExitCode()>;

void add_capture_command(CLI::App& app, Command& chosen);
void add_doctor_command(CLI::App& app, Command& chosen);
void add_link_command(CLI::App& app, Command& chosen);
void add_plan_command(CLI::App& app, Command& chosen);
void add_report_command(CLI::App& app, Command& chosen);
void add_run_command(CLI::App& app, Command& chosen);
void add_schema_command(CLI::App& app, Command& chosen);
void add_sweep_command(CLI::App& app, Command& chosen);
void add_trace_command(CLI::App& app, Command& chosen);
void add_up_command(CLI::App& app, Command& chosen);

}  // namespace farlink::cli
