// SPDX-License-Identifier: Apache-2.0
// What the README and the pages under docs tell people to type must exist.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <sstream>

#include "control/scenario/parse.hpp"
#include "tests/project/source_tree.hpp"

namespace farlink::project {
namespace {

namespace fs = std::filesystem;

struct Command {
  std::string file;
  std::size_t line = 0;
  std::vector<std::string> words;
};

// Lines of ```sh blocks, without prompt and comment.
std::vector<Command> commands_in(const std::vector<File>& files) {
  std::vector<Command> commands;
  for (const File& file : files) {
    if (!file.path.ends_with(".md")) continue;
    bool is_shell = false;
    for (std::size_t i = 0; i < file.lines.size(); ++i) {
      const std::string& line = file.lines[i];
      if (line.starts_with("```")) is_shell = line == "```sh";
      if (!is_shell || line.starts_with("```")) continue;
      Command command{.file = file.path, .line = i + 1, .words = {}};
      std::istringstream words(line);
      for (std::string word; words >> word && !word.starts_with("#");) {
        if (word != "$") command.words.push_back(word);
      }
      if (!command.words.empty()) commands.push_back(command);
    }
  }
  return commands;
}

std::string join(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += word + " ";
  return text;
}

bool is_executable(const fs::path& path) {
  return fs::is_regular_file(path) && (fs::status(path).permissions() & fs::perms::owner_exec) != fs::perms::none;
}

}  // namespace

TEST_CASE("every command that the pages show exists") {
  const auto files = read_tree(".");
  const auto commands = commands_in(files);
  CHECK(commands.size() >= 5);
  // Farlink's commands as docs and help spell them.
  const std::set<std::string> subcommands{"run", "schema", "trace",   "doctor", "plan",
                                          "up",  "link",   "capture", "--help", "--version"};
  for (const Command& command : commands) {
    INFO(command.file << ':' << command.line << ": " << join(command.words));
    const std::string& program = command.words.front();
    if (program.starts_with("tools/")) CHECK(is_executable(program));
    if (program.ends_with("/farlink") || program == "farlink") {
      REQUIRE(command.words.size() > 1);
      CHECK(subcommands.contains(command.words[1]));
    }
    for (const std::string& word : command.words) {
      if (word.starts_with("scenarios/")) CHECK(fs::exists(word));
    }
  }
}

TEST_CASE("the README's scenario is one that can be run") {
  const auto files = read_tree(".");
  const auto readme =
      std::find_if(files.begin(), files.end(), [](const File& file) { return file.path == "README.md"; });
  REQUIRE(readme != files.end());
  std::string text;
  bool is_yaml = false;
  for (const std::string& line : readme->lines) {
    if (line.starts_with("```")) {
      is_yaml = line == "```yaml";
    } else if (is_yaml) {
      text += line + "\n";
    }
  }
  const scenario::Scenario scenario = scenario::parse(text, "README.md");
  CHECK(scenario.name == "two-campuses");
  CHECK(scenario.links.size() == 1);
}

TEST_CASE("the README shows the two commands of the first minute") {
  const auto files = read_tree(".");
  std::set<std::string> shown;
  for (const Command& command : commands_in(files)) {
    if (command.file == "README.md") shown.insert(join(command.words));
  }
  CHECK(shown.contains("tools/quickstart "));
  CHECK(shown.contains("build/release/bin/farlink run scenarios/quick-80km.yaml "));
}

}  // namespace farlink::project
