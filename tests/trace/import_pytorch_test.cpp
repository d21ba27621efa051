// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_pytorch.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/job_files.hpp"
#include "control/trace/summary.hpp"
#include "tests/trace/bytes_of.hpp"
#include "tests/trace/trace_files.hpp"

using namespace farlink;
using namespace farlink::trace;
using Catch::Matchers::Contains;
using trace_test::bytes_of;
using units::Bytes;
using units::Duration;

namespace {

Graph from_host(const std::vector<std::string>& files, const std::vector<std::string>& profiles = {},
                const ImportOptions& options = {}) {
  return import_host_trace(bytes_of(files), bytes_of(profiles), options);
}

Graph from_profiles(const std::vector<std::string>& files, const ImportOptions& options = {}) {
  return import_kineto(bytes_of(files), options);
}

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const std::string& part : parts) text += (text.empty() ? "" : ",") + part;
  return text;
}

std::string host_trace(const std::vector<std::string>& nodes) {
  return R"({"schema":"1.1.0-chakra.0.0.4","pid":1,"nodes":[)" + joined(nodes) + "]}";
}

std::string groups(const std::string& list) {
  std::string text;
  for (const char c : list) text += c == '"' ? "\\\"" : std::string{c};
  return R"({"id":2,"name":"## process_group:init ##","inputs":{"values":[")" + text + R"("]},"attrs":[]})";
}

std::string attribute(const std::string& name, const std::string& value) {
  return R"({"name":")" + name + R"(","type":"x","value":)" + value + "}";
}

// A call of schema 1.1.0: `peer` is a place in the group.
std::string call(int id, int sequence, const std::string& name, int in, int out, const std::string& group = "0",
                 int peer = 0, const std::string& in_split = "[]", const std::string& out_split = "[]") {
  return R"({"id":)" + std::to_string(id) + R"(,"name":"record_param_comms","inputs":{"values":[[],)" +
         std::to_string(sequence) + R"(,[")" + group + R"(",""],)" + std::to_string(peer) + R"(,")" + name +
         R"(",[],[],0,1,2]},"attrs":[)" +
         joined({attribute("collective_name", '"' + name + '"'), attribute("dtype", "\"Float\""),
                 attribute("in_msg_nelems", std::to_string(in)), attribute("out_msg_nelems", std::to_string(out)),
                 attribute("in_split_size", '"' + in_split + '"'), attribute("out_split_size", '"' + out_split + '"'),
                 attribute("pg_name", '"' + group + '"')}) +
         "]}";
}

std::string wait(int id, int sequence) {
  return R"({"id":)" + std::to_string(id) + R"(,"name":"record_param_comms","inputs":{"values":[)" +
         std::to_string(sequence) + R"(,["",""],1,"wait",[],[],-1,-1,1]},"attrs":[]})";
}

std::string named(int id, const std::string& name) {
  return R"({"id":)" + std::to_string(id) + R"(,"name":")" + name + R"(","inputs":{"values":[]},"attrs":[]})";
}

// A call of schema 1.0.1: fields of the node itself, tensors of `elements` times 4 bytes.
std::string old_call(int id, int sequence, const std::string& name, int elements, const std::string& in_split = "[]",
                     const std::string& out_split = "[]", const std::string& group = "777") {
  return R"({"id":)" + std::to_string(id) + R"(,"rf_id":1,"name":"record_param_comms","inputs":[[5,6,0,)" +
         std::to_string(elements) + R"(,4,"cuda:0"],)" + std::to_string(sequence) + "," + group + R"(,0,")" + name +
         "\"," + in_split + "," + out_split + "]}";
}

std::string event(const std::string& category, const std::string& name, const std::string& start,
                  const std::string& length, const std::string& arguments = "") {
  return R"({"ph":"X","cat":")" + category + R"(","name":")" + name + R"(","pid":1,"tid":1,"ts":)" + start +
         R"(,"dur":)" + length + R"(,"args":{)" + arguments + "}}";
}

std::string profile(int rank, int world, const std::vector<std::string>& events) {
  return R"({"schemaVersion":1,"distributedInfo":{"backend":"nccl","rank":)" + std::to_string(rank) +
         R"(,"world_size":)" + std::to_string(world) + R"(},"traceEvents":[)" + joined(events) + "]}";
}

const std::string all_of_two = groups(R"([{"pg_name":"0","pg_desc":"default_pg","ranks":[],"group_size":2}])");

std::vector<std::uint32_t> dependencies(const Graph& graph, std::uint32_t rank, std::uint32_t node) {
  const auto span = graph.ranks[rank].dependencies_of(graph.ranks[rank].nodes[node]);
  return {span.begin(), span.end()};
}

}  // namespace

TEST_CASE("calls of a host trace: sizes in bytes, waits, and what goes on beside what follows") {
  const std::string file =
      host_trace({all_of_two, call(10, 1, "allreduce", 100, 100), call(11, 2, "_allgather_base", 8, 16), wait(12, 1),
                  call(13, 3, "reduce_scatter", 16, 8), call(14, 4, "broadcast", 5, 5, "0", 1)});
  const Graph graph = from_host({file, file});
  REQUIRE(graph.ranks.size() == 2);
  const auto& nodes = graph.ranks[0].nodes;
  REQUIRE(nodes.size() == 4);
  CHECK(nodes[0].collective == Collective::all_reduce);
  CHECK(nodes[0].bytes == Bytes{400});
  CHECK(nodes[0].record == 10);
  CHECK(nodes[1].collective == Collective::all_gather);
  CHECK(nodes[1].bytes == Bytes{32});  // the shard
  CHECK(nodes[2].collective == Collective::reduce_scatter);
  CHECK(nodes[2].bytes == Bytes{64});  // the whole buffer
  CHECK(nodes[3].collective == Collective::broadcast);
  CHECK(graph.groups[graph.ranks.group_of(0, nodes[3])].ranks == std::vector<std::uint32_t>{1, 0});  // the root first
  CHECK(dependencies(graph, 0, 0).empty());
  CHECK(dependencies(graph, 0, 1).empty());  // the all-reduce is waited for later
  CHECK(dependencies(graph, 0, 2) == std::vector<std::uint32_t>{0, 1});
  CHECK_THAT(graph.notes.front(), Contains("A host trace has no times"));
}

TEST_CASE("gradients that no wait names are waited for by the optimizer's step") {
  const std::string file = host_trace({all_of_two, call(10, 1, "allreduce", 1, 1), call(11, 2, "allreduce", 2, 2),
                                       named(12, "Optimizer.step#SGD.step"), call(13, 3, "broadcast", 1, 1),
                                       call(14, 4, "allreduce", 4, 4)});
  const Graph graph = from_host({file, file});
  CHECK(dependencies(graph, 0, 1).empty());
  CHECK(dependencies(graph, 0, 2) == std::vector<std::uint32_t>{0, 1});
  CHECK(dependencies(graph, 0, 3) == std::vector<std::uint32_t>{2});
  const std::string without = host_trace({all_of_two, call(10, 1, "allreduce", 1, 1), call(11, 2, "allreduce", 2, 2)});
  CHECK(dependencies(from_host({without, without}), 0, 1) == std::vector<std::uint32_t>{0});
}

TEST_CASE("calls that the next step waits for go on beside this one") {
  const std::string file =
      host_trace({all_of_two, wait(9, 77), call(10, 1, "all_to_all", 4, 4), call(11, 2, "all_to_all", 2, 2)});
  const Graph graph = from_host({file, file});
  CHECK(dependencies(graph, 0, 1).empty());
  CHECK_THAT(graph.notes.back(), Contains("2 waits name a request that no call before them has"));
}

TEST_CASE("schema 1.0.1: uneven parts of an all-to-all become messages") {
  const std::string first =
      host_trace({old_call(10, 1, "all_to_allv", 6, "[1,5]", "[1,2]"), old_call(11, 2, "allreduce", 8)});
  const std::string second =
      host_trace({old_call(20, 1, "all_to_allv", 4, "[2,2]", "[5,2]"), old_call(21, 2, "allreduce", 8)});
  const Graph graph = from_host({first, second});
  const Summary summary = summarize(graph);
  CHECK(summary.sent_messages == 2);
  CHECK(summary.sent_bytes == Bytes{(5 + 2) * 4});
  REQUIRE(summary.collectives.size() == 1);
  CHECK(summary.collectives[0].bytes == Bytes{32});
  const std::string several =
      host_trace({old_call(10, 1, "allreduce", 6), old_call(11, 2, "allreduce", 6, "[]", "[]", "778")});
  CHECK_THROWS_WITH(from_host({several, several}), Contains("node id 11") && Contains("several process groups"));
}

TEST_CASE("messages go to a place in their group") {
  const std::string list = groups(R"([{"pg_name":"5","ranks":[2,0],"group_size":2}])");
  const Graph graph =
      from_host({host_trace({list, call(10, 1, "send", 3, 0, "5", 0)}), host_trace({named(1, "nothing")}),
                 host_trace({list, call(11, 1, "recv", 0, 3, "5", 1)})});
  CHECK(graph.ranks[0].nodes[0].kind == NodeKind::send);
  CHECK(graph.ranks[0].nodes[0].peer == 2);
  CHECK(graph.ranks[2].nodes[0].kind == NodeKind::receive);
  CHECK(graph.ranks[2].nodes[0].peer == 0);
  CHECK(graph.ranks[2].nodes[0].bytes == Bytes{12});
}

TEST_CASE("a profile joined: host and GPU work between the calls") {
  const std::string host = host_trace({all_of_two, call(10, 1, "allreduce", 1, 1), wait(11, 1)});
  // Microseconds: the step from 100 to 200; a kernel of 7 launched at 105, the call at 110, the host waits for the GPU
  // from 120 to 150, the wait at 160, a kernel of 30 launched at 170.
  const auto recorded = [](int rank) {
    return profile(
        rank, 2,
        {event("user_annotation", "ProfilerStep#3", "100", "100"), event("cpu_op", "record_param_comms", "160.5", "1"),
         event("cpu_op", "record_param_comms", "110", "5"),
         event("cuda_runtime", "cudaLaunchKernel", "105", "2", "\"correlation\":4"),
         event("kernel", "gemm", "130", "7", "\"correlation\":4,\"stream\":7"),
         event("kernel", "ncclKernel_AllReduce_RING", "131", "40", "\"correlation\":5"),
         event("cuda_runtime", "cudaStreamSynchronize", "120", "30", "\"correlation\":6"),
         event("cuda_runtime", "cudaLaunchKernel", "170", "2", "\"correlation\":9"),
         event("kernel", "gemm", "171", "30", "\"correlation\":9"),
         event("Trace", "PyTorch Profiler (0)", "0", "900")});
  };
  const Graph graph = from_host({host, host}, {recorded(0), recorded(1)});
  const auto& nodes = graph.ranks[1].nodes;
  REQUIRE(nodes.size() == 7);
  CHECK(nodes[0].duration == Duration::microseconds(7));  // the kernel, which begins with the host's first span
  CHECK_FALSE(nodes[0].on_host);
  CHECK(nodes[1].duration == Duration::microseconds(10));
  CHECK(nodes[1].on_host);
  CHECK(nodes[2].kind == NodeKind::collective);
  CHECK(dependencies(graph, 1, 2) == std::vector<std::uint32_t>{0, 1});
  CHECK(nodes[3].duration == Duration::microseconds(10));  // 110 to 120
  CHECK(dependencies(graph, 1, 3) == std::vector<std::uint32_t>{1});
  CHECK(nodes[4].duration == Duration::nanoseconds(10'500));  // 150 to 160.5, when the GPU has come so far
  CHECK(dependencies(graph, 1, 4) == std::vector<std::uint32_t>{0, 3});
  CHECK(nodes[5].duration == Duration::microseconds(30));  // launched behind the wait for the all-reduce
  CHECK(dependencies(graph, 1, 5) == std::vector<std::uint32_t>{2, 4});
  CHECK(nodes[6].duration == Duration::nanoseconds(39'500));
  CHECK_THAT(graph.notes.front(),
             Contains("the longest recording is 0.100 ms.") && Contains("0.040 ms on the mean rank"));
}

TEST_CASE("a profile that names its calls stands alone") {
  const std::string arguments =
      R"("Collective name":"allreduce","In msg nelems":25,"Out msg nelems":25,"Group size":2,"dtype":"Float",)"
      R"("In split size":"[]","Out split size":"[]","Process Group Name":"0","Process Group Ranks":"[0, 1]")";
  const std::string named_profile =
      profile(0, 2,
              {event("cpu_op", "record_param_comms", "10", "5", arguments),
               event("user_annotation", "Optimizer.step#SGD.step", "30", "5"),
               event("cpu_op", "record_param_comms", "50", "5", arguments), event("cpu_op", "other", "0", "60")});
  ImportOptions options;
  CHECK_THROWS_WITH(from_profiles({named_profile}), Contains("its group has rank 1") && Contains("--replicate"));
  options.replicate = true;
  const Graph graph = from_profiles({named_profile}, options);
  REQUIRE(graph.ranks.size() == 2);
  const auto& nodes = graph.ranks[1].nodes;
  CHECK(nodes[1].bytes == Bytes{100});
  CHECK(std::count_if(nodes.begin(), nodes.end(), [](const Node& node) { return node.kind == NodeKind::collective; }) ==
        2);
  CHECK_THROWS_WITH(from_profiles({profile(0, 2, {event("cpu_op", "record_param_comms", "1", "5")})}),
                    Contains("event 0") && Contains("does not say what is called"));
}

TEST_CASE("what the GPU did side by side on several streams counts once") {
  // Launched in the first of two spans: 100 to 130 on one stream, 110 to 120 and 125 to 140 on another; in the second
  // 200 to 210. Between the spans a call.
  const std::string host = host_trace({all_of_two, call(10, 1, "allreduce", 1, 1)});
  const auto launched = [](const std::string& at, const std::string& start, const std::string& length,
                           const std::string& number) {
    return joined({event("cuda_runtime", "cudaLaunchKernel", at, "1", "\"correlation\":" + number),
                   event("kernel", "gemm", start, length, "\"correlation\":" + number)});
  };
  const std::string recorded =
      profile(0, 2,
              {event("user_annotation", "ProfilerStep#3", "90", "200"), launched("92", "100", "30", "1"),
               launched("93", "110", "10", "2"), launched("94", "125", "15", "3"), launched("160", "200", "10", "4"),
               event("cpu_op", "record_param_comms", "150", "5")});
  const Graph graph = from_host({host, host}, {recorded, recorded});
  const auto& nodes = graph.ranks[0].nodes;
  REQUIRE(nodes.size() == 5);
  CHECK(nodes[0].duration == Duration::microseconds(40));
  CHECK(nodes[3].duration == Duration::microseconds(10));
}

TEST_CASE("a profile that names its calls is joined with a host trace of the same ones alone") {
  const auto recorded = [](const std::string& name, int elements, const std::string& more = "") {
    const std::string what = "\"Collective name\":\"" + name + R"(","dtype":"Float","In msg nelems":)" +
                             std::to_string(elements) + R"(,"Out msg nelems":)" + std::to_string(elements);
    return profile(0, 2, {event("cpu_op", "record_param_comms", "10", "5", what) + more});
  };
  const std::string host = host_trace({all_of_two, call(10, 1, "allreduce", 8, 8)});
  const auto import_with = [&host](const std::string& times) { return from_host({host, host}, {times, times}); };
  const std::string group_made = event("cpu_op", "record_param_comms", "2", "5", R"("Collective name":"init")");
  CHECK(import_with(recorded("allreduce", 8, "," + group_made)).ranks[0].nodes.size() == 3);  // host, call, host
  CHECK_THROWS_WITH(import_with(recorded("reduce_scatter", 8)),
                    Contains("call 1 (node id 10) is another call than 'reduce_scatter'") && Contains("same run"));
  CHECK_THROWS_WITH(import_with(recorded("allreduce", 9)),
                    Contains("call 1 (node id 10) is of 32 bytes in the host trace and of 36 in the profile"));
  CHECK_THROWS_WITH(import_with(recorded("wait", 8)),
                    Contains("is no wait in the host trace and a wait in the profile"));
  // The host trace is of process 1.
  CHECK_THAT(import_with(recorded("allreduce", 8)).notes.front(), !Contains("different processes"));
  std::string other = recorded("allreduce", 8);
  other.replace(other.find("\"pid\":1"), 7, "\"pid\":22");
  CHECK_THAT(import_with(other).notes.front(), Contains("of 2 ranks are of different processes, so of two runs"));
}

TEST_CASE("calls of a profile that do not say their root") {
  const std::string what =
      R"("Collective name":"broadcast","dtype":"Float","In msg nelems":8,"Out msg nelems":8,"Group size":2)";
  const std::string recorded = profile(0, 2, {event("cpu_op", "record_param_comms", "10", "5", what)});
  const Graph graph = from_profiles({recorded, recorded});
  CHECK_THAT(graph.notes.back(), Contains("2 calls do not say their root, which is taken for the first rank"));
}

TEST_CASE("a group whose ranks are not listed is that of the first rank and the stride that its calls say") {
  const auto strided = [](int id, const std::string& first, int stride) {
    std::string text = call(id, 1, "allreduce", 8, 8, "7");
    text.resize(text.size() - 2);
    return text + "," +
           joined({attribute("global_rank_start", first), attribute("global_rank_stride", std::to_string(stride)),
                   attribute("pg_size", "2")}) +
           "]}";
  };
  const auto two_of_four = [&strided](const std::string& list, int stride) {
    std::vector<std::string> files;
    for (int rank = 0; rank < 4; ++rank)
      files.push_back(host_trace({list, strided(10, std::to_string(rank % 2), stride)}));
    return files;
  };
  const std::string cut_off = groups(R"([{"pg_name":"7","ranks":[0,)");
  const Graph graph = from_host(two_of_four(cut_off, 2));
  REQUIRE(graph.groups.size() == 2);
  CHECK(graph.groups[0].ranks == std::vector<std::uint32_t>{0, 2});
  CHECK(graph.groups[1].ranks == std::vector<std::uint32_t>{1, 3});
  // What is listed counts, and uneven groups have no stride.
  CHECK_THROWS_WITH(from_host(two_of_four(cut_off, -1)), Contains("node id 10: group 7 is not described"));
  const std::string all = groups(R"([{"pg_name":"7","ranks":[0,1,2,3],"group_size":4}])");
  CHECK_THROWS_WITH(from_host(two_of_four(all, 2)), Contains("node id 10: world_size is 2, but its group has 4 ranks"));
  CHECK_THROWS_WITH(from_host({host_trace({strided(10, "18446744073709551615", 1)})}),
                    Contains("group 7 is not described"));
  CHECK_THROWS_WITH(from_host({host_trace({strided(10, "99999999999", 1)})}),
                    Contains("ranks above those that a job can"));
  // A profile's list ends in "...".
  const std::string what =
      R"("Collective name":"allreduce","dtype":"Float","In msg nelems":8,"Group size":2,"Process Group Name":"7",)"
      R"("Process Group Ranks":"[0, ...]","Global rank start":0,"Global rank stride":1)";
  const std::string recorded = profile(0, 2, {event("cpu_op", "record_param_comms", "10", "5", what)});
  CHECK(from_profiles({recorded, recorded}).groups[0].ranks == std::vector<std::uint32_t>{0, 1});
}

TEST_CASE("which rank a file is of") {
  CHECK(rank_in_name("run/rank-3.json.gz") == 3U);
  CHECK(rank_in_name("worker12_step_7.1694128201545.pt.trace.json") == 12U);
  CHECK(rank_in_name("dlrm_eg_5.json") == 5U);
  CHECK(rank_in_name("frank_4.json") == 4U);
  CHECK_FALSE(rank_in_name("et_1.1.0.json"));
  CHECK_FALSE(rank_in_name("rank3/trace.json"));
  CHECK_FALSE(rank_in_name("rank-3.txt"));
  CHECK_FALSE(rank_in_name("trace_99999999999.json"));
}

TEST_CASE("files that do not say which rank they are of are refused where there are several") {
  const trace_test::Folder folder;
  const auto put = [&folder](const std::string& content) {
    for (const char* name : {"left.json", "right.json"}) folder.put(name, content);
  };
  put(host_trace({all_of_two, call(10, 1, "allreduce", 8, 8)}));
  CHECK_THROWS_WITH(import_host_trace(folder.path(), {}),
                    Contains("which rank left.json is of, its name does not say"));
  put(R"({"schemaVersion":1,"traceEvents":[)" + event("cpu_op", "x", "1", "5") + "]}");
  CHECK_THROWS_WITH(import_kineto(folder.path(), {}), Contains("which rank left.json is of, its name does not say"));
}

TEST_CASE("recordings that do not fit together are refused") {
  const std::string host = host_trace({all_of_two, call(10, 1, "allreduce", 1, 1), wait(11, 1)});
  const std::string short_one = profile(0, 2, {event("cpu_op", "record_param_comms", "1", "5")});
  CHECK_THROWS_WITH(from_host({host, host}, {short_one, short_one}),
                    Contains("2 communication calls and the profile 1: they are not of the same run"));
  CHECK_THROWS_WITH(from_host({host, host}, {short_one}), Contains("not of the same run"));
  CHECK_THROWS_WITH(from_host({host}), Contains("its group has rank 1"));
  CHECK_THROWS_WITH(from_host({"{\"schema\":\"1\",\"nodes\":[{\"id\":1}]}"}),
                    Contains("member 'nodes', element 0: a node without name or id"));
  const auto refused = [](const std::string& node) { return host_trace({all_of_two, node}); };
  CHECK_THROWS_WITH(from_host({refused(call(10, 1, "allfold", 1, 1))}),
                    Contains("node id 10: the call 'allfold' is unknown"));
  CHECK_THROWS_WITH(from_host({refused(call(10, 1, "recvanysource", 1, 1))}), Contains("from whom it receives"));
  CHECK_THROWS_WITH(from_host({refused(call(10, 1, "send", 1, 1, "0", 7))}), Contains("its rank is 7 of a group of 2"));
  CHECK_THROWS_WITH(from_host({refused(call(10, 1, "all_to_allv", 5, 5, "0", 0, "[2,2]", "[5,0]"))}),
                    Contains("its parts add up to 4 elements, and it moves 5"));
  CHECK_THROWS_WITH(from_profiles({"{\"traceEvents\":[]}"}), Contains("no events that take time"));
  CHECK_THROWS_WITH(from_profiles({profile(0, 1, {event("cpu_op", "x", "-1", "5")})}), Contains("element 0: ts"));
}
