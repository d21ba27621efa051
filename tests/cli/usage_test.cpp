// SPDX-License-Identifier: Apache-2.0
// The command line itself: help, version, and one line for whatever cannot be followed.
#include <algorithm>
#include <catch2/catch.hpp>

#include "control/json/json.hpp"
#include "tests/cli/process.hpp"

namespace farlink::cli_test {
namespace {

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
auto lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace

TEST_CASE("help goes to standard output and is no error") {
  const Folder folder;
  const Outcome outcome = run_farlink(folder.path(), {"--help"});
  CHECK(outcome.status == 0);
  CHECK(outcome.err.empty());
  for (const char* part : {"run", "schema", "trace", "--log-level", "examples:", "exit status"})
    CHECK(contains(outcome.out, part));
  const Outcome run = run_farlink(folder.path(), {"run", "--help"});
  CHECK(run.status == 0);
  for (const char* part :
       {"--set", "--json", "--attribution", "--deterministic", "--jobs", "--live", "--no-report", "examples:"}) {
    CHECK(contains(run.out, part));
  }
}

TEST_CASE("the version is that of the project") {
  const Folder folder;
  const Outcome outcome = run_farlink(folder.path(), {"--version"});
  CHECK(outcome.status == 0);
  CHECK(outcome.out == "farlink " FARLINK_VERSION "\n");
}

TEST_CASE("what cannot be followed ends with 2 and one line") {
  struct Row {
    std::vector<std::string> arguments;
    std::string expected;
  };
  const std::vector<Row> rows{
      {{}, "no command"},
      {{"fly"}, "fly"},
      {{"run"}, "SCENARIO"},
      {{"run", "a.yaml", "--fast"}, "--fast"},
      {{"run", "a.yaml", "--attribution", "some"}, "--attribution"},
      {{"run", "a.yaml", "--jobs", "0"}, "--jobs"},
      {{"run", "a.yaml", "--log-level", "loud"}, "--log-level"},
      {{"run", "a.yaml"}, "a.yaml"},
      {{"run", "a.yaml", "--live", "--deterministic"}, "--deterministic"},
      {{"trace"}, "no command"},
      {{"trace", "info", "nowhere"}, "nowhere"},
      {{"trace", "import", "nowhere"}, "--output is required"},
      {{"trace", "import", "nowhere", "-o", "x"}, "nowhere"},
      {{"trace", "generate", "nowhere.yaml"}, "nowhere.yaml"},
      {{"--log-level", "info", "agent", "a"}, "agent"},
      {{"sweep", "nowhere.yaml"}, "nowhere.yaml"},
      {{"report", "nowhere.db"}, "nowhere.db"},
  };
  for (const Row& row : rows) {
    const Folder folder;
    const Outcome outcome = run_farlink(folder.path(), row.arguments);
    INFO(row.expected << ": " << outcome.err);
    CHECK(outcome.status == 2);
    CHECK(outcome.out.empty());
    CHECK(lines_in(outcome.err) == 1);
    CHECK(contains(outcome.err, row.expected));
    CHECK(folder.files().empty());
  }
}

TEST_CASE("commands of later versions are refused by name, whatever follows them") {
  const Folder folder;
  for (const std::string name : {"agent", "replay", "interop"}) {
    for (const std::vector<std::string>& rest : {std::vector<std::string>{}, {"lab.yaml", "--json", "x"}, {"--help"}}) {
      std::vector<std::string> arguments{name};
      arguments.insert(arguments.end(), rest.begin(), rest.end());
      const Outcome outcome = run_farlink(folder.path(), arguments);
      INFO(name << ": " << outcome.err);
      CHECK(outcome.status == 2);
      CHECK(outcome.out.empty());
      CHECK(lines_in(outcome.err) == 1);
      CHECK(contains(outcome.err, name + ": this version of farlink does not have this command"));
    }
  }
  CHECK(folder.files().empty());
}

TEST_CASE("the schemas are JSON documents") {
  const Folder folder;
  for (const std::vector<std::string>& arguments : {std::vector<std::string>{"schema"}, {"schema", "--result"}}) {
    const Outcome outcome = run_farlink(folder.path(), arguments);
    CHECK(outcome.status == 0);
    CHECK(outcome.err.empty());
    const json::value schema = json::parse(outcome.out);
    CHECK(schema.as_object().contains("$schema"));
    CHECK(schema.as_object().contains("properties"));
  }
}

}  // namespace farlink::cli_test
