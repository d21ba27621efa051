// SPDX-License-Identifier: Apache-2.0
#include "control/trace/replicate.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/summary.hpp"
#include "tests/trace/chakra_files.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;

namespace {

ImportOptions replicating(std::uint32_t ranks = 0) {
  ImportOptions options;
  options.replicate = true;
  options.ranks = ranks;
  return options;
}

ChakraNode groups(const std::string& list) {
  return ChakraNode{100, chakra::METADATA_NODE}.name("## process_group:init ##").inputs("['" + list + "']");
}

}  // namespace

TEST_CASE("one recorded rank of a group of four is completed to the four that do alike") {
  const std::string file = file_of({groups(R"([{"pg_name":"0","ranks":[],"group_size":4}])"), compute(1, 10),
                                    collective(2, chakra::ALL_REDUCE, 64, {1}).with_text("pg_name", "0")});
  CHECK_THROWS_WITH(import_files({file}), Contains("needs the files of at least 4 ranks") && Contains("--replicate"));
  const Graph graph = import_files({file}, replicating(99));  // the group says how many there are
  REQUIRE(graph.ranks.size() == 4);
  CHECK(graph.ranks.program_numbers() == std::vector<std::uint32_t>{0, 0, 0, 0});
  CHECK(graph.groups[0].ranks == std::vector<std::uint32_t>{0, 1, 2, 3});
  CHECK(graph.lane_of_rank == std::vector<std::uint32_t>{0, 1, 2, 3});
  REQUIRE(graph.notes.size() == 1);
  CHECK(graph.notes[0] ==
        "replicated: 3 of 4 ranks were not recorded; each is taken to compute and communicate as a recorded one does "
        "(rank 0)");
}

TEST_CASE("two recorded ranks take turns, and what is recorded stays as it is") {
  const auto file = [](std::uint64_t micros) {
    return file_of({compute(1, micros), collective(2, chakra::ALL_REDUCE, 64, {1})});
  };
  CHECK_THROWS_WITH(import_files({file(10), file(20)}, replicating()), Contains("elsewhere --ranks does"));
  const Graph graph = import_files({file(10), file(20)}, replicating(5));
  REQUIRE(graph.ranks.size() == 5);
  CHECK(graph.ranks.program_numbers() == std::vector<std::uint32_t>{0, 1, 0, 1, 0});
  CHECK(graph.ranks[4].nodes[0].duration == units::Duration::microseconds(10));
  CHECK(import_files({file(10), file(20)}, replicating(2)).notes.empty());
}

TEST_CASE("ranks that cannot do what a recorded one does are not made up") {
  const std::string in_pair = file_of({groups(R"([{"pg_name":"7","ranks":[0,1]},{"pg_name":"8","ranks":[2,3]}])"),
                                       collective(2, chakra::ALL_REDUCE, 64).with_text("pg_name", "7"),
                                       collective(3, chakra::ALL_REDUCE, 64).with_text("pg_name", "8")});
  CHECK_THROWS_WITH(import_files({in_pair}, replicating()),
                    Contains("rank 1 was not recorded") && Contains("group '8' does not have it"));
  const std::string sender = file_of({send(5, 1, 64), collective(2, chakra::ALL_REDUCE, 64)});
  CHECK_THROWS_WITH(import_files({sender}, replicating(2)),
                    Contains("rank 1 was not recorded and cannot do what rank 0 does (node id 5)"));
  Graph graph;
  CHECK_THROWS_WITH(replicate(graph, std::vector<std::uint32_t>{3}, 2), Contains("has no rank 3"));
}

TEST_CASE("a recorded ResNet step of one rank of two") {
  const std::filesystem::path sample = "../shared/traces/chakra/mlcommons_feeder_tests_trace.tar.gz";
  if (!std::filesystem::exists(sample)) {
    WARN("no sample trace " << sample << ": skipped");
    return;
  }
  const Summary summary = summarize(import_trace(sample, replicating(2)));
  CHECK(summary.ranks == 2);
}
