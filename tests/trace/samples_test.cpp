// SPDX-License-Identifier: Apache-2.0
// Public Chakra traces, where they are at hand; the numbers are those of the files.
#include <catch2/catch.hpp>
#include <filesystem>

#include "control/trace/error.hpp"
#include "control/trace/import_chakra.hpp"
#include "control/trace/summary.hpp"

using namespace farlink::trace;
using Catch::Matchers::Contains;
using farlink::units::Bytes;
using farlink::units::Duration;
namespace fs = std::filesystem;

namespace {

const fs::path samples = "../shared/traces/chakra";

bool has_samples() {
  if (fs::exists(samples)) return true;
  WARN("no sample traces in " << samples << ": skipped");
  return false;
}

}  // namespace

TEST_CASE("a 64-rank all-reduce in a tar archive") {
  if (!has_samples()) return;
  const Summary summary = summarize(import_chakra(samples / "onecomm_allreduce_et.tar"));
  CHECK(summary.ranks == 64);
  CHECK(summary.nodes_of(NodeKind::collective) == 64);
  REQUIRE(summary.collectives.size() == 1);
  CHECK(summary.collectives[0].collective == Collective::all_reduce);
  CHECK(summary.collectives[0].bytes == Bytes::kibi(64));
  CHECK(summary.collectives[0].group_size == 64);
}

TEST_CASE("four 8-rank benchmarks in one folder") {
  if (!has_samples()) return;
  const fs::path folder = samples / "microbench_8npus_1MB";
  const std::pair<const char*, Collective> jobs[] = {{"all_reduce", Collective::all_reduce},
                                                     {"all_gather", Collective::all_gather},
                                                     {"reduce_scatter", Collective::reduce_scatter},
                                                     {"all_to_all", Collective::all_to_all}};
  for (const auto& [prefix, expected] : jobs) {
    const Summary summary = summarize(import_chakra(folder / prefix));
    CHECK(summary.ranks == 8);
    REQUIRE(summary.collectives.size() == 1);
    CHECK(summary.collectives[0].collective == expected);
    CHECK(summary.collectives[0].bytes == Bytes::mebi(1));
  }
  CHECK_THROWS_WITH(import_chakra(folder), Contains("several jobs"));
}

TEST_CASE("a ring all-reduce of sends and receives") {
  if (!has_samples()) return;
  const Graph graph = import_chakra(samples / "custom_ring_allreduce_8npus_1MB");
  const Summary summary = summarize(graph);
  CHECK(summary.ranks == 8);
  CHECK(summary.nodes_of(NodeKind::send) == 8 * 14);
  CHECK(summary.nodes_of(NodeKind::receive) == 8 * 14);
  CHECK(summary.nodes_of(NodeKind::compute) == 8 * 7);
  CHECK(summary.sent_bytes == Bytes{8 * 14 * 131'072});
  CHECK(summary.longest_compute == Duration::microseconds(49));
  CHECK(graph.notes.empty());
}

TEST_CASE("collectives without a size and a job with one rank's file are refused") {
  if (!has_samples()) return;
  CHECK_THROWS_WITH(
      import_chakra(samples / "resnet_dp_64rank_et.tar"),
      Contains("Resnet50_DataParallel.0.et: record 56 (rank 0, node id 55 'COMM_COLL_NODE_fc1000_ALLREDUCE'): "
               "the node has no comm_size"));
  CHECK_THROWS_WITH(import_chakra(samples / "mlcommons_feeder_tests_trace.tar.gz"),
                    Contains("chakra.0.et: rank 0, node id 435 'ncclKernel_Broadcast") &&
                        Contains("needs the files of at least 2 ranks, but the trace has 1"));
}
