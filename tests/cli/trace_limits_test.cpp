// SPDX-License-Identifier: Apache-2.0
// Small files that are 2 GiB when they are decompressed, one for each way in which a format could be made to keep them.
#include <catch2/catch.hpp>
#include <string>
#include <sys/resource.h>

#include "tests/cli/process.hpp"
#include "tests/support/gzip.hpp"

namespace farlink::cli_test {
namespace {

using test::gzip;

constexpr std::uint64_t gibibyte = std::uint64_t{1} << 30;

std::string little_endian(std::uint64_t value, unsigned count) {
  std::string bytes;
  for (unsigned i = 0; i < count; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
  return bytes;
}

// `begin`, then `filler` over and over up to 2 GiB: gzip's members follow one another, and are all the same.
std::string two_gibibytes(const std::string& begin, const std::string& filler) {
  std::string block;
  while (block.size() < (std::uint64_t{1} << 24)) block += filler;
  const std::string member = gzip(block);
  std::string file = gzip(begin);
  for (std::uint64_t size = begin.size(); size < 2 * gibibyte; size += block.size()) file += member;
  return file;
}

struct Hostile {
  const char* what;
  std::string name, begin, filler;
  const char* reason;
};

}  // namespace

TEST_CASE("2 GiB that no format has any use for are refused with less than 1 GiB of memory") {
  const std::string goal = little_endian(4223, 8) + little_endian(1, 4) + little_endian(0, 2) + little_endian(22, 8) +
                           little_endian((std::uint64_t{1} << 40) + 22, 8);
  const std::string operations = little_endian(1 << 28, 4), param = R"([{"comms": "all_reduce", "dtype": ")";
  const std::string header =
                        R"({"header": {"id": "a", "rank": 0, "n_ranks": 1}, "metadata": {"hostname": "h", "pid": 1}, )",
                    record = header + R"("dump_stats": {}})";
  const Hostile files[] = {
      {"a record of Chakra", "a.0.et", std::string{"\0\xff\xff\xff\xff\x07", 6}, "x", "above the limit"},
      {"empty records of Chakra", "a.0.et", "", std::string(1, '\0'), "the node has no type"},
      {"a text in a workload graph", "a.0.json", R"({"workload_graph": [{"Name": ")", "x", "longer than"},
      {"blanks in a workload graph", "a.0.json", R"({"workload_graph": [{"Name": )", " ", "longer than"},
      {"a number in a workload graph", "a.0.json", R"({"workload_graph": [{"Id": 1)", "0", "element 0"},
      {"a key of a workload graph", "a.0.json", R"({"workload_graph": [], ")", "x", "longer than"},
      {"nested lists in a workload graph", "a.0.json", R"({"workload_graph": )", "[", "too deep"},
      {"a text in protobuf's JSON", "a.0.json", R"({"version": "1", "attr": [{"name": "Val", "stringVal": ")", "x",
       "longer than"},
      {"a line of a GOAL schedule", "a.goal", "num_ranks 1\nrank 0 {\n", "x", "longer than"},
      {"a comment of a GOAL schedule", "a.goal", "num_ranks 1\nrank 0 {\n/*", "x", "longer than"},
      {"first operations of a GOAL schedule", "a.bin", goal + operations + operations, std::string(1, '\0'),
       "not in order"},
      {"operations of a GOAL schedule", "a.bin", goal + operations + little_endian(0, 4), std::string(1, '\0'),
       "type 0"},
      {"a line of a layer table", "a.txt", "HYBRID_TRANSFORMER model_parallel_NPU_group: 2\n1\n", "x", "longer than"},
      {"a line of an operation table", "a.csv", "[rank0 ~ rank7]\n", "x", "longer than"},
      {"a text in a PARAM trace", "rank-0.json", R"([{"comms": "wait", "req": 1}, {"comms": ")", "x", "longer than"},
      {"a list in a PARAM trace", "rank-0.json", R"([{"comms": "wait", "req": 1}, {"comms": "init", "global_ranks": [)",
       "0,", "longer than"},
      {"a text in a record of NCCL", "a.log", record + R"({"header": ")", "x", "longer than"},
      {"blanks in a record of NCCL", "a.log", record + R"({"header": )", " ", "longer than"},
      {"a list in a record of NCCL", "a.log", record + header + R"("coll_perf": [)", "0,", "longer than"},
  };
  for (const Hostile& file : files) {
    INFO(file.what);
    const Folder folder;
    folder.write(file.name, two_gibibytes(file.begin, file.filler));
    const Outcome outcome = run_farlink(folder.path(), {"trace", "info", file.name});
    CHECK(outcome.status > 0);
    CHECK(outcome.status < 128);
    INFO(outcome.err.substr(0, 500));
    CHECK(outcome.err.find(file.reason) != std::string::npos);
    CHECK(outcome.err.size() < 2000);
  }
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  rusage used{};
  REQUIRE(::getrusage(RUSAGE_CHILDREN, &used) == 0);
  CHECK(static_cast<std::uint64_t>(used.ru_maxrss) * 1024 < gibibyte);  // of the largest
#endif
}

}  // namespace farlink::cli_test
