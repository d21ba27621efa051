// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_inspector.hpp"

#include <catch2/catch.hpp>

#include "control/json/json.hpp"
#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/pending_nodes.hpp"
#include "control/trace/summary.hpp"
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
  return import_inspector(trace_test::bytes_of(files), options);
}
std::string refusal(const std::vector<std::string>& files, const ImportOptions& options = {}) {
  return trace_test::refusal_of([&] { read(files, options); });
}

struct Communicator {
  std::string id = "0xa";
  int rank = 0, ranks = 2;
};

json::object context(int pid, const Communicator& communicator) {
  return {{"header", json::object{{"id", communicator.id},
                                  {"comm_name", "unknown"},
                                  {"rank", communicator.rank},
                                  {"n_ranks", communicator.ranks},
                                  {"nnodes", 1}}},
          {"metadata", json::object{{"inspector_output_format_version", "v4.0"}, {"hostname", "west"}, {"pid", pid}}}};
}

json::object times(const std::string& prefix, std::uint64_t start, std::uint64_t stop) {
  json::array kernels;
  kernels.push_back(json::object{{"channel_id", 0}, {"kernel_start_ts", start}, {"kernel_stop_ts", stop}});
  return {{prefix + "_start_ts", start - 1}, {prefix + "_stop_ts", start}, {"kernel_events", kernels}};
}

// Of a process; `start` 0: without times.
std::string call(int pid, const Communicator& communicator, const std::string& name, int number, std::uint64_t size,
                 std::uint64_t start = 0, std::uint64_t stop = 0) {
  json::object record = context(pid, communicator);
  json::object perf{{"coll", name}, {"coll_sn", number}, {"coll_msg_size_bytes", size}, {"coll_exec_time_us", 100}};
  if (start > 0) perf["event_trace_ts"] = times("coll", start, stop);
  record["coll_perf"] = perf;
  return json::to_line(record) + "\n";
}
std::string message(int pid, const Communicator& communicator, const std::string& name, int number, int peer,
                    std::uint64_t size, std::uint64_t start = 0, std::uint64_t stop = 0) {
  json::object record = context(pid, communicator);
  json::object perf{{"p2p", name}, {"p2p_sn", number}, {"p2p_peer", peer}, {"p2p_msg_size_bytes", size}};
  if (start > 0) perf["event_trace_ts"] = times("p2p", start, stop);
  record["p2p_perf"] = perf;
  return json::to_line(record) + "\n";
}

const Communicator first{"0xa", 0, 2}, second{"0xa", 1, 2};

}  // namespace

TEST_CASE("records of NCCL Inspector: calls, sizes, and what is computed between them") {
  const auto process = [](int pid, const Communicator& communicator, std::uint64_t clock) {
    return call(pid, communicator, "AllReduce", 7, 65'536, clock + 100, clock + 200) +
           call(pid, communicator, "AllGather", 3, 65'536, clock + 250, clock + 300) +
           call(pid, communicator, "ReduceScatter", 0, 65'536, clock + 300, clock + 340) +
           call(pid, communicator, "AllReduce", 8, 131'072, clock + 1'340, clock + 1'400);
  };
  const Graph graph = read({process(5, second, 5'000), process(4, first, 90'000)});
  REQUIRE(graph.ranks.size() == 2);
  REQUIRE(graph.groups.size() == 1);
  CHECK(graph.groups[0].name == "0xa");
  CHECK(graph.groups[0].ranks == std::vector<std::uint32_t>{0, 1});
  const auto& nodes = graph.ranks[0].nodes;
  REQUIRE(nodes.size() == 6);
  CHECK(nodes[0].collective == Collective::all_reduce);
  CHECK(nodes[0].bytes == Bytes{65'536});
  CHECK(nodes[1].duration == Duration::microseconds(50));
  CHECK_FALSE(nodes[1].on_host);
  CHECK(nodes[2].collective == Collective::all_gather);
  CHECK(nodes[2].bytes == Bytes{65'536});
  CHECK(nodes[3].collective == Collective::reduce_scatter);
  CHECK(nodes[3].bytes == Bytes{131'072});
  CHECK(nodes[4].duration == Duration::milliseconds(1));
  CHECK(nodes[5].record == 3);
  CHECK(trace_test::Evaluator(graph, Duration::zero()).step_time() == Duration::microseconds(1'050));
  REQUIRE(graph.notes.size() == 2);
  CHECK_THAT(graph.notes[1], Contains("by the times of kernels"));
}

// 65 536 bytes and 32 ranks in 110 us are 19.065018 GB/s where the size is one rank's part.
TEST_CASE("the bandwidth in a record tells a rank's part from the whole buffer") {
  const auto size_of = [](const std::string& name, double bandwidth) {
    std::vector<std::string> files;
    for (int rank = 0; rank < 32; ++rank) {
      json::object record = context(rank, {"0x9e", rank, 32});
      record["coll_perf"] = json::object{{"coll", name},
                                         {"coll_sn", 129},
                                         {"coll_msg_size_bytes", 65'536},
                                         {"coll_exec_time_us", 110},
                                         {"coll_algobw_gbs", bandwidth}};
      files.push_back(json::to_line(record));
    }
    return read(files).ranks[0].nodes.at(0).bytes;
  };
  CHECK(size_of("ReduceScatter", 19.065018) == Bytes{65'536 * 32});
  CHECK(size_of("ReduceScatter", 19.065018 / 32) == Bytes{65'536});
  CHECK(size_of("AllGather", 19.065018) == Bytes{65'536});
  CHECK(size_of("AllGather", 19.065018 / 32) == Bytes{65'536 / 32});
  CHECK(size_of("AllReduce", 19.065018 / 32) == Bytes{65'536});
}

TEST_CASE("communicators that run beside each other do so again") {
  // Four processes: all in one communicator, two in each of two more.
  std::vector<std::string> files;
  for (int rank = 0; rank < 4; ++rank) {
    const Communicator all{"0xa", rank, 4}, pair{rank % 2 == 0 ? "0xb" : "0xc", rank / 2, 2};
    files.push_back(call(rank, all, "AllReduce", 0, 8192, 100, 300) + call(rank, pair, "AllReduce", 0, 4096, 150, 200) +
                    call(rank, pair, "AllReduce", 1, 4096, 220, 400) + call(rank, all, "AllReduce", 1, 8192, 410, 500));
  }
  const Graph graph = read(files);
  REQUIRE(graph.groups.size() == 3);
  CHECK(graph.groups[2].ranks == std::vector<std::uint32_t>{1, 3});
  const Program& rank = graph.ranks[3];
  REQUIRE(rank.nodes.size() == 5);
  CHECK(rank.nodes[0].dependency_count == 0);
  CHECK(rank.nodes[1].dependency_count == 0);
  REQUIRE(rank.nodes[2].dependency_count == 1);
  CHECK(rank.dependencies_of(rank.nodes[2])[0] == 1);
  CHECK(rank.nodes[3].duration == Duration::microseconds(10));
  CHECK(rank.nodes[3].dependency_count == 2);
  CHECK(rank.dependencies_of(rank.nodes[4])[1] == 3);
}

TEST_CASE("messages go to ranks of their communicator") {
  const Communicator all{"0xa", 0, 3}, of_one{"0xa", 1, 3}, of_two{"0xa", 2, 3}, low{"0xb", 0, 2}, high{"0xb", 1, 2};
  const Graph graph =
      read({call(1, all, "Broadcast", 0, 8192, 10, 20),
            call(2, of_one, "Broadcast", 0, 8192, 10, 20) + message(2, low, "Send", 1, 1, 999, 30, 50) +
                message(2, low, "Recv", 2, 1, 111, 31, 51) + message(2, low, "Send", 3, 0, 5, 52, 53),
            call(3, of_two, "Broadcast", 0, 8192, 10, 20) + message(3, high, "Send", 1, 0, 111, 30, 50) +
                message(3, high, "Recv", 2, 0, 999, 31, 51)});
  const auto& nodes = graph.ranks[1].nodes;
  REQUIRE(nodes.size() == 4);  // without what it sends to itself
  CHECK(nodes[2].kind == NodeKind::send);
  CHECK(nodes[2].peer == 2);
  CHECK(nodes[2].bytes == Bytes{999});
  CHECK(nodes[3].peer == 2);
  CHECK(nodes[3].dependency_count == 1);
  CHECK(summarize(graph).sent_bytes == Bytes{1110});
  REQUIRE(graph.notes.size() == 3);
  CHECK_THAT(graph.notes[2], Contains("taken for rank 0 of its communicator"));
}

TEST_CASE("without times every communicator has its own order, and records follow one another") {
  const Communicator none{"0xb", 0, 2}, other{"0xb", 1, 2};
  const Graph graph = read({call(1, first, "AllReduce", 4, 8192) + call(1, none, "AllReduce", 0, 4096) +
                                call(1, first, "AllGather", 0, 8192),
                            call(2, other, "AllReduce", 0, 4096) + call(2, second, "AllReduce", 4, 8192) +
                                call(2, second, "AllGather", 0, 8192)});
  CHECK(graph.ranks[0].nodes.size() == 3);
  CHECK(graph.ranks[0].nodes[1].dependency_count == 1);
  CHECK(graph.ranks[0].nodes[2].dependency_count == 0);
  CHECK_THAT(graph.notes.at(1), Contains("NCCL_INSPECTOR_DUMP_VERBOSE"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 4, 8192) + message(1, first, "Send", 1, 1, 8192),
                      call(2, second, "AllReduce", 4, 8192) + message(2, second, "Recv", 1, 0, 8192)}),
             Contains("memory: west, pid 1, record 1: messages without times"));
}

TEST_CASE("what was not recorded, or not everywhere, is counted") {
  const Graph graph =
      read({call(1, first, "AllReduce", 1, 8192, 10, 20) + call(1, first, "AllReduce", 5, 8192, 30, 40) +
                call(1, first, "AllReduce", 6, 8192, 50, 60) + message(1, first, "Send", 1, 1, 9, 70, 80),
            call(2, second, "AllReduce", 5, 8192, 30, 40) + call(2, second, "AllReduce", 6, 8192, 50, 60)});
  CHECK(graph.ranks[0].nodes.size() == 3);
  REQUIRE(graph.notes.size() == 5);
  CHECK_THAT(graph.notes[2], Contains("3 collectives were not recorded"));
  CHECK_THAT(graph.notes[3], Contains("1 collectives were recorded by some of their ranks only"));
  CHECK_THAT(graph.notes[4], Contains("1 messages were recorded at one end only"));
}

TEST_CASE("neighbours that clocks see in another order keep that of the first rank") {
  const Graph graph =
      read({call(1, first, "AllReduce", 1, 8192, 10, 20) + call(1, first, "AllReduce", 2, 4096, 11, 21),
            call(2, second, "AllReduce", 2, 4096, 10, 20) + call(2, second, "AllReduce", 1, 8192, 11, 21)});
  CHECK(graph.ranks[1].nodes[0].bytes == Bytes{8192});
  CHECK(graph.ranks[1].nodes[1].bytes == Bytes{4096});
}

TEST_CASE("from version 4.3 on a dump says once whom its records are of") {
  const auto file = [](int pid, const Communicator& communicator) {
    json::object dump = context(pid, communicator);
    dump["dump_stats"] = json::object{{"coll_records", 1}, {"p2p_records", 0}};
    return json::to_line(dump) + "\n" +
           R"({"coll_perf": {"coll": "AllReduce", "coll_sn": 1, "coll_msg_size_bytes": 8192, "coll_exec_time_us": 5}})";
  };
  const Graph graph = read({file(1, first), file(2, second)});
  CHECK(graph.ranks[1].nodes.at(0).bytes == Bytes{8192});
  CHECK_THAT(refusal({R"({"coll_perf": {"coll": "AllReduce"}})"}), Contains("element 0: the record has no header"));
}

TEST_CASE("records that are refused say where and why") {
  CHECK_THAT(refusal({"[]"}), Contains("element 0: the record is no JSON object"));
  CHECK_THAT(refusal({call(1, first, "Jump", 0, 1)}), Contains("coll 'Jump' is unknown"));
  CHECK_THAT(refusal({call(1, first, "AllGatherV", 0, 1)}), Contains("AllGatherV: what the other ranks contribute"));
  CHECK_THAT(refusal({call(1, {"0xa", 2, 2}, "AllReduce", 0, 1)}), Contains("rank 2 in a communicator of 2"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1)}),
             Contains("there are records of 1 processes, and no communicator"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1) + call(1, second, "AllReduce", 0, 1)}),
             Contains("the process is both rank 0 and rank 1"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1), call(2, first, "AllReduce", 0, 1)}),
             Contains("rank 0 of communicator 0xa is west, pid 1 as well as west, pid 2"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1), call(2, {"0xa", 1, 3}, "AllReduce", 0, 1)}),
             Contains("has 3 ranks here and 2 elsewhere"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1, 20, 10)}),
             Contains("kernel_stop_ts is before kernel_start_ts"));
  CHECK_THAT(refusal({message(1, first, "Send", 0, 7, 1)}), Contains("p2p_peer 7 in a communicator of 2"));
  CHECK_THAT(refusal({call(1, first, "ReduceScatter", 0, std::uint64_t{1} << 50)}),
             Contains("more than a message can be"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1) + call(1, first, "AllReduce", 0, 1) +
                          call(1, first, "AllReduce", 0, 1),
                      call(2, second, "AllReduce", 0, 1)}),
             Contains("has recorded call 0 twice"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1) + call(1, first, "AllReduce", 0, 1) +
                          call(1, first, "AllReduce", 1, 1),
                      call(2, second, "AllReduce", 1, 1)}),
             Contains("west, pid 2: has not recorded call 0"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1, 10, 20) +
                          call(1, first, "AllReduce", 1, 1, 5'000'000'000'000, 5'000'000'000'001),
                      call(2, second, "AllReduce", 0, 1, 10, 20) + call(2, second, "AllReduce", 1, 1, 30, 40)}),
             Contains("record 1: more than 30 days"));
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1).substr(0, 60)}), Contains("element 0: incomplete"));
  ImportOptions small;
  small.memory_limit = Bytes{500};
  CHECK_THAT(refusal({call(1, first, "AllReduce", 0, 1)}, small), Contains("memory limit"));
}

TEST_CASE("records in a folder, an archive and one file") {
  const Folder folder;
  const std::string one = call(1, first, "AllReduce", 0, 8192), two = call(2, second, "AllReduce", 0, 8192);
  folder.put("west-pid1.log", one);
  folder.put("west-pid2.log.gz", trace_test::gzip(two));
  CHECK(recognise(folder.path()).name == "record of NCCL Inspector");
  CHECK(import_trace(folder.path()).ranks.size() == 2);
  const Folder other;
  trace_test::write_tar(folder / "job.tgz", {{"a/1", one}, {"a/2", two}}, true);
  CHECK(import_trace(folder / "job.tgz").ranks.size() == 2);
  CHECK(import_trace(folder.put("all.jsonl", one + two)).ranks.size() == 2);
  CHECK_THROWS_WITH(import_trace(folder.put("half.jsonl", one)),
                    Contains("half.jsonl: there are records of 1 processes"));
}

TEST_CASE("many nodes that the next waits for are joined by one") {
  Program rank;
  PendingNodes pending{rank};
  for (int i = 0; i < 1000; ++i) pending.join(rank.add({}, {}));
  CHECK(pending.nodes().size() < 128);
  CHECK(rank.dependencies.size() < 1100);
}
