// SPDX-License-Identifier: Apache-2.0
#include "control/trace/inspector_records.hpp"

#include <algorithm>
#include <limits>

#include "control/trace/error.hpp"
#include "control/trace/json_pieces.hpp"
#include "control/trace/json_values.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

const json::value& required(const json::object& object, std::string_view key) {
  const json::value* value = member(object, key);
  if (value == nullptr) throw TraceError("the record has no " + std::string{key});
  return *value;
}

std::uint64_t whole(const json::object& object, std::string_view key,
                    std::uint64_t most = std::uint64_t{std::numeric_limits<std::int64_t>::max()}) {
  return whole_of(required(object, key), key, most);
}

double real(const json::object& object, std::string_view key) {
  const json::value* value = member(object, key);
  if (value == nullptr || !value->is_number()) return 0;
  return value->to_number<double>();
}

// A zero is a time that was not taken.
std::optional<InspectorInterval> interval(const json::object& object, std::string_view start, std::string_view stop) {
  const json::value* from = member(object, start);
  const json::value* to = member(object, stop);
  if (from == nullptr || to == nullptr) return std::nullopt;
  const InspectorInterval result{whole(object, start), whole(object, stop)};
  if (result.start == 0 || result.stop == 0) return std::nullopt;
  if (result.stop < result.start) throw TraceError(std::string{stop} + " is before " + std::string{start});
  return result;
}

// `prefix`: "coll" or "p2p".
void read_times(const json::object& perf, const std::string& prefix, InspectorOperation& operation) {
  const json::value* times = member(perf, "event_trace_ts");
  if (times == nullptr) return;
  const json::object& object = object_of(*times, "event_trace_ts");
  operation.call = interval(object, prefix + "_start_ts", prefix + "_stop_ts");
  const json::value* events = member(object, "kernel_events");
  if (events == nullptr) return;
  for (const json::value& event : array_of(*events, "kernel_events")) {
    const auto channel = interval(object_of(event, "a kernel event"), "kernel_start_ts", "kernel_stop_ts");
    if (!channel) continue;
    if (!operation.kernel) operation.kernel = channel;
    operation.kernel->start = std::min(operation.kernel->start, channel->start);
    operation.kernel->stop = std::max(operation.kernel->stop, channel->stop);
  }
}

Collective collective_of(const std::string& name) {
  constexpr std::pair<std::string_view, Collective> known[] = {{"AllReduce", Collective::all_reduce},
                                                               {"AllGather", Collective::all_gather},
                                                               {"ReduceScatter", Collective::reduce_scatter},
                                                               {"Broadcast", Collective::broadcast},
                                                               {"Reduce", Collective::reduce},
                                                               {"AlltoAll", Collective::all_to_all},
                                                               {"All2All", Collective::all_to_all},
                                                               {"Gather", Collective::gather},
                                                               {"Scatter", Collective::scatter}};
  for (const auto& [text, collective] : known)
    if (name == text) return collective;
  if (name == "AllGatherV") throw TraceError("AllGatherV: what the other ranks contribute is not in the records");
  throw TraceError("coll '" + name.substr(0, 80) + "' is unknown");
}

// The size is that of one rank's part where a collective has parts. The bandwidth tells it from the whole buffer: it is
// calculated from the whole.
std::uint64_t bytes_of(const json::object& perf, Collective collective, std::uint64_t ranks) {
  const std::uint64_t size = whole(perf, "coll_msg_size_bytes", largest_message);
  const bool has_parts = collective == Collective::all_gather || collective == Collective::reduce_scatter ||
                         collective == Collective::all_to_all || collective == Collective::scatter;
  if (!has_parts) return size;
  const double moved = real(perf, "coll_algobw_gbs") * real(perf, "coll_exec_time_us") * 1e3;
  const double times = size > 0 ? moved / static_cast<double>(size) : 0;
  const bool is_whole = times > 0 && times * times < static_cast<double>(ranks);
  if (collective == Collective::all_gather) return is_whole ? size / ranks : size;
  if (is_whole) return size;
  if (size > largest_message / ranks) throw TraceError("more than a message can be");
  return size * ranks;
}

InspectorOperation collective(const json::object& perf, std::uint64_t ranks) {
  InspectorOperation operation;
  operation.collective = collective_of(text_of(required(perf, "coll"), "coll"));
  operation.number = whole(perf, "coll_sn");
  operation.bytes = bytes_of(perf, operation.collective, ranks);
  read_times(perf, "coll", operation);
  return operation;
}

InspectorOperation message(const json::object& perf) {
  InspectorOperation operation;
  const std::string name = text_of(required(perf, "p2p"), "p2p");
  if (name != "Send" && name != "Recv") throw TraceError("p2p '" + name.substr(0, 80) + "' is neither Send nor Recv");
  operation.kind = name == "Send" ? NodeKind::send : NodeKind::receive;
  operation.number = whole(perf, "p2p_sn");
  operation.peer = static_cast<std::uint32_t>(whole(perf, "p2p_peer", most_ranks));
  operation.bytes = whole(perf, "p2p_msg_size_bytes", largest_message);
  read_times(perf, "p2p", operation);
  return operation;
}

}  // namespace

void InspectorRecords::charge(std::uint64_t bytes) {
  if (bytes > memory_left_) throw TraceError("the records do not fit the memory limit of the importer");
  memory_left_ -= bytes;
}

InspectorRecords::Context InspectorRecords::context_of(const json::object& header, const json::object& metadata) {
  constexpr std::uint64_t entry = 256;  // of the indices
  const std::string host = text_of(required(metadata, "hostname"), "hostname");
  const std::uint64_t pid = whole(metadata, "pid");
  const auto [process, is_new_process] =
      process_index_.try_emplace({host, pid}, static_cast<std::uint32_t>(processes_.size()));
  if (is_new_process) {
    charge(entry + 2 * host.size());
    processes_.push_back({host + ", pid " + std::to_string(pid), {}, {}});
  }
  const std::string id = text_of(required(header, "id"), "id");
  const auto ranks = static_cast<std::uint32_t>(whole(header, "n_ranks", most_ranks));
  const auto rank = static_cast<std::uint32_t>(whole(header, "rank", most_ranks));
  if (rank >= ranks)
    throw TraceError("rank " + std::to_string(rank) + " in a communicator of " + std::to_string(ranks));
  const auto [communicator, is_new] =
      communicator_index_.try_emplace(id, static_cast<std::uint32_t>(communicators_.size()));
  if (is_new) {
    charge(entry + 3 * id.size());
    const json::value* name = member(header, "comm_name");
    std::string text = name == nullptr ? id : text_of(*name, "comm_name");
    if (text.empty() || text == "unknown") text = id;
    communicators_.push_back({std::move(text), ranks, {}});
  }
  InspectorCommunicator& known = communicators_[communicator->second];
  if (known.size != ranks)
    throw TraceError("communicator " + id + " has " + std::to_string(ranks) + " ranks here and " +
                     std::to_string(known.size) + " elsewhere");
  const auto [member_of, is_first] = known.processes.try_emplace(rank, process->second);
  if (is_first) charge(entry);
  if (member_of->second != process->second)
    throw TraceError("rank " + std::to_string(rank) + " of communicator " + id + " is " +
                     processes_[member_of->second].name + " as well as " + processes_[process->second].name);
  const auto [own, is_own_new] =
      processes_[process->second].places.try_emplace(communicator->second, InspectorPlace{rank, {}});
  if (own->second.rank != rank)
    throw TraceError("the process is both rank " + std::to_string(own->second.rank) + " and rank " +
                     std::to_string(rank) + " of communicator " + id +
                     ": records do not say which of a process's GPUs they are of; record "
                     "with a process for each GPU");
  return {process->second, communicator->second, ranks};
}

void InspectorRecords::add(const Context& context, InspectorOperation operation) {
  charge(sizeof(InspectorOperation) + 2 * sizeof(Node));
  operation.communicator = context.communicator;
  InspectorProcess& process = processes_[context.process];
  if (operation.kind == NodeKind::collective)
    process.places.at(context.communicator)
        .collectives.push_back(static_cast<std::uint32_t>(process.operations.size()));
  process.operations.push_back(operation);
}

// From version 4.3 on, records without header and metadata are of whom the last record with them was.
void InspectorRecords::take(const json::object& record, std::uint64_t number, std::optional<Context>& context) {
  const json::value* header = member(record, "header");
  if (header != nullptr)
    context = context_of(object_of(*header, "header"), object_of(required(record, "metadata"), "metadata"));
  if (!context) throw TraceError("the record has no header");
  InspectorOperation operation;
  if (const json::value* perf = member(record, "coll_perf")) {
    operation = collective(object_of(*perf, "coll_perf"), context->ranks);
  } else if (const json::value* p2p = member(record, "p2p_perf")) {
    operation = message(object_of(*p2p, "p2p_perf"));
    if (operation.peer >= context->ranks)
      throw TraceError("p2p_peer " + std::to_string(operation.peer) + " in a communicator of " +
                       std::to_string(context->ranks));
  } else {
    return;  // what was dropped, proxies
  }
  operation.record = number;
  add(*context, operation);
}

void InspectorRecords::read(ByteSource& source) {
  GunzipSource content{source};
  std::optional<Context> context;
  read_json(content, json::Cut::documents, [&](const json::Place& place, const json::value& piece) {
    take(object_of(piece, "the record"), place.number, context);
  });
}

}  // namespace farlink::trace
