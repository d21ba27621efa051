// SPDX-License-Identifier: Apache-2.0
#include "control/trace/host_trace.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/trace/error.hpp"
#include "control/trace/json_pieces.hpp"
#include "control/trace/json_values.hpp"
#include "control/trace/process_groups.hpp"
#include "control/trace/recorded_calls.hpp"
#include "control/trace/torch_call.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

// A tensor is [id, storage, offset, elements, bytes of an element, device].
constexpr std::size_t tensor_fields = 6;

class Reader {
 public:
  Reader(std::uint32_t number, units::Bytes memory_left) : calls_{number, memory_left} {}

  void take(const json::object& node) {
    const json::value* name = member(node, "name");
    const json::value* id = member(node, "id");
    if (name == nullptr || id == nullptr) throw TraceError("a node without name or id");
    const std::string text = text_of(*name, "name");
    const std::uint64_t record = whole_of(*id, "id");
    ++nodes_;
    try {
      if (text == "record_param_comms") return take_call(node, record);
      if (text.find("process_group:init") != std::string::npos) return take_groups(node);
      if (text.starts_with("Optimizer.step")) calls_.optimizer_step(std::nullopt);
    } catch (const TraceError& error) {
      throw TraceError("node id " + std::to_string(record) + ": " + error.what());
    }
  }

  void take_process(const json::value& process) {
    if (process.is_number()) process_ = whole_of(process, "pid");
  }

  ParamRank finish() {
    if (nodes_ == 0) throw TraceError("there are no nodes");
    ParamRank rank = calls_.finish();
    rank.process = process_;
    rank.records = "node id";
    return rank;
  }

 private:
  static const json::array& inputs_of(const json::object& node) {
    const json::value* inputs = member(node, "inputs");
    if (inputs == nullptr) throw TraceError("no inputs");
    if (inputs->is_array()) return inputs->get_array();
    const json::value* values = member(object_of(*inputs, "inputs"), "values");
    if (values == nullptr) throw TraceError("inputs without values");
    return array_of(*values, "inputs.values");
  }

  void take_groups(const json::object& node) {
    const json::array& values = inputs_of(node);
    if (values.empty()) throw TraceError("a list of process groups is missing");
    try {
      for (auto& [name, group] : parse_process_groups(text_of(values.front(), "the list of process groups")))
        groups_.insert_or_assign(name, group);
    } catch (const TraceError&) {
      // PyTorch cuts the lists of large jobs off. Calls say their groups, too, where the ranks are evenly spaced; a
      // group that nothing describes is refused.
    }
  }

  void take_call(const json::object& node, std::uint64_t record) {
    const json::array& values = inputs_of(node);
    // Without tensors (waits, barriers) the sequence number comes first; it may be [number, is_p2p].
    const auto is_sequence = [](const json::value& value) {
      return value.is_number() || (value.is_array() && value.get_array().size() == 2 &&
                                   value.get_array()[0].is_number() && value.get_array()[1].is_bool());
    };
    if (values.empty()) throw TraceError("the call has no arguments");
    const std::size_t base = is_sequence(values.front()) ? 0 : 1;
    if (values.size() < base + 4) throw TraceError("the call has too few arguments");
    if (!is_sequence(values[base])) throw TraceError("the call has no sequence number");
    const json::value& numbered = values[base];
    const std::int64_t sequence =
        integer_of(numbered.is_array() ? numbered.get_array().front() : numbered, "the sequence number");
    TorchCall call;
    call.record = record;
    call.name = text_of(values[base + 3], "the call's name");
    call.peer = integer_of(values[base + 2], "the call's rank");
    if (call.name == "init") return;
    if (call.name == "wait") return calls_.wait(record, sequence, std::nullopt);
    if (!read_attributes(node, call)) {
      check_group(values[base + 1]);
      read_arguments(values, base, call);
    }
    calls_.call(entry_of(call, calls_, groups_), sequence);
  }

  // Without attributes groups are pointers, which no list explains: with several nobody knows who is in which.
  void check_group(const json::value& value) {
    const std::string group = json::to_line(value);
    if (!first_group_) first_group_ = group;
    if (*first_group_ != group)
      throw TraceError(
          "the calls are of several process groups, which a trace of this schema tells apart by pointers alone: record "
          "it "
          "with PyTorch 2.3 or later");
  }

  // Schema 1.1.0 and later; false without them.
  static bool read_attributes(const json::object& node, TorchCall& call) {
    const json::value* list = member(node, "attrs");
    if (list == nullptr) return false;
    bool has_name = false;
    for (const json::value& item : array_of(*list, "attrs")) {
      const json::object& attribute = object_of(item, "an attribute");
      const json::value* name = member(attribute, "name");
      const json::value* value = member(attribute, "value");
      if (name == nullptr || value == nullptr) continue;
      const std::string key = text_of(*name, "an attribute's name");
      if (key == "collective_name") {
        call.name = text_of(*value, key);
        has_name = true;
      }
      if (key == "dtype") call.type = text_of(*value, key);
      if (key == "in_msg_nelems") call.in = whole_of(*value, key);
      if (key == "out_msg_nelems") call.out = whole_of(*value, key);
      if (key == "in_split_size") call.in_split = split_of(text_of(*value, key), key);
      if (key == "out_split_size") call.out_split = split_of(text_of(*value, key), key);
      if (key == "pg_name") call.group = text_of(*value, key);
      if (key == "pg_size") call.world = whole_of(*value, key, most_ranks);
      if (key == "global_rank_start") call.first_rank = place_of(*value, key);
      if (key == "global_rank_stride") call.stride = place_of(*value, key);
    }
    return has_name;
  }

  // Schema 1.0.1: the tensor and the lists of parts say it.
  static void read_arguments(const json::array& values, std::size_t base, TorchCall& call) {
    if (base == 1) read_tensors(values.front(), call);
    const auto split = [&](std::size_t at) {
      std::vector<std::uint64_t> parts;
      if (at >= values.size()) return parts;
      for (const json::value& part : array_of(values[at], "the list of parts"))
        parts.push_back(whole_of(part, "a part", largest_message));
      return parts;
    };
    call.in_split = split(base + 4);
    call.out_split = split(base + 5);
    call.out = call.in;
    if (values.size() == base + 7) call.world = whole_of(values[base + 6], "the number of ranks", most_ranks);
    if (call.out_split.empty()) return;
    call.out = 0;
    for (const std::uint64_t part : call.out_split) {
      call.out += part;
      if (call.out > largest_message) throw TraceError("the parts are more than a message can be");
    }
  }

  static void read_tensors(const json::value& value, TorchCall& call) {
    const json::array& list = array_of(value, "the call's tensor");
    if (!list.empty() && list.front().is_array()) {
      for (const json::value& tensor : list) add_tensor(array_of(tensor, "a tensor"), call);
    } else {
      add_tensor(list, call);
    }
  }

  static void add_tensor(const json::array& tensor, TorchCall& call) {
    if (tensor.empty()) return;
    if (tensor.size() < tensor_fields) throw TraceError("a tensor of the call is none");
    const std::uint64_t element = whole_of(tensor[4], "the bytes of an element", 1 << 10);
    if (call.element_bytes.value_or(element) != element)
      throw TraceError("its tensors have elements of different size");
    call.element_bytes = element;
    call.in += whole_of(tensor[3], "the elements of a tensor", largest_message - std::min(call.in, largest_message));
  }

  RecordedCalls calls_;
  GroupDefinitions groups_;
  std::optional<std::string> first_group_;
  std::optional<std::uint64_t> process_;
  std::uint64_t nodes_ = 0;
};

}  // namespace

ParamRank read_host_trace(ByteSource& source, std::uint32_t number, units::Bytes memory_left) {
  GunzipSource content{source};
  Reader reader{number, memory_left};
  read_json(content, json::Cut::pieces, [&reader](const json::Place& place, const json::value& piece) {
    if (place.key == "nodes") reader.take(object_of(piece, "the node"));
    if (place.key == "pid") reader.take_process(piece);
  });
  return reader.finish();
}

}  // namespace farlink::trace
