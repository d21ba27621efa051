// SPDX-License-Identifier: Apache-2.0
#include "control/trace/layer_table.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <utility>

#include "control/trace/error.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;
using Words = std::vector<std::string_view>;

constexpr std::uint64_t most_layers = 1'000'000;
constexpr std::uint64_t most_parts = 1 << 16;  // chunks, micro-batches
constexpr std::uint64_t most_stages = 4096;

constexpr std::array<std::pair<std::string_view, Policy>, 11> policies{{
    {"DATA", Policy::data},
    {"MODEL", Policy::model},
    {"HYBRID_DATA_MODEL", Policy::hybrid_data_model},
    {"HYBRID_MODEL_DATA", Policy::hybrid_model_data},
    {"HYBRID_TRANSFORMER", Policy::transformer},
    {"HYBRID_TRANSFORMER_FWD_IN_BCKWD", Policy::transformer_recomputing},
    {"HYBRID_DLRM", Policy::dlrm},
    {"HYBRID_DLRM_ENHANCED", Policy::dlrm_enhanced},
    {"HYBRID_CUSTOMIZED", Policy::customized},
    {"MICRO", Policy::micro},
    {"DISTRIBUTED_INFERENCE", Policy::inference},
}};

// Python writes whole numbers of bytes as 8388608.0.
std::uint64_t whole(std::string_view text, std::uint64_t most, const char* what) {
  const std::size_t point = text.find('.');
  if (point != std::string_view::npos && text.find_first_not_of('0', point + 1) == std::string_view::npos)
    text = text.substr(0, point);
  return number(text, most, what);
}

class Header {
 public:
  Header(const Words& words, LayerTable& table) : words_{words}, table_{table} {}

  void read() {
    const auto policy = policy_named(words_[0]);
    if (!policy) throw TraceError("'" + std::string{words_[0]} + "' is no policy of a layer table");
    table_.policy = *policy;
    const bool is_dlrm = *policy == Policy::dlrm || *policy == Policy::dlrm_enhanced;
    if (is_dlrm && words_.size() == 2)  // the older form
      table_.last_bottom = value32(words_[1], most_layers, "layer");
    else
      while (next_ < words_.size()) entry();
  }

  std::vector<std::uint32_t> checkpoints, starts;  // layers

 private:
  static std::uint32_t value32(std::string_view text, std::uint64_t most, const char* what) {
    return static_cast<std::uint32_t>(number(text, most, what));
  }
  std::string_view word() {
    if (next_ == words_.size()) throw TraceError("'" + std::string{words_.back()} + "' has no value");
    return words_[next_++];
  }
  std::uint32_t at_least_one(std::uint64_t most, const char* what) {
    const std::uint32_t value = value32(word(), most, what);
    if (value == 0) throw TraceError("0 is no " + std::string{what});
    return value;
  }
  std::vector<std::uint32_t> list() {
    std::vector<std::uint32_t> layers;
    const std::uint32_t count = value32(word(), words_.size(), "number of layers on the line");
    for (std::uint32_t i = 0; i < count; ++i) layers.push_back(value32(word(), most_layers, "layer"));
    return layers;
  }

  void entry() {
    std::string_view key = words_[next_++];
    if (key.ends_with(':')) key.remove_suffix(1);
    if (key == "model_parallel_NPU_group")
      table_.model_group = at_least_one(most_ranks, "number of ranks");
    else if (key == "ep")
      table_.expert = at_least_one(most_ranks, "number of ranks");
    else if (key == "pp")
      table_.pipeline = at_least_one(most_stages, "number of stages");
    else if (key == "vpp")
      table_.chunks = at_least_one(most_parts, "number of chunks");
    else if (key == "ga")
      table_.microbatches = at_least_one(most_parts - 1, "number of micro-batches");
    else if (key == "all_gpus")
      table_.ranks = at_least_one(most_ranks, "number of ranks");
    else if (key == "pp_comm")
      table_.boundary = Bytes{whole(word(), largest_message, "size")};
    else if (key == "checkpoints")
      checkpoints = list();
    else if (key == "checkpoint_initiates")
      starts = list();
    else if (key == "DLRM_LAST_BOTTOM_LAYER")
      table_.last_bottom = value32(word(), most_layers, "layer");
    else
      throw TraceError("'" + std::string{key} + "' is no key of a layer table");
  }

  const Words& words_;
  LayerTable& table_;
  std::size_t next_ = 1;
};

Duration nanoseconds(std::string_view text) {
  return Duration::nanoseconds(static_cast<std::int64_t>(number(text, longest_nanoseconds, "time")));
}

LayerPass pass(std::span<const std::string_view> columns) {
  constexpr std::array<std::pair<std::string_view, Collective>, 5> collectives{{
      {"ALLREDUCE", Collective::all_reduce},
      {"ALLGATHER", Collective::all_gather},
      {"REDUCESCATTER", Collective::reduce_scatter},
      {"ALLTOALL", Collective::all_to_all},
      {"BROADCAST", Collective::broadcast},
  }};
  LayerPass pass;
  pass.compute = nanoseconds(columns[0]);
  pass.bytes = Bytes{number(columns[2], largest_message, "size")};
  std::string_view name = columns[1];
  if (name == "NONE") return pass;
  if (name.starts_with("ALLREDUCEALLTOALL"))
    throw TraceError(std::string{name} +
                     ": which part of the network reduces and which exchanges is said by ASTRA-sim's system file, not "
                     "here; write it as two layers");
  if (name.ends_with("_DP_EP")) {
    pass.scope = Scope::expert_data;
    name.remove_suffix(6);
  } else if (name.ends_with("_EP")) {
    pass.scope = Scope::expert;
    name.remove_suffix(3);
  }
  const auto found =
      std::find_if(collectives.begin(), collectives.end(), [&](const auto& known) { return known.first == name; });
  if (found == collectives.end()) throw TraceError("'" + std::string{columns[1]} + "' is no collective");
  pass.collective = found->second;
  return pass;
}

Layer layer(const Words& words, Policy policy) {
  const std::size_t columns = policy == Policy::customized ? 13 : 12;
  if (words.size() != columns)
    throw TraceError("a layer has " + std::to_string(columns) + " columns, this line has " +
                     std::to_string(words.size()));
  const std::span<const std::string_view> all{words};
  Layer layer;
  layer.name = std::string{words[0]};
  layer.forward = pass(all.subspan(2, 3));
  layer.input_gradient = pass(all.subspan(5, 3));
  layer.weight_gradient = pass(all.subspan(8, 3));
  layer.update = nanoseconds(words[11]);
  layer.policy = policy;
  if (policy == Policy::customized) {
    const auto own = policy_named(words[12]);
    if (!own || *own == Policy::customized)
      throw TraceError("'" + std::string{words[12]} + "' is no policy of a layer");
    layer.policy = *own;
  }
  return layer;
}

// The checkpoint that a layer's recomputation starts from has to stand before it.
void mark(LayerTable& table, const Header& header) {
  const auto at = [&table](std::uint32_t number) -> Layer& {
    if (number >= table.layers.size())
      throw TraceError("layer " + std::to_string(number) + " of the first line is not there: there are " +
                       std::to_string(table.layers.size()));
    return table.layers[number];
  };
  for (const std::uint32_t number : header.checkpoints) at(number).is_checkpoint = true;
  std::uint64_t again = 0;
  for (const std::uint32_t number : header.starts) {
    at(number).starts_forward = true;
    std::uint32_t begin = number;
    while (begin > 0 && !table.layers[begin].is_checkpoint) --begin;
    if (!table.layers[begin].is_checkpoint)
      throw TraceError("before layer " + std::to_string(number) +
                       " layers are computed again from a checkpoint, and there is none");
    again += number - begin;
    if (again > table.layers.size()) throw TraceError("the first line has layers computed again more than once");
  }
}

}  // namespace

std::optional<Policy> policy_named(std::string_view word) {
  const auto found =
      std::find_if(policies.begin(), policies.end(), [&](const auto& known) { return known.first == word; });
  if (found == policies.end()) return std::nullopt;
  return found->second;
}

LayerTable read_layer_table(LineReader& lines) {
  LayerTable table;
  std::string first, line;
  Words words;
  if (lines.next(first)) words = words_of(first);
  if (words.empty()) throw TraceError("the first line has no policy");
  Header header{words, table};
  header.read();
  if (!lines.next(line)) throw TraceError("the number of layers is missing");
  const Words count_words = words_of(line);
  if (count_words.size() != 1) throw TraceError("the second line is the number of layers");
  const std::uint64_t count = number(count_words[0], most_layers, "number of layers");
  while (lines.next(line)) {
    const Words columns = words_of(line);
    if (columns.empty()) continue;
    if (table.layers.size() == count)
      throw TraceError("a layer beyond the " + std::to_string(count) + " that the second line says");
    table.layers.push_back(layer(columns, table.policy));
    table.layers.back().line = lines.number();
  }
  if (table.layers.size() != count || count == 0)
    throw TraceError("the second line says " + std::to_string(count) + " layers, and the file has " +
                     std::to_string(table.layers.size()));
  mark(table, header);
  return table;
}

}  // namespace farlink::trace
