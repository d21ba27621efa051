// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_layers.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>

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

ImportOptions for_ranks(std::uint32_t ranks, std::uint32_t per_node = 0) {
  ImportOptions options;
  options.ranks = ranks;
  options.ranks_per_node = per_node;
  return options;
}

const trace_test::TextImporter importer{import_layers, "job.txt"};
Graph read(const std::string& text, const ImportOptions& options = {}) { return importer.read(text, options); }
std::string refusal(const std::string& text, const ImportOptions& options = {}) {
  return importer.refusal(text, options);
}

// Collective calls by family, collective and input bytes of a rank.
using Calls = std::map<std::string, std::uint64_t>;
Calls calls_of(const Graph& graph, std::uint32_t rank) {
  Calls calls;
  for (const Node& node : graph.ranks[rank].nodes) {
    if (node.kind != NodeKind::collective) continue;
    const std::string& name = graph.groups[graph.ranks.group_of(rank, node)].name;
    ++calls[name.substr(0, name.rfind(' ')) + " " + std::string{name_of(node.collective)} + " " +
            std::to_string(node.bytes.count())];
  }
  return calls;
}

// In the order in which they start: "c" and nanoseconds, or a collective's initials.
std::string program_of(const Graph& graph, std::uint32_t rank) {
  std::string text;
  for (const Node& node : graph.ranks[rank].nodes) {
    if (!text.empty()) text += " ";
    if (node.kind == NodeKind::compute) {
      text += std::to_string(node.duration.picoseconds() / 1000);
    } else if (node.kind == NodeKind::collective) {
      const std::string& name = graph.groups[graph.ranks.group_of(rank, node)].name;
      text += name.substr(0, name.rfind(' ')) + ":" + std::to_string(node.bytes.count());
    } else {
      text += (node.kind == NodeKind::send ? ">" : "<") + std::to_string(graph.ranks.peer_of(rank, node));
    }
  }
  return text;
}

const std::string transformer = "HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2";

}  // namespace

TEST_CASE("layers of a transformer: who exchanges what, in which order") {
  const Graph graph = read(transformer +
                               " checkpoints: 0 checkpoint_initiates: 0\n2\n"
                               "a\t-1\t100\tALLREDUCE\t64\t200\tNONE\t0\t300\tALLREDUCE\t96\t7\n"
                               "b -1 10 ALLGATHER 1024 20 REDUCESCATTER 2048 30 NONE 0 0 \n",
                           for_ranks(8));
  REQUIRE(graph.ranks.size() == 8);
  // Forward a, b; backward b, a. An update passes after each collective; what follows without a gap is one node.
  CHECK(program_of(graph, 5) == "100 inner:64 7 10 inner:512 20 inner:2048 530 outer:96 7");
  CHECK(graph.groups[graph.ranks.group_of(5, graph.ranks[5].nodes[1])].ranks == std::vector<std::uint32_t>{4, 5});
  CHECK(graph.groups[graph.ranks.group_of(5, graph.ranks[5].nodes[8])].ranks == std::vector<std::uint32_t>{1, 3, 5, 7});
  CHECK(graph.ranks[5].nodes[1].record == 3);
  CHECK(graph.ranks[5].nodes[4].record == 4);
}

TEST_CASE("an all-gather's size is that of everybody, a rank puts in its share") {
  const auto size = [](const std::string& collective, std::uint64_t bytes) {
    const Graph graph =
        read("DATA\n1\na -1 1 NONE 0 1 NONE 0 1 " + collective + " " + std::to_string(bytes) + " 1\n", for_ranks(8));
    return graph.ranks[0].nodes[2].bytes.count();
  };
  CHECK(size("ALLGATHER", 800) == 100);
  CHECK(size("ALLGATHER", 801) == 101);
  CHECK(size("REDUCESCATTER", 800) == 800);
  CHECK(size("ALLREDUCE", 800) == 800);
  CHECK(size("ALLTOALL", 800) == 800);
  CHECK(size("BROADCAST", 800) == 800);
}

TEST_CASE("expert parallel groups are consecutive members of a data-parallel one") {
  const Graph graph = read(
      "HYBRID_TRANSFORMER model_parallel_NPU_group: 2 ep: 2 pp: 1 vpp: 1 ga: 1 all_gpus: 16\n1\n"
      "a -1 1 ALLTOALL_EP 10 1 NONE 0 1 ALLREDUCE_DP_EP 20 1\n");
  REQUIRE(graph.ranks.size() == 16);
  const auto group = [&](std::uint32_t rank, std::size_t node) {
    return graph.groups[graph.ranks.group_of(rank, graph.ranks[rank].nodes[node])].ranks;
  };
  CHECK(group(9, 1) == std::vector<std::uint32_t>{9, 11});
  CHECK(group(9, 4) == std::vector<std::uint32_t>{1, 5, 9, 13});
}

TEST_CASE("policies: which collectives they have, and what runs beside the backward pass") {
  const std::string layers =
      "2\na -1 1 ALLREDUCE 11 2 ALLREDUCE 12 3 ALLREDUCE 13 0\n"
      "b -1 4 ALLREDUCE 21 5 ALLREDUCE 22 6 ALLREDUCE 23 0\n";
  const auto program = [&](const std::string& policy) {
    return program_of(read(policy + "\n" + layers, for_ranks(8, 4)), 3);
  };
  CHECK(program("DATA") == "5 6 all:23 8 all:13");  // forward 1 + 4; no input gradient of the first layer
  CHECK(program("MODEL") == "1 all:11 4 all:21 5 all:22 6 5");
  CHECK(program("HYBRID_DATA_MODEL") == "1 inner:11 4 inner:21 5 inner:22 6 outer:23 5 outer:13");
  CHECK(program("HYBRID_MODEL_DATA") == "1 outer:11 4 outer:21 5 outer:22 6 inner:23 5 inner:13");
  CHECK(program("HYBRID_TRANSFORMER model_parallel_NPU_group: 4") ==
        "1 inner:11 4 inner:21 5 inner:22 6 outer:23 2 inner:12 3 outer:13");
  CHECK(program("MICRO") == "3 all:13 6 all:23");
  CHECK(program("DISTRIBUTED_INFERENCE") == "1 all:11 4 all:21");
}

TEST_CASE("each layer of a customised table has its own policy") {
  const Graph graph = read(
      "HYBRID_CUSTOMIZED\n2\na -1 1 ALLREDUCE 11 2 NONE 0 3 ALLREDUCE 13 0 HYBRID_MODEL_DATA\n"
      "b -1 4 ALLREDUCE 21 5 NONE 0 6 ALLREDUCE 23 0 DATA\n",
      for_ranks(8, 4));
  CHECK(program_of(graph, 0) == "1 outer:11 4 11 all:23 5 inner:13");
}

TEST_CASE("recommendation models: embeddings are exchanged while the bottom layers compute") {
  const std::string layers =
      "4\nEmbedding -1 1 ALLTOALL 100 1 ALLTOALL 100 1 NONE 0 0\n"
      "bottom -1 1000 NONE 0 1000 NONE 0 1000 ALLREDUCE 7 0\n"
      "top1 -1 10 NONE 0 10 NONE 0 10 NONE 0 0\ntop2 -1 10 NONE 0 10 NONE 0 10 NONE 0 0\n";
  for (const char* header : {"HYBRID_DLRM\t1\t\t\n", "HYBRID_DLRM DLRM_LAST_BOTTOM_LAYER: 1\n"}) {
    const Graph graph = read(header + layers, for_ranks(4));
    CHECK(program_of(graph, 2) == "1 all:100 1000 20 40 all:100 1000 all:7 1001");
    const Program& rank = graph.ranks[2];
    // The top layers wait for the embeddings.
    const auto waits = rank.dependencies_of(rank.nodes[3]);
    CHECK(std::vector<std::uint32_t>(waits.begin(), waits.end()) == std::vector<std::uint32_t>{1, 2});
  }
}

TEST_CASE("layers from a checkpoint on are computed again before their backward") {
  const std::string layers =
      "3\na -1 1 NONE 0 10 NONE 0 100 NONE 0 0\nb -1 2 ALLREDUCE 8 20 NONE 0 200 NONE 0 0\n"
      "c -1 4 NONE 0 40 NONE 0 400 NONE 0 0\n";
  const Graph graph = read(transformer + " checkpoints: 1 0 checkpoint_initiates: 1 2\n" + layers, for_ranks(2));
  CHECK(program_of(graph, 0) == "3 inner:8 7 inner:8 770");
}

TEST_CASE("a pipeline's stages compute the table's one stage, and send each other activations") {
  const auto table = [](const std::string& header) {
    std::string layers;
    for (int m = 0; m < 4; ++m)
      layers +=
          "embedding_layer -1 1000 NONE 0 0 NONE 0 0 NONE 0 0\nattention -1 10 NONE 0 20 NONE 0 0 NONE 0 0\n"
          "mlp -1 10 NONE 0 20 NONE 0 0 NONE 0 0\nfinal_column -1 100 NONE 0 0 NONE 0 0 NONE 0 0\n";
    return "HYBRID_TRANSFORMER_FWD_IN_BCKWD model_parallel_NPU_group: 2 ep: 1 pp: 2 " + header +
           " ga: 4 all_gpus: 8 checkpoints: 0 checkpoint_initiates: 0 pp_comm: 4096.0\n19\n"
           "grad_gather -1 0 NONE 0 0 NONE 0 0 ALLGATHER 512 0\n" +
           layers + "cross_entropy1 -1 5 NONE 0 0 NONE 0 0 NONE 0 0\noptimizer1 -1 0 ALLREDUCE 4 0 NONE 0 0 NONE 0 0\n";
  };
  const Graph graph = read(table("vpp: 1"));
  REQUIRE(graph.ranks.size() == 8);
  CHECK(graph.lane_of_rank == std::vector<std::uint32_t>{0, 0, 0, 0, 1, 1, 1, 1});
  // One warm-up forward at the first stage, none at the last.
  CHECK(program_of(graph, 1) == "1020 >5 1020 >5 <5 40 1020 >5 <5 40 1020 >5 <5 40 <5 40 inner:4 outer:256");
  CHECK(program_of(graph, 5) == "<1 120 40 >1 <1 120 40 >1 <1 120 40 >1 <1 125 40 >1 inner:4 outer:256");
  for (const Node& node : graph.ranks[1].nodes)
    if (node.kind == NodeKind::send) CHECK(node.bytes == Bytes{4096});
  // The same work whatever the schedule: every micro-batch passes both stages.
  const auto work = [](const Graph& of, std::uint32_t rank) {
    Duration sum = Duration::zero();
    for (const Node& node : of.ranks[rank].nodes) sum += node.duration;
    return sum;
  };
  const Graph interleaved = read(table("vpp: 2"));
  for (const std::uint32_t rank : {1U, 5U}) CHECK(work(interleaved, rank) == work(graph, rank));
  CHECK(summarize(interleaved).sent_messages == 3 * summarize(graph).sent_messages);
  CHECK_FALSE(graph.notes.empty());
}

TEST_CASE("tables that are refused say where and why") {
  const std::string one = "\n1\na -1 1 NONE 0 1 NONE 0 1 NONE 0 1\n";
  CHECK_THAT(refusal("DATA" + one), Contains("job.txt: the file does not say how many ranks"));
  CHECK_THAT(refusal("HYBRID_DATA_MODEL" + one, for_ranks(8)), Contains("first dimension"));
  CHECK_THAT(refusal("DATA\n2\na -1 1 NONE 0 1 NONE 0 1 NONE 0 1\n", for_ranks(8)),
             Contains("says 2 layers, and the file has 1"));
  CHECK_THAT(refusal("DATA\n1\na -1 1 NONE 0 1 NONE 0 1 NONE 0 1\nb -1 1 NONE 0 1 NONE 0 1 NONE 0 1\n", for_ranks(8)),
             Contains("job.txt: line 4: a layer beyond the 1"));
  CHECK_THAT(refusal("DATA\n1\na -1 1 NONE 0 1 NONE 0 1 NONE 0\n", for_ranks(8)),
             Contains("line 3: a layer has 12 columns"));
  CHECK_THAT(refusal("DATA\n1\na -1 x NONE 0 1 NONE 0 1 NONE 0 1\n", for_ranks(8)), Contains("'x' is no time"));
  CHECK_THAT(refusal("DATA\n1\na -1 1 NONE 0 1 NONE 0 1 ALLREDUCEALLTOALL 4 1\n", for_ranks(8)),
             Contains("two layers"));
  CHECK_THAT(refusal("DATA\n1\na -1 1 NONE 0 1 NONE 0 1 ALLREDUC 4 1\n", for_ranks(8)), Contains("no collective"));
  CHECK_THAT(refusal(transformer + " pp: 2 pp_comm 8" + one, for_ranks(7)),
             Contains("7 ranks do not divide into 2 stages"));
  CHECK_THAT(refusal(transformer + " pp: 2" + one, for_ranks(8)), Contains("pp_comm"));
  CHECK_THAT(refusal(transformer + " ep: 3" + one, for_ranks(8)), Contains("expert groups of 3"));
  CHECK_THAT(refusal(transformer + " pp: 2 pp_comm 8 ga: 2" + one, for_ranks(8)), Contains("do not divide by ga 2"));
  CHECK_THAT(refusal(transformer + " nonsense: 2" + one, for_ranks(8)), Contains("line 1: 'nonsense' is no key"));
  CHECK_THAT(refusal(transformer + " ep:" + one, for_ranks(8)), Contains("has no value"));
  CHECK_THAT(refusal(transformer + " checkpoint_initiates: 1 0" + one, for_ranks(8)),
             Contains("from a checkpoint, and there is none"));
  CHECK_THAT(
      refusal(transformer + " checkpoints: 1 0 checkpoint_initiates: 3 1 1 1\n2\na -1 1 NONE 0 1 NONE 0 1 NONE 0 1\n"
                            "a -1 1 NONE 0 1 NONE 0 1 NONE 0 1\n",
              for_ranks(2)),
      Contains("more than once"));
  ImportOptions small = for_ranks(1 << 20);
  small.memory_limit = Bytes::mebi(1);
  CHECK_THAT(refusal("DATA" + one, small), Contains("its limit is 1 MiB"));
}

TEST_CASE("layer tables are recognised by their first word") {
  const auto path = std::filesystem::temp_directory_path() / "farlink-layers-test.txt";
  std::ofstream{path} << "MICRO\n1\nconv1 -1 5 NONE 0 5 NONE 0 5  ALLREDUCE 1048576 5\n";
  const Graph graph = import_trace(path, for_ranks(8));
  CHECK(calls_of(graph, 7) == Calls{{"all all-reduce 1048576", 1}});
  std::filesystem::remove(path);
}
