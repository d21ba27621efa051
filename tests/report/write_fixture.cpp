// SPDX-License-Identifier: Apache-2.0
// Usage: write_report_fixture FOLDER. Writes one report per fixture into it.
#include <filesystem>
#include <iostream>

#include "control/report/to_html.hpp"
#include "control/report/write_file.hpp"
#include "tests/report/fixture.hpp"

int main(int count, char** arguments) {
  if (count != 2) {
    std::cerr << "usage: write_report_fixture FOLDER\n";
    return 2;
  }
  using namespace farlink;
  const std::filesystem::path folder{arguments[1]};
  report::write_file(folder / "training.html", report::to_html(test::training_result()));
  report::Result hours = test::training_result();
  hours.goodput = test::day_of_training();
  report::write_file(folder / "hours.html", report::to_html(hours));
  report::write_file(folder / "lab.html", report::to_html(test::lab_result()));
  report::write_file(folder / "eventful.html", report::to_html(test::eventful_result()));
  report::write_file(folder / "hostile.html", report::to_html(test::hostile_result()));
  report::write_file(folder / "invalid.html", report::to_html(test::invalid_result()));
  report::write_file(folder / "empty.html", report::to_html(report::Result{}));
  return 0;
}
