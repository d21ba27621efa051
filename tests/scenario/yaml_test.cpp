// SPDX-License-Identifier: Apache-2.0
// The YAML tree: positions, order, aliases, bounds and refusals.
#include <catch2/catch.hpp>
#include <string>

#include "control/yaml/parse.hpp"

namespace yaml = farlink::yaml;

namespace {

std::string refusal(const std::string& text, const yaml::Limits& limits = {}) {
  try {
    yaml::parse(text, "y.yaml", limits);
    return {};
  } catch (const yaml::Error& error) {
    return error.what();
  }
}

}  // namespace

TEST_CASE("nodes know where they stand, keys keep their order") {
  const yaml::Node root = yaml::parse("b: 1\na:\n  - x\n  - {c: 'two words'}\n", "y.yaml");
  REQUIRE(root.kind == yaml::Kind::map);
  REQUIRE(root.entries.size() == 2);
  CHECK(root.entries[0].key == "b");
  CHECK(root.entries[1].key == "a");
  CHECK(root.entries[1].position.line == 2);
  const yaml::Node& list = *root.find("a");
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[0].scalar == "x");
  CHECK(list.items[0].position.line == 3);
  CHECK(list.items[0].position.column == 5);
  const yaml::Node& c = *list.items[1].find("c");
  CHECK(c.scalar == "two words");
  CHECK(yaml::to_text(c.position) == "y.yaml:4");
  CHECK(c.position.column == 9);
}

TEST_CASE("an empty text is a null node") {
  CHECK(yaml::parse("", "y.yaml").kind == yaml::Kind::null);
  CHECK(yaml::parse("# only a comment\n", "y.yaml").kind == yaml::Kind::null);
}

TEST_CASE("an alias is a copy of what its anchor named") {
  const yaml::Node root = yaml::parse("a: &x {k: 1}\nb: *x\n", "y.yaml");
  CHECK(root.find("b")->find("k")->scalar == "1");
}

TEST_CASE("refusals name the line") {
  CHECK(refusal("a: 1\nb: 2\na: 3\n") == "y.yaml:3: 'a' is given twice; first on line 1");
  CHECK(refusal("a: {b: 1, b: 2}\n") == "y.yaml:1: 'b' is given twice; first on line 1");
  CHECK(refusal("a: &x {k: 1}\nb: {<<: *x}\n") == "y.yaml:2: merge keys (<<) are not supported; write the keys out");
  CHECK(refusal("? [1, 2]\n: 3\n") == "y.yaml:1: a key must be a word");
  CHECK(refusal("a: !!int 3\n") ==
        "y.yaml:1: the tag 'tag:yaml.org,2002:int' is not allowed; write the value without one");
  CHECK(refusal("a: &x [*x]\n") == "y.yaml:1: the alias stands inside the value that it names");
  CHECK(refusal("a: 1\n---\nb: 2\n") == "y.yaml:3: only one YAML document per file");
  CHECK(refusal("a: [1, 2\n").rfind("y.yaml:", 0) == 0);
  CHECK(refusal(std::string("a: \0", 4)) == "y.yaml:1: this is not a text file");
}

TEST_CASE("bounds hold, also for what aliases expand to") {
  CHECK(refusal(std::string(40, '[') + std::string(40, ']')) == "y.yaml:1: nested too deeply; at most 32 levels");
  CHECK(refusal(std::string(32, '[') + std::string(32, ']')).empty());
  CHECK(refusal("a: [1, 2]", {.nodes = 5}).empty());  // map, key, list, two items
  CHECK(refusal("a: [1, 2]", {.nodes = 4}).rfind("y.yaml:1: the document is too large; at most 4 values", 0) == 0);
  CHECK(refusal("a: 1", {.bytes = 3}) == "y.yaml: the file is too large; at most 3 bytes");
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 9; ++i) {
    const std::string last = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [";
    for (int k = 0; k < 10; ++k) bomb += (k == 0 ? "" : ", ") + last;
    bomb += "]\n";
  }
  CHECK(refusal(bomb).rfind("y.yaml:5: the document is too large; at most 20000 values", 0) == 0);
}

TEST_CASE("set keeps the place of a key and makes maps") {
  yaml::Node root = yaml::parse("a: 1\nb: 2\n", "y.yaml");
  const yaml::Position here{std::make_shared<const std::string>("--set a.c"), 0, 0};
  root.find("a")->set("c", here, yaml::make_scalar("3", here));
  CHECK(root.entries[0].key == "a");
  CHECK(root.find("a")->find("c")->scalar == "3");
  CHECK(yaml::to_text(root.find("a")->position) == "--set a.c");
  root.remove("b");
  CHECK(root.entries.size() == 1);
}
