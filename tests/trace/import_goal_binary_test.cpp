// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_goal_binary.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "control/trace/import.hpp"
#include "control/trace/import_goal.hpp"
#include "tests/trace/goal_binary.hpp"
#include "tests/trace/same_graphs.hpp"
#include "tests/trace/text_importer.hpp"

using namespace farlink;
using namespace farlink::trace;
using Catch::Matchers::Contains;
using trace_test::check_same_graphs;
using trace_test::goal_binary;
using trace_test::goal_file;
using trace_test::goal_region;
using trace_test::GoalOperation;
using trace_test::GoalOperations;
using trace_test::little_endian;

namespace {

const trace_test::TextImporter importer{import_goal_binary, "job.bin"};
const trace_test::TextImporter text_importer{import_goal_text, "job.goal"};

std::string refusal(const std::string& bytes, const ImportOptions& options = {}) {
  return importer.refusal(bytes, options);
}
std::string refusal_of(const GoalOperations& operations) { return refusal(goal_file({goal_region(operations)})); }

// The second waits for the first.
GoalOperations chain() {
  GoalOperations operations(2);
  operations[0].after_end = {1};
  operations[1].waits_for = 1;
  return operations;
}

}  // namespace

TEST_CASE("a binary GOAL schedule is the same job as its text") {
  const std::string text =
      "num_ranks 3\nrank 0 {\na: calc 1500\nb: send 4096b to 1 tag 7\nb requires a\nh: calc 20 cpu 1\n"
      "s: send 9b to 2 nic 1\nh irequires b\ns irequires b\nlast: calc 5\nlast irequires s\nlast requires h\n}\n"
      "rank 1 {\nr: recv 4096b from 0 tag 7 cpu 0 nic 3\nlate: calc 500\nfirst: calc 2\nlate requires r\n"
      "r requires first\n}\nrank 2 {\nrecv 9b from 0\n}\n";
  const Graph graph = importer.read(goal_binary(text));
  check_same_graphs(graph, text_importer.read(text));
  CHECK(graph.source == "job.bin");
  CHECK(graph.ranks[1].nodes[0].record == 2);
  CHECK(graph.ranks[0].nodes[1].tag == 7);
  CHECK(graph.notes.size() == 2);
}

TEST_CASE("starts that follow starts may be said in any order") {
  // d starts with c, which starts with b, which waits for a; d is said first.
  const std::string text =
      "num_ranks 2\nrank 0 {\na: calc 10\nb: send 1b to 1\nc: send 1b to 1\nd: calc 5\nd irequires c\nc irequires b\n"
      "b requires a\n}\nrank 1 {\nrecv 1b from 0\nrecv 1b from 0\n}\n";
  const Graph graph = text_importer.read(text);
  for (std::uint32_t i = 1; i < 4; ++i) {
    REQUIRE(graph.ranks[0].nodes[i].dependency_count == 1);
    CHECK(graph.ranks[0].dependencies_of(graph.ranks[0].nodes[i])[0] == 0);
  }
  check_same_graphs(importer.read(goal_binary(text)), graph);
  CHECK_THAT(text_importer.refusal("num_ranks 2\nrank 0 {\na: send 1b to 1\nb: send 1b to 1\na irequires b\n"
                                   "b irequires a\n}\nrank 1 {\nrecv 1b from 0\nrecv 1b from 0\n}\n"),
             Contains("line 7: irequires form a cycle"));
}

TEST_CASE("binary GOAL schedules that are refused say where and why") {
  CHECK(refusal_of(chain()).empty());
  CHECK_THAT(refusal(goal_file({goal_region(chain())}, 2342)), Contains("job.bin: a simulator has run this schedule"));
  CHECK_THAT(refusal(little_endian(4223, 8)), Contains("ends in the middle"));
  CHECK_THAT(refusal(goal_file({})), Contains("0 ranks"));
  CHECK_THAT(refusal(little_endian(4223, 8) + little_endian(1 << 24, 4)), Contains("ends in the middle"));

  GoalOperations operations = chain();
  operations[1].waits_for = 2;
  CHECK_THAT(refusal_of(operations), Contains("rank 0, operation 1: it waits for 2 others, and 1 are said"));
  operations = chain();
  operations[0].after_end = {2};
  CHECK_THAT(refusal_of(operations), Contains("operation 2 waits for it, and there are 2"));
  operations = chain();
  operations[1].type = 4;
  CHECK_THAT(refusal_of(operations), Contains("operation 1: type 4 is none of"));
  operations = chain();
  operations[1].type = 2;
  operations[1].peer = 0xffff'ffff;
  CHECK_THAT(refusal_of(operations), Contains("a receive from any rank"));
  operations[1].peer = 0;
  operations[1].tag = 0xffff'ffff;
  CHECK_THAT(refusal_of(operations), Contains("a receive of any tag"));
  operations = chain();
  operations[0].cpu = 2;
  CHECK_THAT(refusal_of(operations), Contains("a rank has two"));
  operations = chain();
  operations[0].size = std::uint64_t{1} << 63;
  CHECK_THAT(refusal_of(operations), Contains("operation 0: a calc of 9223372036854775808 ns"));
  operations = chain();
  operations[0].after_start = {1};
  operations[1].waits_for = 2;
  CHECK_THAT(refusal_of(operations), Contains("irequires on a calc"));
  operations = chain();
  operations[1].after_end = {0};
  operations[0].waits_for = 1;
  CHECK_THAT(refusal_of(operations), Contains("cycle"));
}

TEST_CASE("places and counts of a binary GOAL schedule are believed only where they fit") {
  const std::string region = goal_region(chain()), file = goal_file({region, region});
  CHECK(refusal(file).empty());
  const auto with = [&](std::size_t at, std::uint64_t value, unsigned bytes) {
    std::string damaged = file;
    return damaged.replace(at, bytes, little_endian(value, bytes));
  };
  const std::size_t table = 14, first = table + 32;  // where the ranks' places are, and the first rank
  CHECK_THAT(refusal(with(table + 16, 38, 8)), Contains("rank 1: its part of the file is 38 to"));
  CHECK_THAT(refusal(with(table + 8, 0, 8)), Contains("rank 0: its part of the file is 38 to 0"));
  CHECK_THAT(refusal(with(table + 24, ~std::uint64_t{0}, 8)), Contains("rank 1"));
  CHECK_THAT(refusal(with(first, 0xffff'ffff, 4)), Contains("4294967295 operations, 1 of them first, do not fit"));
  CHECK_THAT(refusal(with(first + 4, 0xffff'ffff, 4)), Contains("do not fit its part"));
  CHECK_THAT(refusal(with(first + 8, 1, 4)), Contains("operation 1 is said to be one of the first, and is none"));
  CHECK_THAT(refusal(with(first + 12 + 27, 5, 4)), Contains("what waits for it stands at 5 to 6 of a list of 1"));
  CHECK_THAT(refusal(with(first + 12 + 23, 0xffff'ffff, 4)),
             Contains("rank 0: its operations have 4294967295 that wait for them, and the list of those is of 1"));
  // The list of 0 is that of 1, too.
  GoalOperations three = chain();
  three.emplace_back().waits_for = 1;
  three[1].after_end = {2};
  std::string damaged = goal_file({goal_region(three)});
  damaged.replace(14 + 16 + 12 + 39 + 27, 4, little_endian(0, 4));
  CHECK_THAT(refusal(damaged), Contains("operation 1: what waits for it is said of another operation, too"));
  CHECK_THAT(refusal(file + "x"), Contains("something behind the last rank"));
  for (std::size_t length = 0; length < file.size(); ++length) CHECK_FALSE(refusal(file.substr(0, length)).empty());

  // A rank of 2^26 operations that are not there takes no memory.
  std::string announced = little_endian(1 << 26, 4) + little_endian(0, 4);
  announced = little_endian(4223, 8) + little_endian(1, 4) + little_endian(0, 2) + little_endian(22, 8) +
              little_endian(22 + 8 + (std::uint64_t{39} << 26), 8) + announced;
  CHECK_THAT(refusal(announced), Contains("rank 0, operation 0: the file ends in the middle"));
  ImportOptions small;
  small.memory_limit = units::Bytes{300};
  CHECK_THAT(refusal(file, small), Contains("larger than its limit"));
}

TEST_CASE("the published binary tree, made binary") {
  const std::filesystem::path sample = "../shared/traces/goal/binary_tree_32.goal";
  if (!std::filesystem::exists(sample)) {
    WARN("no sample schedule: skipped");
    return;
  }
  std::ifstream stream{sample};
  std::stringstream text;
  text << stream.rdbuf();
  const std::filesystem::path made = std::filesystem::temp_directory_path() / "farlink_binary_tree_32.bin";
  std::ofstream{made, std::ios::binary} << goal_binary(text.str());
  CHECK(recognise(made).name == "binary GOAL schedule");
  check_same_graphs(import_trace(made), import_trace(sample));
  std::filesystem::remove(made);
}
