// SPDX-License-Identifier: Apache-2.0
#include "control/trace/rank_builder.hpp"

#include <limits>
#include <utility>

#include "control/trace/chakra_collectives.hpp"
#include "control/trace/error.hpp"
#include "control/trace/node_order.hpp"
#include "control/trace/own_attributes.hpp"
#include "control/trace/phase_name.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;
namespace chakra = ChakraProtoMsg;

constexpr std::uint64_t largest_message = std::uint64_t{1} << 50;                  // 1 PiB
constexpr std::uint64_t longest_step = std::uint64_t{30} * 24 * 3600 * 1'000'000;  // 30 days in microseconds
constexpr std::uint64_t largest_rank = std::numeric_limits<std::int32_t>::max();

// Names come from files: keep messages on one line and short.
std::string printable(std::string_view text) {
  constexpr std::size_t longest = 80;
  std::string result{text.substr(0, longest)};
  for (char& c : result) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return text.size() > longest ? result + "..." : result;
}

bool is_communication(const chakra::Node& source) {
  return source.type() == chakra::COMM_SEND_NODE || source.type() == chakra::COMM_RECV_NODE ||
         source.type() == chakra::COMM_COLL_NODE;
}

}  // namespace

void RankBuilder::add(const chakra::Node& source, const std::string& where) {
  where_ = where;
  try {
    append(source);
  } catch (const TraceError& error) {
    throw TraceError(where + " (rank " + std::to_string(result_.number) + ", node id " + std::to_string(source.id()) +
                     " '" + printable(source.name()) + "'): " + error.what());
  }
}

RankTrace RankBuilder::finish() {
  if (result_.counts.launches > 0 && communications_ == 0) {
    throw TraceError("rank " + std::to_string(result_.number) + ": all " + std::to_string(result_.counts.launches) +
                     " communication nodes are launches on the host (is_cpu_op) without comm_type and comm_size; the "
                     "GPU's part is missing: link the host trace with the device trace");
  }
  order_nodes(result_.rank, ids_);
  drop_nodes(result_.rank, [this](const Node& candidate) { return group_lists_.contains(candidate.record); });
  return std::move(result_);
}

void RankBuilder::append(const chakra::Node& source) {
  const Attributes attributes{source};
  Node node = converted(source, attributes);
  node.record = source.id();
  node.phase = phase_of(attributes.text(own::phase)).value_or(Phase::other);
  node.microbatch = static_cast<std::uint16_t>(
      attributes.integer(own::microbatch, std::numeric_limits<std::uint16_t>::max()).value_or(0));
  node.first_dependency = static_cast<std::uint32_t>(ids_.size());
  node.dependency_count = static_cast<std::uint32_t>(source.data_deps_size());
  ids_.insert(ids_.end(), source.data_deps().begin(), source.data_deps().end());
  result_.rank.nodes.push_back(node);
  const std::uint64_t used = result_.rank.nodes.size() * sizeof(Node) + ids_.size() * sizeof(std::uint64_t);
  if (used > memory_left_.count() || ids_.size() > std::numeric_limits<std::uint32_t>::max()) {
    throw TraceError("the trace does not fit the memory limit of the importer");
  }
}

void RankBuilder::begin(const chakra::GlobalMetadata& global) {
  const Attributes metadata{global};
  if (const auto lane = metadata.integer(own::lane, largest_rank)) result_.lane = static_cast<std::uint32_t>(*lane);
  result_.model_flops = metadata.number(own::model_flops);
  result_.peak_flops = metadata.number(own::peak_flops);
}

Node RankBuilder::converted(const chakra::Node& source, const Attributes& attributes) {
  const bool is_on_host = attributes.flag("is_cpu_op");
  if (is_communication(source)) {
    if (!is_on_host) return communication(source, attributes);
    if (attributes.has("comm_type") || attributes.has("comm_size")) {
      throw TraceError("communication on the host (is_cpu_op is true) cannot be replayed; only the GPU's can");
    }
    ++result_.counts.launches;
    return computation(source, attributes, true);
  }
  switch (source.type()) {
    case chakra::METADATA_NODE:
      if (source.data_deps_size() == 0) group_lists_.insert(source.id());
      return metadata(source);
    case chakra::MEM_LOAD_NODE:
    case chakra::MEM_STORE_NODE:
      ++result_.counts.memory_nodes;
      return computation(source, attributes, is_on_host);
    case chakra::COMP_NODE:
      if (is_on_host) ++result_.counts.host_operations;
      return computation(source, attributes, is_on_host);
    case chakra::INVALID_NODE:
      throw TraceError("the node has no type");
    default:
      throw TraceError("node type " + std::to_string(static_cast<int>(source.type())) + " is unknown");
  }
}

// The duration is zero: it only hands on dependencies.
Node RankBuilder::metadata(const chakra::Node& source) {
  if (source.inputs().values().find("pg_name") != std::string::npos) {
    try {
      for (auto& [name, group] : parse_process_groups(source.inputs().values())) {
        result_.definitions.insert_or_assign(name, group);
      }
    } catch (const TraceError& error) {
      result_.unreadable_groups = where_ + ": " + error.what();
    }
  }
  Node node;
  node.on_host = true;
  return node;
}

Node RankBuilder::computation(const chakra::Node& source, const Attributes& attributes, bool is_on_host) {
  std::uint64_t micros = source.duration_micros();
  if (micros == 0) micros = attributes.integer("runtime", longest_step).value_or(0);  // its name in old files
  if (micros > longest_step - micros_) {
    throw TraceError("with a duration of " + std::to_string(micros) +
                     " us the recorded step is longer than 30 days: not a duration in microseconds");
  }
  micros_ += micros;
  const bool is_computed = source.type() == chakra::COMP_NODE && micros == 0;
  if (is_computed && attributes.integer("num_ops", std::numeric_limits<std::uint64_t>::max()).value_or(0) > 0) {
    ++result_.counts.without_duration;
  }
  Node node;
  node.duration = Duration::microseconds(static_cast<std::int64_t>(micros));
  // ChakraWriter's, for durations that are no whole number of microseconds.
  if (const auto exact = attributes.integer(own::duration, longest_step * 1'000'000))
    node.duration = Duration::picoseconds(static_cast<std::int64_t>(*exact));
  node.on_host = is_on_host;
  return node;
}

Node RankBuilder::communication(const chakra::Node& source, const Attributes& attributes) {
  ++communications_;
  Node node;
  if (source.type() == chakra::COMM_COLL_NODE) {
    node = collective(source, attributes);
  } else {
    node = message(source, attributes);
  }
  const std::optional<std::uint64_t> size = attributes.integer("comm_size", largest_message);
  const bool needs_size =
      node.kind == NodeKind::send || (node.kind == NodeKind::collective && node.collective != Collective::barrier);
  if (!size && needs_size) {
    throw TraceError(
        "the node has no comm_size, so the bytes it moves are unknown: write the trace again with a "
        "generator that records comm_size");
  }
  node.bytes = Bytes{size.value_or(0)};
  return node;
}

Node RankBuilder::collective(const chakra::Node& source, const Attributes& attributes) {
  Node node;
  node.kind = NodeKind::collective;
  const std::uint64_t type = attributes.integer("comm_type", std::numeric_limits<std::uint64_t>::max()).value_or(0);
  const std::optional<Collective> collective = collective_of(type);
  if (!collective) throw TraceError("comm_type " + std::to_string(type) + " is unknown; allowed is 0 to 9");
  node.collective = *collective;
  const std::string group = attributes.text("pg_name");
  if (group.empty() && attributes.has_false("involved_dim")) {
    throw TraceError(
        "involved_dim leaves out a dimension of a network that the trace does not describe: name the group "
        "with pg_name and give its ranks");
  }
  const auto [use, is_new] = group_index_.try_emplace(group, static_cast<std::uint32_t>(result_.groups.size()));
  if (is_new) {
    result_.groups.push_back({group, "node id " + std::to_string(source.id()) + " '" + printable(source.name()) + "'"});
  }
  node.group = use->second;
  return node;
}

Node RankBuilder::message(const chakra::Node& source, const Attributes& attributes) const {
  const bool is_send = source.type() == chakra::COMM_SEND_NODE;
  const char* const peer_name = is_send ? "comm_dst" : "comm_src";
  const char* const own_name = is_send ? "comm_src" : "comm_dst";
  const std::optional<std::uint64_t> peer = attributes.integer(peer_name, largest_rank);
  if (!peer) {
    throw TraceError(std::string{"the node has no "} + peer_name +
                     ": the trace does not say which rank is at the other end, as those of the PyTorch converter");
  }
  const std::optional<std::uint64_t> own = attributes.integer(own_name, largest_rank);
  if (own && *own != result_.number) {
    throw TraceError(std::string{own_name} + " is " + std::to_string(*own) + ", but this is the file of rank " +
                     std::to_string(result_.number));
  }
  Node node;
  node.kind = is_send ? NodeKind::send : NodeKind::receive;
  node.peer = static_cast<std::uint32_t>(*peer);
  node.tag =
      static_cast<std::uint32_t>(attributes.integer("comm_tag", std::numeric_limits<std::uint32_t>::max()).value_or(0));
  return node;
}

}  // namespace farlink::trace
