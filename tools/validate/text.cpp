// SPDX-License-Identifier: Apache-2.0
#include "tools/validate/text.hpp"

#include <algorithm>
#include <cstdio>

#include "tools/validate/flows.hpp"

namespace farlink::validate {

namespace {

const char* name(Tolerance kind) {
  switch (kind) {
    case Tolerance::relative:
      return "relative";
    case Tolerance::absolute:
      return "absolute";
    case Tolerance::at_least:
      return "at-least";
    case Tolerance::below:
      return "below";
    case Tolerance::reported:
      return "reported";
  }
  return "";
}

bool is_bound(const Row& row) { return row.kind == Tolerance::at_least || row.kind == Tolerance::below; }

std::string with_unit(double value, const Row& row) {
  return short_number(value) + (row.unit.empty() ? "" : " " + row.unit);
}

std::string expected_text(const Row& row) {
  const char* bound = row.kind == Tolerance::at_least ? ">= " : row.kind == Tolerance::below ? "< " : "";
  return bound + with_unit(row.expected, row);
}

std::string tolerance_text(const Row& row) {
  if (row.kind == Tolerance::relative) return short_number(row.tolerance * 100) + " %";
  if (is_bound(row) || row.kind == Tolerance::reported) return "-";
  return row.tolerance == 0 ? "exact" : with_unit(row.tolerance, row);
}

// How far off, as a share of what is expected; empty where that says nothing.
std::string error_text(const Row& row) {
  if (row.expected == 0 || is_bound(row)) return "-";
  char text[32];
  std::snprintf(text, sizeof text, "%+.2f %%", (row.measured / row.expected - 1) * 100);
  return text;
}

}  // namespace

std::string to_table(std::span<const Row> rows) {
  std::string text;
  for (const Row& row : rows) {
    const std::string label = row.what + " (" + row.parameters + ")";
    char line[512];
    std::snprintf(line, sizeof line, "%-4s %-4s %-104s expected %-14s measured %-14s off %-9s allowed %s\n",
                  row.kind == Tolerance::reported ? "note"
                  : row.passes()                  ? "ok"
                                                  : "FAIL",
                  row.oracle.c_str(), label.c_str(), expected_text(row).c_str(), with_unit(row.measured, row).c_str(),
                  error_text(row).c_str(), tolerance_text(row).c_str());
    text += line;
  }
  const auto failed = std::count_if(rows.begin(), rows.end(), [](const Row& row) { return !row.passes(); });
  return text + std::to_string(rows.size()) + " rows, " + std::to_string(failed) + " failed\n";
}

json::value to_json(std::span<const Row> rows) {
  json::array list;
  bool passed = true;
  for (const Row& row : rows) {
    passed = passed && row.passes();
    list.push_back(json::object{{"oracle", row.oracle},
                                {"what", row.what},
                                {"parameters", row.parameters},
                                {"unit", row.unit},
                                {"expected", row.expected},
                                {"measured", row.measured},
                                {"tolerance", row.tolerance},
                                {"tolerance_kind", name(row.kind)},
                                {"pass", row.passes()}});
  }
  return json::object{{"passed", passed}, {"rows", std::move(list)}};
}

std::string to_markdown(std::span<const Row> rows) {
  std::string text =
      "<!-- SPDX-License-Identifier: Apache-2.0 -->\n# Validation\n\nWritten by `farlink-validate` (release build); do "
      "not edit. "
      "Each row holds the model against a number that it did not\nmake itself: a capture, a measurement on fibre, or a "
      "closed form "
      "of an independent derivation. Flows run the scenario\n`scenarios/lab/one-queue-pair.yaml` over the packet "
      "fabric as `farlink "
      "run` does, with fixed seeds.\n";
  for (const Oracle& oracle : oracles()) {
    std::string table;
    for (const Row& row : rows) {
      if (row.oracle != oracle.id) continue;
      table += "| " + row.what + " | " + row.parameters + " | " + expected_text(row) + " | " +
               with_unit(row.measured, row) + " | " + error_text(row) + " | " + tolerance_text(row) + " | " +
               (row.kind == Tolerance::reported ? "not judged"
                : row.passes()                  ? "yes"
                                                : "**no**") +
               " |\n";
    }
    if (table.empty()) continue;
    text +=
        "\n## " + oracle.id + ": " + oracle.title + "\n\nSource: " + oracle.source +
        ".\n\n| what | parameters | expected | measured | off | allowed | holds |\n|---|---|---|---|---|---|---|\n" +
        table;
  }
  return text;
}

}  // namespace farlink::validate
