// SPDX-License-Identifier: Apache-2.0
// Files, folders, archives, gzip, and what is wrong with damaged ones.
#include <catch2/catch.hpp>
#include <filesystem>

#include "control/trace/error.hpp"
#include "control/trace/rank_files.hpp"
#include "tests/trace/chakra_files.hpp"
#include "tests/trace/trace_files.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string pair_file = file_of({collective(1, chakra::ALL_REDUCE, 64)});

}  // namespace

TEST_CASE("names of rank files") {
  CHECK(parse_rank_name("a/all_reduce.3.et") == RankName{"a/all_reduce", 3});
  CHECK(parse_rank_name("x.1.et.gz") == RankName{"x", 1});
  CHECK_FALSE(parse_rank_name("x.et"));
  CHECK_FALSE(parse_rank_name("x.1.json"));
  CHECK_FALSE(parse_rank_name("x.-1.et"));
  CHECK_FALSE(parse_rank_name("x.1a.et"));
  CHECK_FALSE(parse_rank_name("x.99999999999.et"));
}

TEST_CASE("a job by prefix, by folder and by one file") {
  const Folder folder;
  folder.put("job.0.et", pair_file);
  folder.put("job.1.et.gz", gzip(pair_file));
  folder.put("notes.txt", "no trace");
  CHECK(import_chakra(folder / "job").ranks.size() == 2);
  CHECK(import_chakra(folder.path()).ranks.size() == 2);
  CHECK(import_chakra(folder / "job").source == (folder / "job").string());
  CHECK(import_chakra(folder.put("alone.et", file_of({compute(0, 5)}))).ranks.size() == 1);

  folder.put("other.0.et", pair_file);
  CHECK_THROWS_WITH(import_chakra(folder.path()),
                    Contains("several jobs; name one by its prefix") &&
                        Contains((folder / "job").string() + ", " + (folder / "other").string()));
  CHECK_THROWS_WITH(import_chakra(folder / "none"), Contains("no such trace; give a prefix"));
  fs::remove(folder / "job.0.et");
  CHECK_THROWS_WITH(import_chakra(folder / "job"), Contains("the file of rank 0 is missing"));
  folder.put("twice.0.et", pair_file);
  folder.put("twice.0.et.gz", gzip(pair_file));
  CHECK_THROWS_WITH(import_chakra(folder / "twice"), Contains("there are two files of rank 0"));
  fs::create_directories(folder / "empty");
  CHECK_THROWS_WITH(import_chakra(folder / "empty"), Contains("the folder holds no PREFIX.<rank>.et file"));
}

TEST_CASE("a job in a tar archive, gzip outside, inside or not at all") {
  const Folder folder;
  const bool is_gzip = GENERATE(false, true);
  const fs::path path = folder / "job.bin";
  write_tar(
      path,
      {{"run/._job.0.et", "macOS"}, {"run/job.1.et", gzip(pair_file)}, {"run/job.0.et", pair_file}, {"README", "x"}},
      is_gzip);
  CHECK(import_chakra(path).ranks.size() == 2);

  write_tar(path, {{"a.0.et", pair_file}, {"b.0.et", pair_file}}, is_gzip);
  CHECK_THROWS_WITH(import_chakra(path), Contains("the archive holds several jobs ('a', 'b')"));
  write_tar(path, {{"README", "x"}}, is_gzip);
  CHECK_THROWS_WITH(import_chakra(path), Contains("the archive holds no PREFIX.<rank>.et file"));
  write_tar(path, {{"a.0.et", pair_file.substr(0, pair_file.size() - 3)}}, is_gzip);
  CHECK_THROWS_WITH(import_chakra(path), Contains("job.bin: a.0.et: record 1: the file ends after"));

  write_tar(path, {{"a.0.et", std::string(5000, 'x')}}, false);
  fs::resize_file(path, 1000);
  CHECK_THROWS_AS(import_chakra(path), TraceError);
}

TEST_CASE("a comm-groups file names the ranks of groups") {
  const Folder folder;
  const std::string file = file_of({collective(1, chakra::ALL_REDUCE, 64).with_text("pg_name", "7")});
  const std::string other = file_of({collective(1, chakra::ALL_REDUCE, 64).with_text("pg_name", "8")});
  for (const char* rank : {"0", "2"}) folder.put(std::string{"job."} + rank + ".et", file);
  for (const char* rank : {"1", "3"}) folder.put(std::string{"job."} + rank + ".et", other);
  CHECK_THROWS_WITH(import_chakra(folder / "job"), Contains("group '7' is not described in the trace"));
  const fs::path groups = folder.put("job.comm-groups.json", R"({"7": [0, 2], "8": [1, 3]})");
  const Graph graph = import_chakra(folder / "job");
  REQUIRE(graph.groups.size() == 2);
  CHECK(graph.groups[1].ranks == std::vector<std::uint32_t>{1, 3});
  REQUIRE(graph.notes.size() == 1);
  CHECK_THAT(graph.notes[0], Contains("groups of ranks are those of"));

  ImportOptions options;
  options.comm_groups = folder.put("mine.json", R"({"7": [2, 0], "8": [1, 3]})");
  CHECK(import_chakra(folder / "job", options).groups[0].ranks == std::vector<std::uint32_t>{2, 0});
  folder.put("mine.json", R"({"7": "all"})");
  CHECK_THROWS_WITH(import_chakra(folder / "job", options), Contains("mine.json: ranks of group '7' are not a list"));
  folder.put("mine.json", R"({"7": [0, -1]})");
  CHECK_THROWS_WITH(import_chakra(folder / "job", options), Contains("a rank of group '7' is not a whole number"));
  folder.put("mine.json", "[");
  CHECK_THROWS_WITH(import_chakra(folder / "job", options), Contains("mine.json: not valid JSON"));
}

TEST_CASE("damaged files are refused with record and reason") {
  const auto refusal = [](const std::string& bytes) {
    try {
      import_files({bytes});
    } catch (const TraceError& error) {
      return std::string{error.what()};
    }
    return std::string{"imported"};
  };
  const std::string good = file_of({compute(0, 1)});
  CHECK(refusal(good) == "imported");
  CHECK(refusal(std::string(1, '\0')) == "imported");  // an empty GlobalMetadata and no node
  CHECK_THAT(refusal(""), Contains("the file is empty"));
  CHECK_THAT(refusal(good.substr(0, good.size() - 1)),
             Contains("record 1: the file ends after") && Contains("the trace is truncated"));
  CHECK_THAT(refusal(good + "\x85"), Contains("record 2: the file ends inside its length"));
  CHECK_THAT(refusal(good + std::string(11, '\x80')),
             Contains("record 2: its length is a varint of more than 10 bytes"));
  CHECK_THAT(refusal(good + std::string(9, '\xff') + "\x02"), Contains("its length does not fit 64 bits"));
  CHECK_THAT(refusal(good + varint(std::uint64_t{1} << 40)),
             Contains("record 2: its length of 1099511627776 bytes is above the limit"));
  CHECK_THAT(refusal(good + varint(100) + "abc"), Contains("the file ends after 3 of its 100 bytes"));
  CHECK_THAT(refusal(good + varint(2) + "\x0b\x07"), Contains("record 2: not a Node message"));
  CHECK_THAT(refusal(good + std::string(1, '\0')), Contains("record 2 (rank 0, node id 0 ''): the node has no type"));
  CHECK_THAT(refusal(compute(5, 1).record()), Contains("record 0: not a GlobalMetadata message"));
  CHECK_THAT(refusal("{\"nodes\": []}"), Contains("no Chakra execution trace"));

  const std::string packed = gzip(good);
  CHECK(refusal(packed) == "imported");
  CHECK_THAT(refusal(packed.substr(0, packed.size() - 9)), Contains("gzip data ends too early"));
  std::string flipped = packed;
  flipped[flipped.size() - 6] = static_cast<char>(flipped[flipped.size() - 6] ^ 0x55);  // in its checksum
  CHECK_THAT(refusal(flipped), Contains("gzip data is corrupt"));
}

TEST_CASE("what a trace may occupy is bounded") {
  ImportOptions options;
  options.memory_limit = units::Bytes{100};  // less than two nodes
  CHECK_NOTHROW(import_files({file_of({compute(0, 1)})}, options));
  CHECK_THROWS_WITH(import_files({file_of({compute(0, 1), compute(1, 1)})}, options), Contains("memory limit"));
  options = {};
  options.record_limit = units::Bytes{16};
  CHECK_THROWS_WITH(import_files({file_of({compute(0, 1).name(std::string(17, 'x'))})}, options),
                    Contains("above the limit of 16"));
}
