// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_param.hpp"

#include <catch2/catch.hpp>

#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/summary.hpp"
#include "control/trace/torch_names.hpp"
#include "tests/trace/bytes_of.hpp"
#include "tests/trace/evaluator.hpp"
#include "tests/trace/trace_files.hpp"

using namespace farlink;
using namespace farlink::trace;
using Catch::Matchers::Contains;
using trace_test::Folder;
using units::Bytes;
using units::Duration;

namespace {

Graph read(const std::vector<std::string>& files, const ImportOptions& options = {}) {
  return import_param(trace_test::bytes_of(files), options);
}
std::string refusal(const std::vector<std::string>& files, const ImportOptions& options = {}) {
  return trace_test::refusal_of([&] { read(files, options); });
}

std::string call(const std::string& name, std::uint64_t in, std::uint64_t out, const std::string& more = "") {
  return R"({"comms": ")" + name + R"(", "in_msg_size": )" + std::to_string(in) + R"(, "out_msg_size": )" +
         std::to_string(out) + R"(, "dtype": "Float")" + more + "}";
}
std::string list(const std::vector<std::string>& entries) {
  std::string text = "[";
  for (const std::string& entry : entries) text += (text.size() > 1 ? ",\n " : "") + entry;
  return text + "]";
}
std::vector<std::string> twice(const std::string& entry) { return {list({entry}), list({entry})}; }

bool waits_for(const Program& rank, std::uint32_t node, std::uint32_t before) {
  const auto after = rank.dependencies_of(rank.nodes[node]);
  return std::find(after.begin(), after.end(), before) != after.end();
}

}  // namespace

TEST_CASE("PARAM calls: sizes are elements of a type") {
  const std::vector<std::string> entries{
      call("all_reduce", 1000, 1000),
      call("all_gather", 10, 20),
      call("reduce_scatter_base", 20, 10),
      call("all_to_all", 8, 8),
      call("scatter", 0, 5),
      call("gather", 5, 0),
      R"({"comms": "barrier", "req": 4})",
      R"({"comms": "all_reduce", "in_msg_size": 3, "out_msg_size": 3, "dtype": "bfloat16"})"};
  const Graph graph = read({list(entries), list(entries)});
  const std::pair<Collective, std::uint64_t> expected[] = {
      {Collective::all_reduce, 4000}, {Collective::all_gather, 40}, {Collective::reduce_scatter, 80},
      {Collective::all_to_all, 32},   {Collective::scatter, 40},    {Collective::gather, 20},
      {Collective::barrier, 0},       {Collective::all_reduce, 6}};
  const auto& nodes = graph.ranks[1].nodes;
  REQUIRE(nodes.size() == std::size(expected));
  for (std::uint32_t i = 0; i < nodes.size(); ++i) {
    CHECK(nodes[i].collective == expected[i].first);
    CHECK(nodes[i].bytes == Bytes{expected[i].second});
    CHECK(nodes[i].record == i);
    if (i > 0) CHECK(waits_for(graph.ranks[1], i, i - 1));
  }
  REQUIRE(graph.notes.size() == 2);
  CHECK_THAT(graph.notes[0], Contains("do nothing but communicate"));
  CHECK_THAT(graph.notes[1], Contains("4 calls do not say their root, which is taken for the first rank"));
}

TEST_CASE("a call with a wait goes on beside what follows, up to it") {
  const std::vector<std::string> entries{
      call("all_reduce", 1, 1, R"(, "req": 5)"), call("all_reduce", 2, 2, R"(, "req": [6, false])"),
      call("all_reduce", 3, 3, R"(, "req": 7)"), R"({"comms": "wait", "req": 5})",
      R"({"comms": "wait", "req": 6})",          call("all_reduce", 4, 4, R"(, "req": 8)"),
      R"({"comms": "wait", "req": 99})"};
  const Graph graph = read({list(entries), list(entries)});
  const Program& rank = graph.ranks[0];
  REQUIRE(rank.nodes.size() == 4);
  CHECK(rank.nodes[1].dependency_count == 0);
  CHECK(rank.nodes[2].dependency_count == 0);
  // The third was not waited for, so the chain goes on when it has ended, the others join it.
  CHECK(rank.nodes[3].dependency_count == 3);
  REQUIRE(graph.notes.size() == 2);
  CHECK_THAT(graph.notes[1], Contains("1 waits") || Contains("2 waits name a request"));
}

TEST_CASE("groups are defined by init; a root stands in front") {
  const std::string init = R"({"comms": "init", "pg_id": 7, "req": -1, "global_ranks": [2, 0], "world_size": 2})";
  const std::string mine = call("all_gather", 4, 8, R"(, "pg_id": 7, "world_size": 2)");
  const std::string all = call("broadcast", 4, 4, R"(, "pg_id": 0, "root": 1, "world_size": 3)");
  const Graph graph = read({list({init, mine, all}), list({init, all}), list({init, mine, all})});
  REQUIRE(graph.groups.size() == 2);
  CHECK(graph.groups[0].name == "7");
  CHECK(graph.groups[0].ranks == std::vector<std::uint32_t>{2, 0});
  CHECK(graph.groups[1].name == "0 from 1");
  CHECK(graph.groups[1].ranks == std::vector<std::uint32_t>{1, 2, 0});
}

TEST_CASE("messages, alone and in batches") {
  const auto message = [](const char* name, int from, int to, const char* more) {
    return call(name, 10, 10,
                R"(, "src_rank": )" + std::to_string(from) + R"(, "dst_rank": )" + std::to_string(to) + more);
  };
  const std::string batch = R"({"comms": "batch_isend_irecv", "req": 3})", wait = R"({"comms": "wait", "req": 3})";
  const Graph graph =
      read({list({message("send", 0, 1, R"(, "use_batch": true)"), message("recv", 1, 0, R"(, "use_batch": true)"),
                  batch, call("all_reduce", 1, 1), wait, call("all_reduce", 1, 1)}),
            list({message("recv", 0, 1, ""), message("send", 1, 0, ""), call("all_reduce", 1, 1),
                  call("all_reduce", 1, 1)})});
  const Program& rank = graph.ranks[0];
  REQUIRE(rank.nodes.size() == 4);
  CHECK(rank.nodes[0].kind == NodeKind::send);
  CHECK(rank.nodes[0].peer == 1);
  CHECK(rank.nodes[0].bytes == Bytes{40});
  CHECK(rank.nodes[2].dependency_count == 0);
  CHECK(waits_for(rank, 3, 0));
  CHECK(waits_for(rank, 3, 1));
  CHECK(waits_for(graph.ranks[1], 1, 0));
}

TEST_CASE("an all-to-all with parts that differ becomes messages, one with equal parts stays") {
  const auto exchange = [](const char* in, const char* out, int elements) {
    return call("all_to_allv", static_cast<std::uint64_t>(elements), 0,
                std::string{R"(, "in_split": )"} + in + R"(, "out_split": )" + out);
  };
  const auto sized = [&](std::string text, int out) {
    const std::string zero = R"("out_msg_size": 0)";
    return text.replace(text.find(zero), zero.size(), R"("out_msg_size": )" + std::to_string(out));
  };
  const std::string even = call("all_to_allv", 6, 6, R"(, "in_split": [2, 2, 2], "out_split": [2, 2, 2])");
  const std::string last = call("all_reduce", 1, 1);
  // Rank 0 sends 1, 2 and 3 elements, rank 1 4 to rank 0 alone, rank 2 equal parts of 5.
  const Graph graph = read({list({even, sized(exchange("[1, 2, 3]", "[1, 4, 5]", 6), 10), last}),
                            list({even, sized(exchange("[4, 0, 0]", "[2, 0, 5]", 4), 7), last}),
                            list({even, sized(exchange("[5, 5, 5]", "[3, 0, 5]", 15), 8), last})});
  const Summary summary = summarize(graph);
  CHECK(summary.nodes_of(NodeKind::send) == 5);
  CHECK(summary.nodes_of(NodeKind::receive) == 5);
  CHECK(summary.sent_bytes == Bytes{4 * (2 + 3 + 4 + 5 + 5)});
  CHECK(summary.nodes_of(NodeKind::collective) == 6);
  const Program& rank = graph.ranks[0];
  REQUIRE(rank.nodes.size() == 6);
  CHECK(rank.nodes[0].bytes == Bytes{24});
  for (std::uint32_t i = 1; i < 5; ++i) {
    CHECK(waits_for(rank, i, 0));
    CHECK(waits_for(rank, 5, i));
    CHECK(rank.nodes[i].tag == std::uint32_t{1} << 31);
  }
  CHECK(rank.nodes[1].peer == 1);
  CHECK(rank.nodes[1].bytes == Bytes{8});
  CHECK(rank.nodes[3].kind == NodeKind::receive);
  CHECK(rank.nodes[3].peer == 2);
  CHECK(rank.nodes[3].bytes == Bytes{20});
  REQUIRE(graph.notes.size() == 2);
  CHECK_THAT(graph.notes[1], Contains("1 all-to-alls have parts that differ"));

  // Rows of 8 elements.
  const std::string rows = call("all_to_allv", 24, 24, R"(, "in_split": [2, 1], "out_split": [2, 1])");
  const std::string other = call("all_to_allv", 24, 24, R"(, "in_split": [1, 2], "out_split": [1, 2])");
  const Graph scaled = read({list({rows}), list({other})});
  CHECK(scaled.ranks[0].nodes.at(0).bytes == Bytes{32});
  CHECK(scaled.notes.size() == 3);
}

TEST_CASE("the host's time from call to call passes beside what was called") {
  const auto at = [](std::uint64_t time, std::uint64_t size) {
    return call("all_reduce", size, size, R"(, "startTime_ns": )" + std::to_string(time));
  };
  const Graph graph = read({list({at(1'000, 8), at(4'000, 8)}), list({at(500, 8), at(2'500, 8)})});
  const Program& rank = graph.ranks[0];
  REQUIRE(rank.nodes.size() == 3);
  CHECK(rank.nodes[1].on_host);
  CHECK(rank.nodes[1].duration == Duration::nanoseconds(3'000));
  CHECK(rank.nodes[1].dependency_count == 0);
  CHECK(waits_for(rank, 2, 0));
  CHECK(waits_for(rank, 2, 1));
  CHECK(trace_test::Evaluator(graph, Duration::zero()).step_time() == Duration::nanoseconds(3'000));
  CHECK_THAT(graph.notes.at(0), Contains("the host's"));
  // One call without a time, and there are none.
  CHECK(
      read({list({at(1'000, 8), call("all_reduce", 8, 8)}), list({at(500, 8), at(2'500, 8)})}).ranks[0].nodes.size() ==
      2);
  CHECK_THAT(refusal({list({at(4'000, 8), at(1'000, 8)}), list({at(500, 8), at(2'500, 8)})}),
             Contains("rank 0: element 0: the call behind it started earlier"));
}

TEST_CASE("entries that compute take no time") {
  const std::vector<std::string> files(
      2, list({R"({"compute": "gemm", "mm_dim": 512, "dtype": "float32"})", call("all_reduce", 8, 8)}));
  const Graph graph = read(files);
  CHECK(graph.ranks[0].nodes.size() == 1);
  CHECK_THAT(graph.notes.at(1), Contains("2 entries say what is computed but not how long"));
}

TEST_CASE("PARAM traces that are refused say where and why") {
  CHECK_THAT(refusal(twice("5")), Contains("element 0: the entry is no JSON object"));
  CHECK_THAT(refusal(twice("{}")), Contains("element 0: an entry has neither comms nor compute"));
  CHECK_THAT(refusal(twice(R"({"comms": "jump"})")), Contains("comms 'jump' is unknown"));
  CHECK_THAT(refusal(twice(R"({"comms": "all_reduce", "in_msg_size": 1})")), Contains("no dtype"));
  CHECK_THAT(refusal(twice(R"({"comms": "all_reduce", "in_msg_size": 1, "dtype": "float"})")),
             Contains("no out_msg_size"));
  CHECK_THAT(refusal(twice(R"({"comms": "all_reduce", "dtype": "quad"})")), Contains("dtype 'quad' is unknown"));
  CHECK_THAT(refusal(twice(call("all_reduce", std::uint64_t{1} << 50, 1))), Contains("in_msg_size is no whole number"));
  CHECK_THAT(refusal(twice(call("all_reduce", 1, 1, R"(, "world_size": 8)"))),
             Contains("world_size is 8, but its group has 2 ranks: a job needs the files of all"));
  CHECK_THAT(refusal(twice(call("all_reduce", 1, 1, R"(, "pg_id": 3)"))), Contains("group 3 is not described"));
  CHECK_THAT(refusal(twice(call("broadcast", 1, 1, R"(, "root": 2)"))), Contains("root 2 is no rank of its group"));
  CHECK_THAT(refusal(twice(R"({"comms": "wait"})")), Contains("a wait without req"));
  CHECK_THAT(refusal(twice(call("send", 1, 1))), Contains("a message without src_rank"));
  CHECK_THAT(refusal(twice(call("send", 1, 1, R"(, "src_rank": 0, "dst_rank": 1)"))),
             Contains("src_rank is 0, but this is the file of rank 1"));
  CHECK_THAT(refusal(twice(call("recv_any_source", 1, 1))), Contains("'recvanysource' is unknown"));
  CHECK_THAT(refusal(twice(call("all_to_allv", 3, 3, R"(, "in_split": [1, 2, 0], "out_split": [3, 0, 0])"))),
             Contains("in_split has 3 parts and out_split 3, but the group has 2 ranks"));
  CHECK_THAT(refusal(twice(call("all_to_allv", 3, 3, R"(, "in_split": [1, 1], "out_split": [1, 2])"))),
             Contains("in_split adds up to 8 bytes, and the message has 12"));
  CHECK_THAT(refusal({list({call("all_reduce", 1, 1)}), list({call("all_reduce", 2, 2)})}), Contains("same sizes"));
  CHECK_THAT(refusal(twice(R"({"comms": "init", "pg_id": 1, "global_ranks": [0, 9]}, )" +
                           call("all_reduce", 1, 1, R"(, "pg_id": 1)"))),
             Contains("its group has rank 9, but the job only 2"));
  CHECK_THAT(refusal({"[" + call("all_reduce", 1, 1)}), Contains("incomplete"));
  CHECK_THAT(refusal({R"({"comms": "all_reduce"})"}), Contains("this is no list of calls"));
  ImportOptions small;
  small.memory_limit = Bytes{500};
  CHECK_THAT(refusal(twice(call("all_reduce", 1, 1)), small), Contains("memory limit"));
}

TEST_CASE("PARAM files in a folder, an archive, and one for all") {
  const Folder folder;
  const std::string file = list({call("all_reduce", 8, 8)});
  folder.put("rank-0.json", file);
  folder.put("rank-1.json.gz", trace_test::gzip(file));
  folder.put("README", "x");
  CHECK(import_trace(folder / "rank-0.json").ranks.size() == 1);
  const Graph graph = import_param(folder.path(), {});
  CHECK(graph.ranks.size() == 2);
  CHECK(graph.source == folder.path().string());
  trace_test::write_tar(folder / "job.tar", {{"t/rank-1.json", file}, {"t/rank-0.json", file}}, true);
  CHECK(recognise(folder / "job.tar").name == "PARAM comms trace");
  CHECK(import_trace(folder / "job.tar").ranks.size() == 2);
  ImportOptions options;
  options.ranks = 3;
  const Graph alike = import_trace(folder.put("trace.json", file), options);
  CHECK(alike.ranks.size() == 3);
  CHECK_THAT(alike.notes.at(0), Contains("all 3 do the same"));
  CHECK_THROWS_WITH(import_param(folder.put("rank-7.json", file), {}), Contains("the file of rank 0 is missing"));
}

TEST_CASE("names of PyTorch's collectives and types") {
  CHECK(torch_collective(letters_of("_allgather_base")) == Collective::all_gather);
  CHECK(torch_collective(letters_of("ALL_REDUCE_coalesced")) == Collective::all_reduce);
  CHECK(torch_collective(letters_of("all_to_allv")) == Collective::all_to_all);
  CHECK_FALSE(torch_collective("wait"));
  CHECK(torch_element_size("c10::BFloat16") == 2);
  CHECK(torch_element_size("long int") == 8);
  CHECK(torch_element_size("torch.float32") == 4);
  CHECK_FALSE(torch_element_size("none"));
}
