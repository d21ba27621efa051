// SPDX-License-Identifier: Apache-2.0
// A run that is told to stop, and a short one that is not: what ThreadSanitizer is to see of the whole program.
#include <catch2/catch.hpp>
#include <signal.h>

#include "tests/cli/process.hpp"

namespace farlink::cli_test {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("Ctrl-C ends with 130 and leaves no file") {
  for (const int number : {SIGINT, SIGTERM}) {
    const Folder folder;
    bool is_sent = false;
    const Outcome outcome = run_farlink(folder.path(),
                                        {"run", repository_file("scenarios/quick-80km.yaml").string(), "--set",
                                         "run.steps=1000000", "--log-level", "info", "--json", "r.json"},
                                        [&](const std::string& err, int process) {
                                          if (is_sent || !contains(err, "running quick-80km")) return;
                                          is_sent = ::kill(process, number) == 0;
                                        });
    INFO(outcome.err);
    CHECK(is_sent);
    CHECK(outcome.status == 130);
    CHECK(contains(outcome.err, "interrupted"));
    CHECK(outcome.out.empty());
    CHECK(folder.files().empty());
  }
}

TEST_CASE("a run that nobody stops ends with 0") {
  const Folder folder;
  const Outcome outcome =
      run_farlink(folder.path(), {"run", repository_file("scenarios/quick-80km.yaml").string(), "--set",
                                  "workload.model.global-batch=4", "--set", "expect.efficiency=>= 50%"});
  INFO(outcome.err);
  CHECK(outcome.status == 0);
  CHECK(folder.files().size() == 2);
}

}  // namespace farlink::cli_test
