// SPDX-License-Identifier: Apache-2.0
// Public PyTorch recordings, where they are at hand; the numbers are those of the files.
#include <catch2/catch.hpp>
#include <filesystem>

#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/summary.hpp"

using namespace farlink::trace;
using Catch::Matchers::Contains;
using farlink::units::Bytes;
using farlink::units::Duration;

TEST_CASE("one iteration of DLRM on eight GPUs, host traces with their profiles") {
  const std::filesystem::path traces = "../shared/traces";
  if (!std::filesystem::exists(traces)) {
    WARN("no sample traces in " << traces << ": skipped");
    return;
  }
  ImportOptions options;
  options.kineto = traces / "kineto/dlrm_8gpu_kineto.tar.gz";
  const Graph graph = import_trace(traces / "pytorch_et/dlrm_8gpu_pytorch_et_1.0.1.tar.gz", options);
  const Summary summary = summarize(graph);
  CHECK(summary.ranks == 8);
  REQUIRE(summary.collectives.size() == 2);
  // Counted apart in the files: per rank all-reduces of 394,241, 112 and 226,960 floats, all-to-alls of 6,144 floats,
  // 24 long integers, 384 integers and 6,144 floats, and one in uneven parts, of which 94,976 bytes go to other ranks.
  CHECK(summary.collectives[0].collective == Collective::all_reduce);
  CHECK(summary.collectives[0].count == 3);
  CHECK(summary.collectives[0].bytes == Bytes{4 * (394'241 + 112 + 226'960)});
  CHECK(summary.collectives[1].collective == Collective::all_to_all);
  CHECK(summary.collectives[1].count == 4);
  CHECK(summary.collectives[1].bytes == Bytes{4 * 6'144 + 8 * 24 + 4 * 384 + 4 * 6'144});
  CHECK(summary.sent_messages == 8 * 7);
  CHECK(summary.sent_bytes == Bytes{94'976});
  // Kernels other than NCCL's of rank 0: 1.053 ms, less what is outside of its profiler step.
  CHECK(summary.mean_compute > Duration::microseconds(900));
  CHECK(summary.longest_compute < Duration::microseconds(1'300));
}

TEST_CASE("three steps of ResNet on two GPUs, of which one was profiled") {
  const std::filesystem::path traces = "../shared/traces";
  if (!std::filesystem::exists(traces)) {
    WARN("no sample traces in " << traces << ": skipped");
    return;
  }
  ImportOptions options;
  options.replicate = true;
  const Graph alone = import_trace(traces / "kineto/hta_nccl_data_2gpu.json.gz", options);
  options.kineto = traces / "kineto/hta_nccl_data_2gpu.json.gz";
  const Graph joined_trace = import_trace(traces / "pytorch_et/resnet_2gpu_et_1.1.0.json.gz", options);
  for (const Graph* graph : {&alone, &joined_trace}) {
    const Summary summary = summarize(*graph);
    CHECK(summary.ranks == 2);
    REQUIRE(summary.collectives.size() == 2);
    // 3 x (2,049,000 + 7,875,584 + 6,563,840 + 6,637,568 + 2,431,040) floats; 3 x (53,120 floats and 53 long integers).
    CHECK(summary.collectives[0].count == 15);
    CHECK(summary.collectives[0].bytes == Bytes{3ULL * 4 * 25'557'032});
    CHECK(summary.collectives[1].count == 6);
    CHECK(summary.collectives[1].bytes == Bytes{3 * (4 * 53'120 + 8 * 53)});
  }
  CHECK(summarize(alone).mean_compute == summarize(joined_trace).mean_compute);
  // The host trace was recorded weeks before the profile; both are of the same program.
  CHECK_THAT(joined_trace.notes.back(), Contains("of 1 ranks are of different processes"));
  options.kineto.clear();
  CHECK_THROWS_WITH(import_trace(traces / "kineto/hta_rank0_16gpu_a100.json.gz", options),
                    Contains("does not say what is called"));
  CHECK_THROWS_WITH(import_trace(traces / "chakra/mlcommons_pytorch_host_et_1.0.2.tgz"), Contains("--replicate"));
}
