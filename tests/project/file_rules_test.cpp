// SPDX-License-Identifier: Apache-2.0
#include "tests/project/file_rules.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/project/fixture_tree.hpp"

namespace farlink::project {
namespace {

const std::string licence = "SPDX-License-Identifier: Apache-2.0\n";

std::vector<std::string> files_of(const std::vector<Breach>& breaches) {
  std::vector<std::string> files;
  for (const Breach& breach : breaches) files.push_back(breach.file);
  return files;
}

}  // namespace

TEST_CASE("a missing licence line is found") {
  const auto breaches = licence_breaches(fixture_tree({{"a.cpp", "// " + licence},
                                                       {"b.cpp", "#pragma once\n// " + licence},
                                                       {"c/CMakeLists.txt", "# " + licence},
                                                       {"c/d.cmake", ""},
                                                       {"e", "#!/bin/sh\n# " + licence},
                                                       {"f", "#!/bin/sh\necho\n"},
                                                       {"g.yaml", "farlink: 1\n"},
                                                       {"h.proto", "// SPDX-License-Identifier: MIT\n"},
                                                       {"i.md", "# no code\n"}}));
  CHECK(files_of(breaches) == std::vector<std::string>{"b.cpp", "c/d.cmake", "f", "g.yaml", "h.proto"});
}

TEST_CASE("the limit of a file's length is exact") {
  std::string lines;
  for (std::size_t i = 0; i < longest_file; ++i) lines += "x\n";
  const auto breaches =
      length_breaches(fixture_tree({{"a.cpp", lines}, {"b.cpp", lines + "x\n"}, {"c.md", lines + "x\n"}}));
  REQUIRE(breaches.size() == 1);
  CHECK(breaches[0] == Breach{"b.cpp", longest_file + 1, "is longer than 400 lines"});
}

TEST_CASE("registries and paths of one machine are found") {
  const std::string home = std::string("/ho") + "me/someone/x";
  const auto breaches =
      machine_breaches(fixture_tree({{"a.md", "fine\nsee " + home + "\n"},
                                     {"b.json", "\"https://registry.npm" + std::string("js.org/p\"\n")},
                                     {"c.cpp", "\"tests" + home + "\"\n"}}));
  REQUIRE(breaches.size() == 2);
  CHECK(breaches[0].file == "a.md");
  CHECK(breaches[0].line == 2);
  CHECK(breaches[1].file == "b.json");
}

TEST_CASE("links of a page that lead nowhere are found") {
  const auto breaches = link_breaches(fixture_tree(
      {{"README.md",
        "[a](docs/a.md) [b](docs/b.md#part) [c](https://example.org/x) [d](docs/)\n```\n[e](nowhere)\n```\n"},
       {"docs/a.md", "[up](../README.md) [same](#here)\n"}}));
  REQUIRE(breaches.size() == 1);
  CHECK(breaches[0] == Breach{"README.md", 1, "links to nothing: docs/b.md"});
}

TEST_CASE("a header that does not stand alone is found") {
  const auto root = std::filesystem::temp_directory_path() / ("farlink-headers-" + std::to_string(std::rand()));
  std::filesystem::create_directories(root / "part");
  const auto write = [&](const char* name, const char* text) { std::ofstream(root / "part" / name) << text; };
  const std::string command = "tests/project/headers_alone " FARLINK_COMPILER " " + root.string() + " part >" +
                              (root / "log").string() + " 2>&1";
  write("good.hpp", "#pragma once\n#include <vector>\nstd::vector<int> f();\n");
  CHECK(std::system(command.c_str()) == 0);
  write("bad.hpp", "#pragma once\nstd::vector<int> f();\n");
  CHECK(std::system(command.c_str()) != 0);
  std::filesystem::remove_all(root);
}

TEST_CASE("the project's files keep the rules") {
  const auto files = read_tree(".");
  REQUIRE(files.size() > 50);
  INFO(to_text(licence_breaches(files)) << to_text(length_breaches(files)) << to_text(machine_breaches(files))
                                        << to_text(link_breaches(files)));
  CHECK(licence_breaches(files).empty());
  CHECK(length_breaches(files).empty());
  CHECK(machine_breaches(files).empty());
  CHECK(link_breaches(files).empty());
}

TEST_CASE("the top of the repository holds what it should and nothing else") {
  const std::vector<std::string> allowed{"CMakeLists.txt", "CMakePresets.json", "README.md", "CHANGELOG.md", "LICENSE"};
  const std::vector<std::string> folders{"dataplane", "control", "scenarios", "tools",
                                         "tests",     "docs",    "build",     "farlink-out"};
  for (const auto& entry : std::filesystem::directory_iterator(".")) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".")) continue;
    const auto& known = entry.is_directory() ? folders : allowed;
    INFO(name);
    CHECK(std::find(known.begin(), known.end(), name) != known.end());
  }
}

}  // namespace farlink::project
