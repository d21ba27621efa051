// SPDX-License-Identifier: Apache-2.0
// farlink: the command line. Standard output carries results, standard error messages; every error ends here.
#include <cstdio>
#include <exception>
#include <new>
#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>
#include <string>

#include "control/fabric/fabric.hpp"
#include "tools/farlink/command.hpp"
#include "tools/farlink/later_commands.hpp"
#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {
namespace {

constexpr const char* examples =
    "examples:\n"
    "  farlink run scenarios/quick-80km.yaml\n"
    "  farlink run scenarios/field/unicom-lingang-300km.yaml --set links.west-east.loss=10ppm --json result.json\n"
    "  farlink schema > scenario.schema.json\n"
    "  farlink trace info traces/all_reduce\n"
    "\n"
    "exit status: 0 met, 1 an expectation failed, 2 usage or input error, 3 invalid run, 130 interrupted";

void set_up_log(const std::string& level) {
  auto log = spdlog::stderr_color_mt("farlink");
  log->set_pattern("farlink: %^%l%$: %v");
  log->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(log);
}

// A message of several lines is one line here: scripts and people look for one.
ExitCode refuse(const std::string& message) {
  std::fprintf(stderr, "farlink: %s\n", message.c_str());
  return ExitCode::input_error;
}

ExitCode parse_and_run(int argc, char** argv) {
  CLI::App app{
      "Farlink: how much of the single-site training speed is left across a long-haul link, and what took the rest."};
  app.name("farlink");
  app.footer(examples);
  app.set_version_flag("--version", std::string("farlink ") + FARLINK_VERSION);
  app.fallthrough();
  std::string log_level = "warning";
  app.add_option("--log-level", log_level, "what to say on standard error")
      ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}))
      ->capture_default_str();
  Command chosen;
  add_run_command(app, chosen);
  add_sweep_command(app, chosen);
  add_report_command(app, chosen);
  add_plan_command(app, chosen);
  add_doctor_command(app, chosen);
  add_schema_command(app, chosen);
  add_trace_command(app, chosen);
  add_up_command(app, chosen);
  add_link_command(app, chosen);
  add_capture_command(app, chosen);
  refuse_later_commands({argv, static_cast<std::size_t>(argc)});
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) {  // --help, --version
      app.exit(error);
      return ExitCode::met;
    }
    return refuse(std::string(error.what()) + " (see farlink --help)");
  }
  if (!chosen)
    throw UsageError(
        "no command; it is one of run, sweep, report, plan, doctor, up, link, capture, schema, trace (see farlink "
        "--help)");
  set_up_log(log_level);
  return chosen();
}

}  // namespace

ExitCode main(int argc, char** argv) {
  try {
    return parse_and_run(argc, argv);
  } catch (const fabric::Interrupted&) {
    std::fputs("farlink: interrupted, nothing was written\n", stderr);
    return ExitCode::interrupted;
  } catch (const std::bad_alloc&) {
    return refuse("out of memory; a scenario with fewer ranks, micro-batches or queue pairs needs less");
  } catch (const std::exception& error) {
    return refuse(error.what());
  }
}

}  // namespace farlink::cli

int main(int argc, char** argv) {
  const auto code = static_cast<int>(farlink::cli::main(argc, argv));
  // A full disk or a closed pipe shows only now.
  if (std::fflush(stdout) != 0 && code == 0) {
    std::fputs("farlink: standard output cannot be written\n", stderr);
    return static_cast<int>(farlink::cli::ExitCode::input_error);
  }
  return code;
}
