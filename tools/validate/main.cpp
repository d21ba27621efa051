// SPDX-License-Identifier: Apache-2.0
// farlink-validate: holds the model against its oracles, prints the rows, writes docs/validation.md.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <exception>

#include "control/report/write_file.hpp"
#include "tools/validate/text.hpp"

namespace farlink::validate {
namespace {

constexpr int all_pass = 0, some_fail = 1, input_error = 2;

std::string known_ids() {
  std::string ids;
  for (const Oracle& oracle : oracles()) ids += (ids.empty() ? "" : ", ") + oracle.id;
  return ids;
}

int run(int argc, char** argv) {
  CLI::App app{
      "Holds the model against captures, measurements and closed forms.\nexit status: 0 all pass, 1 some fail, 2 usage "
      "or "
      "input error"};
  bool as_json = false;
  std::string markdown = "docs/validation.md";
  std::vector<std::string> chosen;
  Settings settings;
  app.add_flag("--json", as_json, "rows as JSON on standard output instead of a table");
  app.add_option("--markdown", markdown, "where the report goes; with --oracle only when given")->capture_default_str();
  app.add_option("--oracle", chosen, "run this one only (repeatable): " + known_ids());
  app.add_option("--bench", settings.bench, "scenario that the flow oracles turn")->capture_default_str();
  app.add_option("--most-frames", settings.most_frames, "leave out rows that need more frames; 0: none")
      ->capture_default_str();
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? all_pass : input_error;
  }
  for (const std::string& id : chosen) {
    const auto all = oracles();
    if (std::any_of(all.begin(), all.end(), [&](const Oracle& oracle) { return oracle.id == id; })) continue;
    std::fprintf(stderr, "farlink-validate: --oracle: no oracle '%s'; it is one of %s\n", id.c_str(),
                 known_ids().c_str());
    return input_error;
  }
  std::vector<Row> rows;
  for (const Oracle& oracle : oracles()) {
    if (!chosen.empty() && std::find(chosen.begin(), chosen.end(), oracle.id) == chosen.end()) continue;
    std::fprintf(stderr, "farlink-validate: %s %s\n", oracle.id.c_str(), oracle.title.c_str());
    for (Row& row : oracle.run(settings)) rows.push_back(std::move(row));
  }
  std::fputs(as_json ? json::to_text(to_json(rows)).c_str() : to_table(rows).c_str(), stdout);
  // A part of the oracles must not replace the report on all of them by accident.
  if (chosen.empty() || app.count("--markdown") > 0) report::write_file(markdown, to_markdown(rows));
  return std::all_of(rows.begin(), rows.end(), [](const Row& row) { return row.passes(); }) ? all_pass : some_fail;
}

}  // namespace
}  // namespace farlink::validate

int main(int argc, char** argv) {
  try {
    return farlink::validate::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "farlink-validate: %s\n", error.what());
    return 2;
  }
}
