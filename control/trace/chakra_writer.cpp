// SPDX-License-Identifier: Apache-2.0
#include "control/trace/chakra_writer.hpp"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>
#include <limits>
#include <set>

#include "control/json/json.hpp"
#include "control/trace/chakra.pb.h"
#include "control/trace/chakra_collectives.hpp"
#include "control/trace/error.hpp"
#include "control/trace/own_attributes.hpp"
#include "control/trace/phase_name.hpp"
#include "control/trace/summary.hpp"

namespace farlink::trace {
namespace {

namespace chakra = ChakraProtoMsg;
constexpr std::int64_t picoseconds_per_microsecond = 1'000'000;

chakra::NodeType type_of(NodeKind kind) {
  switch (kind) {
    case NodeKind::compute:
      return chakra::COMP_NODE;
    case NodeKind::send:
      return chakra::COMM_SEND_NODE;
    case NodeKind::receive:
      return chakra::COMM_RECV_NODE;
    case NodeKind::collective:
      return chakra::COMM_COLL_NODE;
  }
  throw TraceError("a node of a kind that Chakra does not have");
}

template <typename Message>
chakra::AttributeProto& attribute(Message& message, const char* name) {
  chakra::AttributeProto* attribute = message.add_attr();
  attribute->set_name(name);
  return *attribute;
}

// The integer types are those in which other readers expect these attributes.
void set_narrow(chakra::Node& node, const char* name, std::uint32_t value) {
  chakra::AttributeProto& narrow = attribute(node, name);
  if (value <= static_cast<std::uint32_t>(std::numeric_limits<std::int32_t>::max())) {
    narrow.set_int32_val(static_cast<std::int32_t>(value));
  } else {
    narrow.set_uint32_val(value);
  }
}

class RankFile {
 public:
  RankFile(const Graph& graph, std::uint32_t rank) : graph_{graph}, rank_{rank}, nodes_{graph.ranks[rank]} {}

  std::string write() {
    metadata();
    groups();
    for (std::uint32_t i = 0; i < nodes_.nodes.size(); ++i) add(i);
    coded_.Trim();
    return std::move(text_);
  }

 private:
  void record(const google::protobuf::MessageLite& message) {
    coded_.WriteVarint64(message.ByteSizeLong());
    message.SerializeWithCachedSizes(&coded_);
  }

  void metadata() {
    chakra::GlobalMetadata metadata;
    metadata.set_version("0.0.4");
    attribute(metadata, "schema").set_string_val("1.0.2-chakra.0.0.4");
    attribute(metadata, "source").set_string_val(graph_.source);
    attribute(metadata, own::lane).set_uint32_val(graph_.lane_of_rank[rank_]);
    if (graph_.model_flops > 0) attribute(metadata, own::model_flops).set_double_val(graph_.model_flops);
    if (graph_.peak_flops > 0) attribute(metadata, own::peak_flops).set_double_val(graph_.peak_flops);
    record(metadata);
  }

  // A rank's file lists the groups that it uses; a group of all ranks goes without their list, or a job of many ranks
  // would have it in every file.
  void groups() {
    std::set<std::uint32_t> used;
    for (const Node& node : nodes_.nodes) {
      if (node.kind == NodeKind::collective) used.insert(graph_.ranks.group_of(rank_, node));
    }
    if (used.empty()) return;
    json::array list;
    for (const std::uint32_t index : used) list.push_back(described(index));
    chakra::Node node;
    node.set_id(next_id_++);
    node.set_name("## process_group:init ##");
    node.set_type(chakra::METADATA_NODE);
    // Python's repr of a list of one text.
    std::string text = "['";
    for (const char c : json::to_line(list)) {
      if (c == '\'' || c == '\\') text += '\\';
      text += c;
    }
    node.mutable_inputs()->set_values(text + "']");
    attribute(node, "is_cpu_op").set_bool_val(true);
    record(node);
  }

  json::object described(std::uint32_t index) const {
    const Group& group = graph_.groups[index];
    bool is_everybody = group.ranks.size() == graph_.ranks.size();
    for (std::uint32_t i = 0; i < group.ranks.size() && is_everybody; ++i) is_everybody = group.ranks[i] == i;
    json::array ranks;
    if (!is_everybody) ranks.insert(ranks.end(), group.ranks.begin(), group.ranks.end());
    return {{"pg_name", std::to_string(index + 1)},
            {"pg_desc", group.name},
            {"ranks", std::move(ranks)},
            {"group_size", group.ranks.size()}};
  }

  void add(std::uint32_t index) {
    const Node& node = nodes_.nodes[index];
    chakra::Node target;
    target.set_type(type_of(node.kind));
    target.set_name(described(node));
    for (const std::uint32_t dependency : nodes_.dependencies_of(node)) target.add_data_deps(last_id_[dependency]);
    if (node.kind == NodeKind::compute) {
      duration(target, node);
    } else {
      communication(target, node);
    }
    if (node.phase != Phase::other) attribute(target, own::phase).set_string_val(std::string{name_of(node.phase)});
    if (node.microbatch > 0) attribute(target, own::microbatch).set_uint32_val(node.microbatch);
    for (std::uint32_t i = 0; i < node.repeat; ++i) {
      if (i > 0) {
        target.clear_data_deps();
        target.add_data_deps(next_id_ - 1);
      }
      target.set_id(next_id_++);
      record(target);
    }
    last_id_.push_back(next_id_ - 1);
  }

  static std::string described(const Node& node) {
    std::string text{node.phase == Phase::other ? std::string_view{} : name_of(node.phase)};
    const auto append = [&text](std::string_view word) {
      if (!text.empty()) text += ' ';
      text += word;
    };
    if (node.kind == NodeKind::send) append("send");
    if (node.kind == NodeKind::receive) append("receive");
    if (node.kind == NodeKind::collective) append(name_of(node.collective));
    if (text.empty()) append("compute");
    return text + ", micro-batch " + std::to_string(node.microbatch);
  }

  static void duration(chakra::Node& target, const Node& node) {
    const std::int64_t picoseconds = node.duration.picoseconds();
    const std::int64_t half = picoseconds_per_microsecond / 2;
    target.set_duration_micros(static_cast<std::uint64_t>(picoseconds / picoseconds_per_microsecond +
                                                          (picoseconds % picoseconds_per_microsecond >= half ? 1 : 0)));
    attribute(target, "is_cpu_op").set_bool_val(node.on_host);
    if (picoseconds % picoseconds_per_microsecond != 0) attribute(target, own::duration).set_int64_val(picoseconds);
  }

  void communication(chakra::Node& target, const Node& node) const {
    attribute(target, "is_cpu_op").set_bool_val(false);
    attribute(target, "comm_size").set_int64_val(static_cast<std::int64_t>(node.bytes.count()));
    if (node.kind == NodeKind::collective) {
      attribute(target, "comm_type").set_int64_val(chakra_type_of(node.collective));
      attribute(target, "pg_name").set_string_val(std::to_string(graph_.ranks.group_of(rank_, node) + 1));
      return;
    }
    const bool is_send = node.kind == NodeKind::send;
    const std::uint32_t peer = graph_.ranks.peer_of(rank_, node);
    set_narrow(target, "comm_src", is_send ? rank_ : peer);
    set_narrow(target, "comm_dst", is_send ? peer : rank_);
    set_narrow(target, "comm_tag", node.tag);
  }

  const Graph& graph_;
  std::uint32_t rank_;
  const Program& nodes_;
  std::string text_;
  google::protobuf::io::StringOutputStream stream_{&text_};
  google::protobuf::io::CodedOutputStream coded_{&stream_};
  std::uint64_t next_id_ = 0;
  std::vector<std::uint64_t> last_id_;  // by node: of the last that it became
};

}  // namespace

ChakraWriter::ChakraWriter(const Graph& graph) : graph_{graph} {
  if (graph.servers > 0)
    throw TraceError("the job reads from " + std::to_string(graph.servers) +
                     " storage servers, which are no ranks; a Chakra trace cannot say that: take workload.storage out");
}

std::string ChakraWriter::file_of(std::uint32_t rank) const { return RankFile{graph_, rank}.write(); }

}  // namespace farlink::trace
