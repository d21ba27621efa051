// SPDX-License-Identifier: Apache-2.0
// Public layer tables, where they are at hand, against a count of their columns that knows nothing of the importer.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/summary.hpp"

using namespace farlink::trace;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const fs::path samples = "../shared/traces";

ImportOptions sixteen() {
  ImportOptions options;
  options.ranks = 16;
  options.ranks_per_node = 8;
  return options;
}

struct Count {
  std::uint64_t calls = 0, bytes = 0;
  bool operator==(const Count&) const = default;
};

// Collectives of the columns `first` (of 3: forward 3, input gradient 6, weight gradient 9) that have bytes.
std::map<std::string, Count> columns(const fs::path& path, std::initializer_list<std::size_t> first,
                                     bool skips_first_layers_gradient) {
  std::map<std::string, Count> counts;
  std::ifstream file{path};
  std::string line;
  for (std::size_t number = 1; std::getline(file, line); ++number) {
    std::istringstream stream{line};
    std::vector<std::string> words;
    for (std::string word; stream >> word;) words.push_back(word);
    if (number <= 2 || words.empty()) continue;
    for (const std::size_t column : first) {
      if (column == 6 && number == 3 && skips_first_layers_gradient) continue;
      const std::uint64_t bytes = std::stoull(words.at(column + 1));
      if (words[column] == "NONE" || bytes == 0) continue;
      ++counts[words[column]].calls;
      counts[words[column]].bytes += bytes;
    }
  }
  return counts;
}

// The same of rank 0's nodes; an all-gather's bytes times its group's size.
std::map<std::string, Count> nodes(const Graph& graph) {
  const std::map<Collective, std::string> names{{Collective::all_reduce, "ALLREDUCE"},
                                                {Collective::all_gather, "ALLGATHER"},
                                                {Collective::reduce_scatter, "REDUCESCATTER"},
                                                {Collective::all_to_all, "ALLTOALL"},
                                                {Collective::broadcast, "BROADCAST"}};
  std::map<std::string, Count> counts;
  for (const Node& node : graph.ranks[0].nodes) {
    if (node.kind != NodeKind::collective) continue;
    Count& count = counts[names.at(node.collective)];
    ++count.calls;
    const std::uint64_t members = graph.groups[graph.ranks.group_of(0, node)].ranks.size();
    count.bytes += node.bytes.count() * (node.collective == Collective::all_gather ? members : 1);
  }
  return counts;
}

}  // namespace

TEST_CASE("public layer tables: every collective of their columns is there, with its bytes") {
  if (!fs::exists(samples)) {
    WARN("no sample traces in " << samples << ": skipped");
    return;
  }
  const fs::path astra = samples / "astra-sim-1.0", aicb = samples / "aicb/simai_txt";
  struct Sample {
    fs::path path;
    std::initializer_list<std::size_t> columns;
    bool skips_first_layers_gradient;
    std::uint64_t rounding;  // all-gathers that do not divide, up to so many bytes each
  };
  const Sample tables[] = {
      {astra / "DLRM_HybridParallel.txt", {3, 6, 9}, false, 0},
      {astra / "MLP_HybridParallel_Data_Model.txt", {3, 6, 9}, true, 16},
      {astra / "MLP_HybridParallel_Model_Data.txt", {3, 6, 9}, true, 16},
      {astra / "MLP_ModelParallel.txt", {3, 6}, true, 16},
      {astra / "Resnet50_DataParallel.txt", {9}, false, 0},
      {astra / "Transformer_HybridParallel.txt", {3, 6, 9}, false, 4},
      {astra / "microAllReduce.txt", {9}, false, 0},
      {astra / "microAllToAll.txt", {9}, false, 0},
      {samples / "simai/microAllReduce.txt", {3, 6, 9}, false, 0},
      {aicb / "G13B-M1-C01_GPT13B_megatron_tp8_pp1_mbs1_A100.txt", {3, 6, 9}, false, 8},
      {aicb / "G13B-M1-C02_GPT13B_megatron_tp8_pp1_mbs1_sp_A100.txt", {3, 6, 9}, false, 8},
      {aicb / "G175B-M1-C03_GPT175B_megatron_tp8_pp1_mbs1_A100.txt", {3, 6, 9}, false, 8},
      {aicb / "L7B-M1-C04_Llama7B_megatron_tp2_pp1_mbs1_A100.txt", {3, 6, 9}, false, 8},
      {aicb / "all_gather.txt", {9}, false, 0},
      {aicb / "all_reduce.txt", {9}, false, 0},
      {aicb / "all_to_all.txt", {9}, false, 0},
      {aicb / "muti_all_reduce.txt", {3, 6, 9}, false, 0},
  };
  for (const Sample& sample : tables) {
    INFO(sample.path);
    const Graph graph = import_trace(sample.path, sixteen());
    const auto expected = columns(sample.path, sample.columns, sample.skips_first_layers_gradient);
    const auto found = nodes(graph);
    REQUIRE(found.size() == expected.size());
    for (const auto& [name, count] : expected) {
      INFO(name);
      REQUIRE(found.contains(name));
      CHECK(found.at(name).calls == count.calls);
      CHECK(found.at(name).bytes >= count.bytes);
      CHECK(found.at(name).bytes <= count.bytes + sample.rounding * count.calls);
    }
  }
}

TEST_CASE("a public layer table that is shorter than it says is refused, one of one rank's groups has none") {
  if (!fs::exists(samples)) return;
  const fs::path aicb = samples / "aicb/simai_txt";
  CHECK_THROWS_WITH(import_trace(aicb / "L65B-M1-C05_Llama65B_megatron_tp8_pp1_mbs1_A100.txt", sixteen()),
                    Contains("the second line says 839 layers, and the file has 33"));
  // Tensor groups of one rank: the all-gathers of that file's forward pass, over them, send nothing.
  const auto found = nodes(import_trace(aicb / "L7B-D1-C02_Llama7B_deepspeed_zero3_A100.txt", sixteen()));
  CHECK(found == std::map<std::string, Count>{{"REDUCESCATTER", {1, 1'889'785'610}}});
}
