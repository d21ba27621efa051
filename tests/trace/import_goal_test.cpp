// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_goal.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/summary.hpp"
#include "tests/trace/evaluator.hpp"
#include "tests/trace/text_importer.hpp"

using namespace farlink;
using namespace farlink::trace;
using Catch::Matchers::Contains;
using units::Bytes;
using units::Duration;

namespace {

const trace_test::TextImporter importer{import_goal_text, "job.goal"};
Graph read(const std::string& text, const ImportOptions& options = {}) { return importer.read(text, options); }
std::string refusal(const std::string& text, const ImportOptions& options = {}) {
  return importer.refusal(text, options);
}

const std::string two = "num_ranks 2\nrank 0 {\n}\nrank 1 {\n}\n";

std::string in_rank_0(const std::string& statements) { return "num_ranks 1\nrank 0 {\n" + statements + "\n}\n"; }

}  // namespace

TEST_CASE("a GOAL schedule: messages, times, what waits for what") {
  const Graph graph = read(
      "/* two ranks\n and a comment */ num_ranks 2\n\nrank 0 {\n"
      "a: calc 1500 // before\nb: send 4096b to 1 tag 7\nb requires a\ncalc 20 cpu 1\n}\n"
      "rank 1 {\nr: recv 4096b from 0 tag 7 cpu 0 nic 3\nlast: calc 500\nlast requires r\n}\n");
  REQUIRE(graph.ranks.size() == 2);
  const auto& nodes = graph.ranks[0].nodes;
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].duration == Duration::nanoseconds(1500));
  CHECK(nodes[0].record == 5);
  CHECK_FALSE(nodes[0].on_host);
  CHECK(nodes[1].kind == NodeKind::send);
  CHECK(nodes[1].bytes == Bytes{4096});
  CHECK(nodes[1].tag == 7);
  CHECK(graph.ranks[0].dependencies_of(nodes[1])[0] == 0);
  CHECK(nodes[2].on_host);
  CHECK(graph.notes.size() == 2);
  CHECK(trace_test::Evaluator(graph, Duration::zero()).step_time() == Duration::nanoseconds(2000));
}

TEST_CASE("what may start with a message waits for what the message waits for") {
  const Graph graph = read(
      "num_ranks 2\nrank 0 {\na: calc 10\ns: send 1b to 1\ns requires a\nc: calc 5 cpu 1\n"
      "c irequires s\n}\nrank 1 {\nrecv 1b from 0\n}\n");
  const auto& last = graph.ranks[0].nodes[2];
  REQUIRE(last.dependency_count == 1);
  CHECK(graph.ranks[0].dependencies_of(last)[0] == 0);
  CHECK_THAT(refusal(in_rank_0("a: calc 1\nb: calc 1\nb irequires a")), Contains("line 5: irequires on a calc"));
}

TEST_CASE("an operation may wait for one that stands behind it") {
  const Graph graph = read(in_rank_0("a: calc 1\nb: calc 2\na requires b"));
  CHECK(graph.ranks[0].nodes[0].record == 4);
  CHECK(graph.ranks[0].nodes[1].record == 3);
  CHECK_THAT(refusal(in_rank_0("a: calc 1\nb: calc 2\na requires b\nb requires a")), Contains("cycle"));
}

TEST_CASE("GOAL schedules that are refused say where and why") {
  CHECK_THAT(refusal("rank 0 {\n}\n"), Contains("job.goal: line 1: num_ranks comes first"));
  CHECK_THAT(refusal("num_ranks 2\nrank 1 {\n}\n"), Contains("line 2: rank 1 where 0 comes next"));
  CHECK_THAT(refusal("num_ranks 3\nrank 0 {\n}\n"), Contains("num_ranks is 3, and there are 1"));
  CHECK_THAT(refusal("num_ranks 1\nrank 0 {\ncalc 1\n"), Contains("'}' is missing"));
  CHECK_THAT(refusal("num_ranks x\n"), Contains("'x' is no number of ranks"));
  CHECK_THAT(refusal("num_ranks 99999999999\n"), Contains("from 0 to 16777216"));
  CHECK_THAT(refusal(in_rank_0("a: calc 1\na: calc 2")), Contains("a label 'a' already"));
  CHECK_THAT(refusal(in_rank_0("a: calc 1\na requires b")), Contains("'b' is no label of this rank"));
  CHECK_THAT(refusal(in_rank_0("recv 1b from -1")), Contains("a receive from any rank"));
  CHECK_THAT(refusal(in_rank_0("recv 1b from 0 tag -1")), Contains("a receive of any tag"));
  CHECK_THAT(refusal(in_rank_0("send 1 to 0")), Contains("'send SIZEb to RANK'"));
  CHECK_THAT(refusal(in_rank_0("calc 1 cpu 2")), Contains("a rank has two"));
  CHECK_THAT(refusal(in_rank_0("calc 1 tag 2")), Contains("'tag' is none of"));
  CHECK_THAT(refusal(in_rank_0("calc 1 cpu")), Contains("'cpu' has no value"));
  CHECK_THAT(refusal(in_rank_0("jump 1")), Contains("neither send, recv, calc"));
  CHECK_THAT(refusal("num_ranks 2\nrank 0 {\nsend 1b to 1\n}\nrank 1 {\n}\n"), Contains("rank"));
  CHECK(refusal(two).empty());
  // A chain of starts, each with all that those before it wait for, and one more.
  std::string chain = "x: send 1b to 1\n";
  for (int i = 0; i < 2'000; ++i) {
    const std::string n = std::to_string(i);
    chain += "c" + n + ": calc 1\ns" + n + ": send 1b to 1\ns" + n + " requires c" + n + "\n";
    if (i > 0) chain += "s" + n + " irequires s" + std::to_string(i - 1) + "\n";
  }
  ImportOptions tight;
  tight.memory_limit = Bytes::mebi(4);
  CHECK_THROWS_WITH(read("num_ranks 2\nrank 0 {\n" + chain + "}\nrank 1 {\n}\n", tight), Contains("too many to keep"));
  ImportOptions small;
  small.memory_limit = Bytes{300};
  CHECK_THROWS_WITH(read(in_rank_0("calc 1\ncalc 1"), small), Contains("larger than its limit"));
}

// A tree of sends: rank r is reached over as many messages as it has one bits, and each of the 31 but the first gets
// one.
TEST_CASE("a published binary tree of 32 ranks") {
  const std::filesystem::path sample = "../shared/traces/goal/binary_tree_32.goal";
  if (!std::filesystem::exists(sample)) {
    WARN("no sample schedule: skipped");
    return;
  }
  const Graph graph = import_trace(sample);
  std::ifstream stream{sample};
  std::stringstream text;
  text << stream.rdbuf();
  std::size_t sends = 0, requirements = 0;
  for (std::string word; text >> word;) {
    sends += word == "send" ? 1U : 0U;
    requirements += word == "requires" ? 1U : 0U;
  }
  std::size_t edges = 0;
  for (std::size_t rank = 0; rank < graph.ranks.size(); ++rank) edges += graph.ranks[rank].dependencies.size();
  const Summary summary = summarize(graph);
  CHECK(summary.ranks == 32);
  CHECK(summary.nodes_of(NodeKind::send) == sends);
  CHECK(summary.nodes_of(NodeKind::send) == 31);
  CHECK(summary.nodes_of(NodeKind::receive) == 31);
  CHECK(summary.sent_bytes == Bytes{31});
  CHECK(edges == requirements);
}
