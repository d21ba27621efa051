// SPDX-License-Identifier: Apache-2.0
// Chakra traces as JSON: the same jobs as in protobuf.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>

#include "control/json/json.hpp"
#include "control/trace/archive.hpp"
#include "control/trace/error.hpp"
#include "control/trace/import.hpp"
#include "control/trace/json_pieces.hpp"
#include "control/trace/rank_files.hpp"
#include "control/trace/record_reader.hpp"
#include "control/trace/summary.hpp"
#include "tests/trace/chakra_files.hpp"
#include "tests/trace/same_graphs.hpp"
#include "tests/trace/trace_files.hpp"

using namespace farlink;
using namespace farlink::trace;
using namespace farlink::trace_test;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

MemorySource source_of(const std::string& bytes) {
  return MemorySource{{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}};
}

// Every record of a protobuf file.
std::vector<std::string> records_of(const std::string& file) {
  MemorySource source = source_of(file);
  RecordReader reader{source, units::Bytes::mebi(64)};
  std::vector<std::string> records;
  for (std::string record; reader.next(record);) records.push_back(record);
  return records;
}

std::string text(std::uint64_t number) { return std::to_string(number); }

json::array attributes_of(const google::protobuf::RepeatedPtrField<chakra::AttributeProto>& list) {
  json::array result;
  for (const chakra::AttributeProto& attribute : list) {
    json::object object{{"name", attribute.name()}};
    if (attribute.has_int64_val()) object["int64Val"] = std::to_string(attribute.int64_val());
    if (attribute.has_int32_val()) object["int32Val"] = attribute.int32_val();
    if (attribute.has_uint64_val()) object["uint64Val"] = text(attribute.uint64_val());
    if (attribute.has_uint32_val()) object["uint32Val"] = attribute.uint32_val();
    if (attribute.has_bool_val()) object["boolVal"] = attribute.bool_val();
    if (attribute.has_string_val()) object["stringVal"] = attribute.string_val();
    if (attribute.has_double_val()) object["doubleVal"] = attribute.double_val();
    if (attribute.has_bool_list()) {
      json::array values;
      for (const bool value : attribute.bool_list().values()) values.emplace_back(value);
      object["boolList"] = json::object{{"values", values}};
    }
    if (attribute.has_int64_list()) object["int64List"] = json::object{{"values", json::array{"1", "2"}}};
    result.emplace_back(object);
  }
  return result;
}

// What protobuf's own JSON is of a file, with one object right behind the other.
std::string jsonized(const std::string& file) {
  const std::vector<std::string> records = records_of(file);
  chakra::GlobalMetadata metadata;
  metadata.ParseFromString(records.at(0));
  json::object first;
  if (!metadata.version().empty()) first["version"] = metadata.version();
  if (metadata.attr_size() > 0) first["attr"] = attributes_of(metadata.attr());
  std::string result = json::to_text(first);
  result.pop_back();
  for (std::size_t i = 1; i < records.size(); ++i) {
    chakra::Node node;
    node.ParseFromString(records[i]);
    json::object object;
    if (node.id() != 0) object["id"] = text(node.id());
    object["name"] = node.name();
    if (node.type() != chakra::INVALID_NODE) object["type"] = chakra::NodeType_Name(node.type());
    json::array dependencies;
    for (const std::uint64_t id : node.data_deps()) dependencies.emplace_back(text(id));
    if (!dependencies.empty()) object["dataDeps"] = dependencies;
    object["ctrlDeps"] = json::array{"3"};
    if (node.duration_micros() > 0) object["durationMicros"] = text(node.duration_micros());
    if (node.has_inputs()) object["inputs"] = json::object{{"values", node.inputs().values()}, {"shapes", "[]"}};
    if (node.attr_size() > 0) object["attr"] = attributes_of(node.attr());
    result += json::to_text(object);
    result.pop_back();
  }
  return result;
}

std::string refusal(const std::string& file) {
  try {
    import_files({file});
  } catch (const TraceError& error) {
    return error.what();
  }
  return "imported";
}
std::string workload(const std::string& nodes) { return "{\n  \"workload_graph\": [" + nodes + "], \"ngpus\": 8}"; }

std::string content_of(const fs::path& archive_path, const std::string& name) {
  Archive archive{archive_path};
  while (const auto found = archive.next()) {
    if (!found->ends_with(name)) continue;
    std::string bytes;
    std::vector<std::uint8_t> block(1 << 16);
    while (const std::size_t count = archive.content().read(block))
      bytes.append(reinterpret_cast<const char*>(block.data()), count);
    return bytes;
  }
  return {};
}

}  // namespace

TEST_CASE("protobuf's own JSON is the same job as the protobuf") {
  const auto file = [](std::int64_t other, bool is_sender) {
    ChakraNode groups{0, chakra::METADATA_NODE};
    groups.inputs(R"(['[{"pg_name":"7","ranks":[0,1],"group_size":2}]'])");
    ChakraNode exchange = is_sender ? send(3, other, 4096, {2}) : receive(3, other, 4096, {2});
    exchange.attribute("comm_tag").set_uint32_val(9);
    ChakraNode sum = collective(4, chakra::ALL_REDUCE, 1 << 20, {3, 5}).with_text("pg_name", "7");
    sum.attribute("involved_dim").mutable_bool_list()->add_values(true);
    sum.attribute("seen").mutable_int64_list()->add_values(1);
    sum.attribute("ratio").set_double_val(0.5);
    return file_of({groups, compute(2, 1500), exchange, sum, compute(5, 7).with_flag("is_cpu_op", true),
                    ChakraNode{6, chakra::MEM_LOAD_NODE, {4}}.with("runtime", 3)});
  };
  const std::vector<std::string> files{file(1, true), file(0, false)};
  const Graph graph = import_files({jsonized(files[0]), gzip(jsonized(files[1]))});
  check_same_graphs(graph, import_files(files));
  CHECK(graph.ranks[0].nodes.size() == 5);
  CHECK(graph.groups.at(0).name == "7");
}

TEST_CASE("a workload graph in JSON") {
  const std::string file = workload(
      R"({"Id": 9, "Name": "late", "NodeType": 4, "runtime": 30, "data_deps": [2], "is_cpu_op": false},)"
      R"({"Id": 1, "Name": "host", "NodeType": 4, "ctrlDeps": [3], "data_deps": [], "runtime": 12, "is_cpu_op": true},)"
      R"({"Id": 2, "Name": "sum", "NodeType": 7, "data_deps": [1], "is_cpu_op": false, "comm_type": 7,)"
      R"( "comm_size": 4096, "comm_priority": 0, "involved_dim": [true, true]})");
  const Graph graph = import_files({file, file});
  REQUIRE(graph.ranks.size() == 2);
  const auto& nodes = graph.ranks[1].nodes;
  REQUIRE(nodes.size() == 3);
  CHECK(nodes[0].record == 1);
  CHECK(nodes[0].on_host);
  CHECK(nodes[0].duration == units::Duration::microseconds(12));
  CHECK(nodes[1].collective == Collective::reduce_scatter);
  CHECK(nodes[1].bytes == units::Bytes{4096});
  CHECK(nodes[2].record == 9);
  CHECK(graph.ranks[1].dependencies_of(nodes[2])[0] == 1);
}

TEST_CASE("JSON that is refused says where and why") {
  CHECK_THAT(refusal(workload(R"({"Id": 1, "NodeType": 4, "data_deps": []}, 5)")),
             Contains("memory: member 'workload_graph', element 1: the node is no JSON object"));
  CHECK_THAT(refusal(workload(R"({"NodeType": 4})")), Contains("element 0: the node has no Id"));
  CHECK_THAT(refusal(workload(R"({"Id": 5, "Name": "x"})")),
             Contains("element 0: node (rank 0, node id 5 'x'): the node has no type"));
  CHECK_THAT(refusal(workload(R"({"Id": -5, "NodeType": 4})")), Contains("Id is no whole number from 0"));
  CHECK_THAT(refusal(workload(R"({"Id": 5, "NodeType": 4, "data_deps": [0.5]})")), Contains("a node id in data_deps"));
  CHECK_THAT(refusal(workload(R"({"Id": 5, "NodeType": 4, "data_deps": 7})")), Contains("data_deps is no list"));
  CHECK_THAT(refusal(workload(R"({"Id": 5, "NodeType": 4, "data_deps": [6]})")), Contains("depends on node id 6"));
  CHECK_THAT(refusal(workload(R"({"Id": 5, "NodeType": 7, "comm_size": 8})")),
             Contains("a collective without comm_type"));
  CHECK_THAT(refusal(workload(R"({"Id": 5, "NodeType": 7, "comm_type": 0})")), Contains("the node has no comm_size"));
  CHECK_THAT(refusal("{\"workload_graph\": []}"), Contains("there is no node in workload_graph"));
  CHECK_THAT(refusal("{\"workload_graph\": [{\"Id\": 1"), Contains("member 'workload_graph', element 0"));
  const std::string first = R"({"version": "0.0.4"})";
  CHECK_THAT(refusal(R"({"id": "1", "type": "COMP_NODE"})"), Contains("'id' is no member of a GlobalMetadata"));
  CHECK_THAT(refusal(first + R"({"id": "1", "type": "JUMP_NODE"})"),
             Contains("element 1: node type 'JUMP_NODE' is unknown"));
  CHECK_THAT(refusal(first + R"({"id": "x"})"), Contains("id is no whole number"));
  CHECK_THAT(refusal(first + R"({"id": "1", "type": "COMP_NODE", "attr": [{"name": "a", "colourVal": 1}]})"),
             Contains("attribute a has a value of a kind that is unknown: colourval"));
  CHECK_THAT(refusal(first + R"({"id": "1", "type": "COMP_NODE", "attr": [{"name": "a", "int64Val": "1x"}]})"),
             Contains("attribute a is no whole number"));
  CHECK_THAT(refusal(first + R"({"id": "1", "type": "COMP_NODE"} x)"), Contains("element 2"));
  // Id 0 and an attribute of 0 are left out.
  CHECK(refusal(first + R"({"type": "COMP_NODE", "attr": [{"name": "is_cpu_op"}]})") == "imported");
  CHECK(refusal("{}" + first) != "imported");
}

TEST_CASE("files of JSON: by suffix where there is no protobuf, and recognised by content") {
  const Folder folder;
  const std::string file = file_of({collective(1, chakra::ALL_REDUCE, 64)});
  folder.put("job.0.json", jsonized(file));
  folder.put("job.1.json.gz", gzip(jsonized(file)));
  CHECK(import_trace(folder / "job").ranks.size() == 2);
  CHECK(recognise(folder.path()).name == "Chakra execution trace");
  CHECK(import_trace(folder.path()).ranks.size() == 2);
  write_tar(folder / "job.tar", {{"a/job.1.json", jsonized(file)}, {"a/job.0.json", jsonized(file)}}, false);
  CHECK(import_trace(folder / "job.tar").ranks.size() == 2);
  for (const char* rank : {"0", "1", "2"}) folder.put(std::string{"job."} + rank + ".et", file);
  CHECK(import_trace(folder / "job").ranks.size() == 3);
  CHECK(parse_any_rank_name("x.3.json.gz") == RankName{"x", 3});
  CHECK_FALSE(parse_any_rank_name("x.comm-groups.json"));
  CHECK_THROWS_WITH(recognise(folder.put("other.0.json", R"({"schema": "1.1.0", "nodes": []})")),
                    Contains("this is no trace that Farlink knows"));
}

// The published JSON leaves out what its collectives move, so they are taken from the protobuf of the same trace.
TEST_CASE("a published trace in JSON and in protobuf") {
  const fs::path samples = "../shared/traces/chakra";
  if (!fs::exists(samples)) {
    WARN("no sample traces in " << samples << ": skipped");
    return;
  }
  const std::string protobuf = content_of(samples / "mlcommons_feeder_tests_trace.tar.gz", "chakra.0.et");
  const std::string written = content_of(samples / "mlcommons_json_trace.tar.gz", "jsonData/chakra.0.json");
  const Graph expected = import_files({protobuf, protobuf});
  CHECK(expected.ranks[0].nodes.size() == 3664);
  check_same_graphs(import_files({jsonized(protobuf), jsonized(protobuf)}), expected);

  CHECK_THAT(refusal(written), Contains("element 5: node (rank 0, node id 435 'ncclKernel_Broadcast") &&
                                   Contains("the node has no comm_size"));
  std::map<std::uint64_t, chakra::Node> nodes;
  std::vector<std::string> records = records_of(protobuf);
  records.erase(records.begin());
  for (const std::string& record : records) {
    chakra::Node node;
    if (node.ParseFromString(record) && node.type() == chakra::COMM_COLL_NODE) nodes[node.id()] = node;
  }
  json::array completed;
  MemorySource source = source_of(written);
  read_json(source, json::Cut::pieces, [&](const json::Place&, const json::value& piece) {
    json::object object = piece.get_object();
    if (object.at("NodeType") == 7 && !object.at("is_cpu_op").get_bool()) {
      for (const chakra::AttributeProto& attribute :
           nodes.at(static_cast<std::uint64_t>(object.at("Id").get_int64())).attr()) {
        if (attribute.name() == "comm_type" || attribute.name() == "comm_size")
          object[attribute.name()] = attribute.int64_val();
        if (attribute.name() == "pg_name") object["pg_name"] = attribute.string_val();
      }
    }
    completed.emplace_back(std::move(object));
  });
  const std::string file = json::to_text(json::object{{"workload_graph", std::move(completed)}});
  check_same_graphs(import_files({file, file}), expected);
}
