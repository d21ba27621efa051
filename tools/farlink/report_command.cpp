// SPDX-License-Identifier: Apache-2.0
// farlink report: what a sweep found out, for spreadsheets, scripts and documents.
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>

#include "control/report/write_file.hpp"
#include "control/sweep/table.hpp"
#include "tools/farlink/command.hpp"
#include "tools/farlink/usage_error.hpp"

namespace farlink::cli {
namespace {

struct ReportOptions {
  std::filesystem::path database;
  std::string csv, json, markdown;  // a file, "-": standard output, "": none
  bool is_deterministic = false;
};

void put(const std::string& where, const std::string& text) {
  if (where == "-")
    std::fwrite(text.data(), 1, text.size(), stdout);
  else if (!where.empty())
    report::write_file(where, text);
}

ExitCode run(const ReportOptions& options) {
  const int to_screen = (options.csv == "-") + (options.json == "-") + (options.markdown == "-");
  if (to_screen > 1) throw UsageError("only one of --csv, --json and --markdown can go to standard output");
  if (!std::filesystem::exists(options.database))
    throw UsageError(options.database.string() + ": there is no such file; farlink sweep makes one");
  sweep::Store store{options.database, sweep::Store::Access::read};
  const sweep::SweepHead head = store.head();
  const std::vector<sweep::Store::Found> runs = store.all();
  const bool is_for_screen = options.csv.empty() && options.json.empty() && options.markdown.empty();
  put(options.csv, sweep::to_csv(head, runs, options.is_deterministic));
  put(options.json, json::to_text(sweep::to_json(head, runs, options.is_deterministic)));
  put(is_for_screen ? "-" : options.markdown, sweep::to_markdown(head, runs));
  return ExitCode::met;
}

}  // namespace

void add_report_command(CLI::App& app, Command& chosen) {
  CLI::App* command = app.add_subcommand("report", "What a sweep found out, as a table");
  auto options = std::make_shared<ReportOptions>();
  command->add_option("DB", options->database, "the results of farlink sweep")->required();
  command->add_option("--csv", options->csv, "a line for each run; - is standard output")->type_name("FILE");
  command->add_option("--json", options->json, "the same for scripts; - is standard output")->type_name("FILE");
  command
      ->add_option(
          "--markdown", options->markdown,
          "a line for each point, means over seeds; - is standard output, where it goes when nothing is asked for")
      ->type_name("FILE");
  command->add_flag("--deterministic", options->is_deterministic,
                    "leave out version, wall time, when and where: equal sweeps, equal bytes");
  command->footer(
      "examples:\n"
      "  farlink report results.db\n"
      "  farlink report results.db --csv results.csv --json - --deterministic");
  command->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
}

}  // namespace farlink::cli
