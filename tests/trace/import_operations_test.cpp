// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_operations.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/summary.hpp"
#include "tests/trace/text_importer.hpp"

using namespace farlink;
using namespace farlink::trace;
using Catch::Matchers::Contains;
using units::Bytes;
using units::Duration;
namespace fs = std::filesystem;

namespace {

const std::string header =
    "comm_type,comm_group,comm_group_size,msg_size,stage,dst,src,additional,_elapsed_time,algbw,busbw,count\n";

const trace_test::TextImporter importer{import_operations, "job.csv"};
Graph read(const std::string& text, const ImportOptions& options = {}) { return importer.read(text, options); }
std::string refusal(const std::string& text, const ImportOptions& options = {}) {
  return importer.refusal(text, options);
}

std::string row(const std::string& type, const std::string& group, const std::string& size, const std::string& bytes,
                const std::string& stage, const std::string& additional = "", const std::string& elapsed = "None") {
  return "CommType." + type + "," + group + "," + size + "," + bytes + "," + stage + ",None,None," + additional + "," +
         elapsed + ",None,None,1\n";
}
const std::string epoch_end = row("epoch_end", "None", "None", "0", "");
std::string collective(const std::string& type, const std::string& group, int size, int bytes,
                       const std::string& stage = "forward.A") {
  return row(type, "CommGroup." + group, std::to_string(size), std::to_string(bytes), stage);
}
std::string message(const std::string& type, const std::string& additional) {
  return row(type, "CommGroup.pp_group", "1", "4096", "forward_step", additional);
}

// Two stages of two ranks: the first sends an activation and takes its gradient, the second the other way round.
const std::string pipeline =
    "[ pp_stage0: [rank0, rank1] ]\n" + header + collective("all_reduce", "pp_group", 2, 8, "init") + epoch_end +
    collective("all_reduce", "tp_group", 2, 100) + message("isend", "send_next") + message("irecv", "recv_next") +
    collective("all_reduce", "tp_group", 2, 200, "backward.A") + epoch_end + "[ pp_stage1: [rank2, rank3] ]\n" +
    header + collective("all_reduce", "pp_group", 2, 8, "init") + epoch_end + message("irecv", "recv_prev") +
    collective("all_reduce", "tp_group", 2, 100) + collective("all_reduce", "tp_group", 2, 200, "backward.A") +
    message("isend", "send_prev") + epoch_end;

}  // namespace

TEST_CASE("operations of one section are every rank's, in their order, without the set-up") {
  const Graph graph = read(
      "[rank0 ~ rank7]\n" + header + collective("broadcast", "dp_group", 4, 999, "init") + epoch_end +
      collective("all_reduce", "tp_group", 2, 100) + collective("all_gather", "dp_group", 4, 400, "step") +
      collective("reduce_scatter", "dp_group", 4, 800, "step") + row("barrier", "CommGroup.all", "8", "0", "step") +
      epoch_end + collective("all_reduce", "tp_group", 2, 7) + epoch_end);
  REQUIRE(graph.ranks.size() == 8);
  const Program& rank = graph.ranks[5];
  REQUIRE(rank.nodes.size() == 4);
  CHECK(rank.nodes[0].bytes == Bytes{100});
  CHECK(rank.nodes[0].record == 5);
  CHECK(graph.groups[graph.ranks.group_of(5, rank.nodes[0])].ranks == std::vector<std::uint32_t>{4, 5});
  CHECK(rank.nodes[1].bytes == Bytes{100});  // a share of 400
  CHECK(graph.groups[graph.ranks.group_of(5, rank.nodes[1])].ranks == std::vector<std::uint32_t>{1, 3, 5, 7});
  CHECK(rank.nodes[2].bytes == Bytes{800});
  CHECK(rank.nodes[3].collective == Collective::barrier);
  for (std::uint32_t i = 1; i < 4; ++i) CHECK(rank.dependencies_of(rank.nodes[i])[0] == i - 1);
  REQUIRE(graph.notes.size() == 2);
  CHECK_THAT(graph.notes[0], Contains("no compute times"));
  CHECK_THAT(graph.notes[1], Contains("2 steps; this is the first"));
}

TEST_CASE("stages send each other what their tables say") {
  const Graph graph = read(pipeline);
  REQUIRE(graph.ranks.size() == 4);
  CHECK(graph.lane_of_rank == std::vector<std::uint32_t>{0, 0, 1, 1});
  const auto& first = graph.ranks[1].nodes;
  REQUIRE(first.size() == 4);
  CHECK(first[1].kind == NodeKind::send);
  CHECK(graph.ranks.peer_of(1, first[1]) == 3);
  CHECK(first[1].bytes == Bytes{4096});
  CHECK(first[2].kind == NodeKind::receive);
  // What follows waits for what was received; what is sent for what was done before.
  const auto waits = graph.ranks[1].dependencies_of(first[3]);
  CHECK(std::vector<std::uint32_t>(waits.begin(), waits.end()) == std::vector<std::uint32_t>{2, 0});
  CHECK(graph.ranks[1].dependencies_of(first[1])[0] == 0);
  CHECK(graph.groups[graph.ranks.group_of(1, first[0])].ranks == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("a receive that stands before a send of the other direction does not delay it") {
  const auto stage = [](int number, const std::string& ranks, const std::string& rows) {
    return "[ pp_stage" + std::to_string(number) + ": [" + ranks + "] ]\n" + header + rows;
  };
  // Stage 0 waits for a gradient before it has sent the activation that the gradient comes from.
  const Graph graph = read(stage(0, "rank0", message("irecv", "recv_next") + message("isend", "send_next")) +
                           stage(1, "rank1",
                                 message("irecv", "recv_prev") + message("isend", "send_next") +
                                     message("irecv", "recv_next") + message("isend", "send_prev")) +
                           stage(2, "rank2", message("irecv", "recv_prev") + message("isend", "send_prev")));
  const auto waits = [&](std::uint32_t rank, std::uint32_t node) {
    const auto waited = graph.ranks[rank].dependencies_of(graph.ranks[rank].nodes[node]);
    return std::vector<std::uint32_t>(waited.begin(), waited.end());
  };
  using Nodes = std::vector<std::uint32_t>;
  CHECK(waits(0, 1) == Nodes{});
  // What has come from one side is sent on to the other.
  CHECK(waits(1, 1) == Nodes{0});
  CHECK(waits(1, 3) == Nodes{2});
  CHECK(waits(2, 1) == Nodes{0});
}

TEST_CASE("compute times: recorded ones, and those that are given for a stage") {
  ImportOptions options;
  options.compute = {{"forward.A", Duration::milliseconds(3)}};
  const Graph graph =
      read("[rank0 ~ rank1]\n" + header + epoch_end +
               row("computation", "None", "None", "((4096, 1, 5120), (5120, 640))", "forward.B", "", "1.5") +
               collective("all_reduce", "tp_group", 2, 100) + epoch_end,
           options);
  REQUIRE(graph.ranks[0].nodes.size() == 2);  // computing without a gap is one node
  CHECK(graph.ranks[0].nodes[0].duration == Duration::microseconds(4500));
  CHECK(graph.notes.empty());
  options.compute = {{"forward.C", Duration::milliseconds(3)}};
  CHECK_THAT(refusal(pipeline, options), Contains("no operation is of stage 'forward.C'; there are: init, "));
}

// Regression: a collective that sends nothing, between a receive and the send of what was received, freed the send.
TEST_CASE("a collective of one rank does not let a send overtake what it passes on") {
  const Graph graph =
      read("[ pp_stage0: [rank0] ]\n" + header + message("isend", "send_next") + "[ pp_stage1: [rank1] ]\n" + header +
           message("irecv", "recv_prev") + collective("all_reduce", "tp_group", 1, 100) +
           message("isend", "send_next") + "[ pp_stage2: [rank2] ]\n" + header + message("irecv", "recv_prev"));
  const Program& middle = graph.ranks[1];
  REQUIRE(middle.nodes.size() == 2);
  REQUIRE(middle.nodes[1].dependency_count == 1);
  CHECK(middle.dependencies_of(middle.nodes[1])[0] == 0);
}

TEST_CASE("compute times for a trace that has its own are refused") {
  const fs::path path = fs::temp_directory_path() / "farlink-compute-test.txt";
  std::ofstream{path} << "MICRO\n1\nconv1 -1 5 NONE 0 5 NONE 0 5 ALLREDUCE 1048576 5\n";
  ImportOptions options;
  options.ranks = 8;
  options.compute = {{"forward.A", Duration::milliseconds(3)}};
  CHECK_THROWS_WITH(import_trace(path, options), Contains("takes none from workload.compute"));
  fs::remove(path);
}

TEST_CASE("operation tables that are refused say where and why") {
  const std::string begin = "[rank0 ~ rank7]\n" + header;
  CHECK_THAT(refusal(header), Contains("job.csv: line 2: there is no section"));
  CHECK_THAT(refusal(epoch_end), Contains("line 1: an operation before the first section"));
  CHECK_THAT(refusal(begin), Contains("has no operation behind its first epoch_end"));
  CHECK_THAT(refusal(begin + "CommType.all_reduce,1,2\n"), Contains("line 3: an operation has 12 columns"));
  CHECK_THAT(refusal(begin + collective("all_redux", "tp_group", 2, 1)), Contains("'all_redux' is no operation"));
  CHECK_THAT(refusal(begin + collective("all_reduce", "ep_tp_group", 2, 1)),
             Contains("which ranks are in it is not known"));
  CHECK_THAT(refusal(begin + collective("all_reduce", "tp_group", 2, 1) + collective("all_reduce", "tp_group", 4, 1)),
             Contains("line 4: group 'tp_group' has 4 ranks here and 2 before"));
  CHECK_THAT(refusal(begin + collective("all_reduce", "tp_group", 3, 1)), Contains("8 ranks do not divide"));
  CHECK_THAT(refusal(begin + collective("all_reduce", "tp_group", 2, 1) + collective("all_reduce", "dp_group", 8, 1)),
             Contains("group 'dp_group' has 8 ranks, and 4 come out"));
  CHECK_THAT(refusal(begin + message("isend", "send_next")), Contains("line 3: a message with the next stage"));
  CHECK_THAT(refusal(begin + message("isend", "away")), Contains("'away' does not say"));
  CHECK_THAT(refusal("[rank1 ~ rank7]\n"), Contains("rank 1 where 0 comes next"));
  CHECK_THAT(refusal("[rank3 ~ rank1]\n"), Contains("'rankA ~ rankB'"));
  CHECK_THAT(refusal(begin + row("computation", "None", "None", "1", "a", "", "soon")),
             Contains("no time in milliseconds"));
  CHECK_THAT(refusal("[ pp_stage0: [rank0, rank1] ]\n" + header + message("isend", "send_next") +
                     "[ pp_stage1: [rank2, rank3] ]\n" + header + message("isend", "send_prev")),
             Contains("rank"));
  ImportOptions small;
  small.memory_limit = Bytes::mebi(1);
  CHECK_THAT(refusal("[rank0 ~ rank99999]\n" + header + collective("all_reduce", "tp_group", 2, 1), small),
             Contains("its limit is 1 MiB"));
}

// Against a count of the file's rows that knows nothing of the importer.
TEST_CASE("public operation tables: every operation of their first step is there, with its bytes") {
  const fs::path folder = "../shared/traces/aicb/csv";
  if (!fs::exists(folder)) {
    WARN("no sample traces in " << folder << ": skipped");
    return;
  }
  const std::map<std::string, std::uint32_t> files{{"G13B-M1-C01_GPT13B_megatron_tp8_pp1_mbs1.csv", 1},
                                                   {"L13B-D1-C03_Llama13B_zero2_mbs1.csv", 1},
                                                   {"L65B-M1-C05_Llama65B_megatron_tp2_pp8_mbs1.csv", 8},
                                                   {"L7B-D1-C02_Llama7B_zero3_mbs1.csv", 1},
                                                   {"L7B-M1-C04_Llama7B_megatron_tp2_pp1_mbs1.csv", 1}};
  for (const auto& [name, stages] : files) {
    INFO(name);
    const Graph graph = import_trace(folder / name);
    CHECK(graph.ranks.size() == 128);
    std::ifstream file{folder / name};
    std::uint32_t stage = 0, epochs = 0;
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> expected, found;  // calls, bytes
    const auto compare = [&](std::uint32_t of) {
      found.clear();
      const std::uint32_t rank = of * 128 / stages;
      for (const Node& node : graph.ranks[rank].nodes) {
        const char* what = node.kind == NodeKind::send ? "isend" : node.kind == NodeKind::receive ? "irecv" : "";
        const std::string key = node.kind == NodeKind::collective ? std::string{name_of(node.collective)} : what;
        const std::uint64_t members = node.kind == NodeKind::collective && node.collective == Collective::all_gather
                                          ? graph.groups[graph.ranks.group_of(rank, node)].ranks.size()
                                          : 1;
        ++found[key].first;
        found[key].second += node.bytes.count() * members;
      }
      CHECK(found.size() == expected.size());
      for (const auto& [key, count] : expected) {
        INFO("stage " << of << ", " << key);
        CHECK(found[key].first == count.first);
        CHECK(found[key].second >= count.second);
        CHECK(found[key].second <= count.second + 128 * count.first);  // shares are rounded up
      }
    };
    for (std::string line; std::getline(file, line);) {
      if (line.starts_with('[')) {
        if (epochs > 0) compare(stage++);
        expected.clear();
        epochs = 0;
      } else if (line.starts_with("CommType.epoch_end")) {
        ++epochs;
      } else if (epochs == 1 && line.starts_with("CommType.")) {
        std::string key = line.substr(9, line.find(',') - 9);
        for (char& c : key) c = c == '_' ? '-' : c;
        std::size_t at = 0;
        for (int i = 0; i < 3; ++i) at = line.find(',', at) + 1;
        const std::uint64_t bytes = std::stoull(line.substr(at));
        if (bytes == 0 && key != "barrier") continue;  // left out, and counted in a note
        ++expected[key].first;
        expected[key].second += bytes;
      }
    }
    compare(stage);
    CHECK(stage + 1 == stages);
  }
}
