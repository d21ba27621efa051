// SPDX-License-Identifier: Apache-2.0
#include "control/trace/kineto_rank.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <string_view>
#include <utility>

#include "control/trace/error.hpp"
#include "control/trace/json_pieces.hpp"
#include "control/trace/json_values.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

std::string small(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return text;
}

// Microseconds, whole or with decimals, to nanoseconds.
std::uint64_t nanoseconds_of(const json::value& value, std::string_view what) {
  constexpr double most = 9e15;  // microseconds: 285 years
  if (value.is_uint64() || value.is_int64()) return whole_of(value, what, static_cast<std::uint64_t>(most)) * 1000;
  if (!value.is_double()) throw TraceError(std::string{what} + " is no number");
  const double micros = value.get_double();
  if (!(micros >= 0) || micros > most) throw TraceError(std::string{what} + " is out of range");
  const double whole = std::floor(micros);
  return static_cast<std::uint64_t>(whole) * 1000 + static_cast<std::uint64_t>(std::lround((micros - whole) * 1000));
}

class Reader {
 public:
  explicit Reader(units::Bytes memory_left) : memory_left_{memory_left.count()} {}

  void take(const json::object& event, std::uint64_t record) {
    const json::value* phase = member(event, "ph");
    if (phase == nullptr || !phase->is_string() || phase->get_string() != "X") return;
    const json::value *name = member(event, "name"), *start = member(event, "ts"), *length = member(event, "dur");
    if (name == nullptr || start == nullptr || length == nullptr || !name->is_string()) return;
    Event read;
    read.start = nanoseconds_of(*start, "ts");
    read.end = read.start + nanoseconds_of(*length, "dur");
    const std::string text = text_of(*name, "name");
    const json::value* category = member(event, "cat");
    const std::string kind = category != nullptr && category->is_string() ? small(text_of(*category, "cat")) : "";
    if (kind == "trace") return;  // the profiler's own
    first_ = std::min(first_, read.start);
    last_ = std::max(last_, read.end);
    const json::value* arguments = member(event, "args");
    const json::object* args = arguments != nullptr && arguments->is_object() ? &arguments->get_object() : nullptr;
    if (text == "record_param_comms") {
      const json::value* process = member(event, "pid");
      if (process != nullptr && process->is_number()) result_.process = whole_of(*process, "pid");
      return take_call(args, read, record);
    }
    if (text.starts_with("ProfilerStep")) return take_step(kind, read);
    if (text.starts_with("Optimizer.step")) {
      if (kind != "gpu_user_annotation") result_.optimizer_steps.push_back(read.start);
      return charge(sizeof(std::uint64_t));
    }
    const bool is_copy = kind == "gpu_memcpy" || kind == "memcpy";
    if (kind == "kernel" || is_copy || kind == "gpu_memset" || kind == "memset") {
      if (text.starts_with("nccl")) {
        result_.communication += read.end - read.start;
        return;
      }
      add(gpu_, args, read, is_copy && text.find("DtoH") != std::string::npos);
    } else if (kind == "cuda_runtime" || kind == "runtime" || kind == "cuda_driver") {
      const bool is_wait =
          text == "cudaStreamSynchronize" || text == "cudaDeviceSynchronize" || text == "cudaEventSynchronize";
      if (is_wait) {
        charge(sizeof(KinetoRank::Wait));
        result_.waits.push_back({read.start, read.end});
      }
      add(host_, args, read, text.starts_with("cudaMemcpy"));
    }
  }

  void take_distributed(const json::object& info) {
    if (const json::value* rank = member(info, "rank"))
      result_.number = static_cast<std::uint32_t>(whole_of(*rank, "distributedInfo.rank", most_ranks));
    if (const json::value* world = member(info, "world_size"))
      result_.world = whole_of(*world, "distributedInfo.world_size", most_ranks);
    const json::value* groups = member(info, "pg_config");
    if (groups == nullptr) return;
    for (const json::value& item : array_of(*groups, "pg_config")) {
      const json::object& group = object_of(item, "a process group");
      const json::value *name = member(group, "pg_name"), *ranks = member(group, "ranks"),
                        *size = member(group, "pg_size");
      if (name == nullptr || !name->is_string()) continue;
      GroupDefinition definition;
      if (ranks != nullptr)
        for (const json::value& rank : array_of(*ranks, "ranks"))
          definition.ranks.push_back(static_cast<std::uint32_t>(whole_of(rank, "a rank", most_ranks)));
      if (size != nullptr) definition.size = whole_of(*size, "pg_size", most_ranks);
      result_.groups.insert_or_assign(text_of(*name, "pg_name"), std::move(definition));
    }
  }

  KinetoRank finish() {
    if (first_ > last_) throw TraceError("there are no events that take time");
    if (result_.profiler_steps == 0) {
      result_.begin = first_;
      result_.end = last_;
    }
    pair_launches();
    const auto by_start = [](const auto& a, const auto& b) { return a.start < b.start; };
    std::stable_sort(result_.calls.begin(), result_.calls.end(), by_start);
    std::stable_sort(result_.launches.begin(), result_.launches.end(), by_start);
    std::stable_sort(result_.waits.begin(), result_.waits.end(), by_start);
    std::sort(result_.optimizer_steps.begin(), result_.optimizer_steps.end());
    return std::move(result_);
  }

 private:
  struct Event {
    std::uint64_t start = 0, end = 0;
    std::uint64_t correlation = 0;  // 0: none
    bool is_copy = false;           // on the GPU: to the host; of the host: any
  };

  void charge(std::uint64_t bytes) {
    result_.bytes += bytes;
    if (result_.bytes > memory_left_) throw TraceError("the profile does not fit the memory limit of the importer");
  }

  void add(std::vector<Event>& events, const json::object* args, Event event, bool is_copy) {
    charge(2 * sizeof(Event));
    const json::value* correlation = args == nullptr ? nullptr : member(*args, "correlation");
    if (correlation != nullptr) event.correlation = whole_of(*correlation, "correlation");
    event.is_copy = is_copy;
    events.push_back(event);
  }

  void take_step(const std::string& kind, const Event& event) {
    if (kind == "gpu_user_annotation") return;
    const bool is_first = result_.profiler_steps++ == 0;
    result_.begin = is_first ? event.start : std::min(result_.begin, event.start);
    result_.end = is_first ? event.end : std::max(result_.end, event.end);
  }

  void take_call(const json::object* args, const Event& event, std::uint64_t record) {
    charge(sizeof(KinetoRank::Call) + 64);
    const json::value* name = args == nullptr ? nullptr : member(*args, "Collective name");
    if (name != nullptr && name->is_string() && name->get_string() == "init") return;  // of a group; nothing is sent
    KinetoRank::Call read;
    read.start = event.start;
    read.call.record = record;
    read.call.start = event.start;
    if (name != nullptr) {
      read.has_name = true;
      TorchCall& call = read.call;
      call.name = text_of(*name, "Collective name");
      const auto count = [args](const char* key) {
        const json::value* value = member(*args, key);
        return value == nullptr ? 0 : whole_of(*value, key);
      };
      const auto text = [args](const char* key) {
        const json::value* value = member(*args, key);
        return value == nullptr ? std::string{} : text_of(*value, key);
      };
      call.in = count("In msg nelems");
      call.out = count("Out msg nelems");
      call.type = text("dtype");
      call.in_split = split_of(text("In split size"), "In split size");
      call.out_split = split_of(text("Out split size"), "Out split size");
      charge((call.in_split.size() + call.out_split.size()) * sizeof(std::uint64_t));
      call.group = text("Process Group Name");
      if (member(*args, "Group size") != nullptr) call.world = count("Group size");
      for (const auto& [key, field] :
           {std::pair{"Global rank start", &call.first_rank}, {"Global rank stride", &call.stride}})
        if (const json::value* value = member(*args, key)) *field = place_of(*value, key);
      for (const char* key : {"Src Rank", "Dst Rank"})
        if (const json::value* peer = member(*args, key)) call.peer = integer_of(*peer, key);
      take_group(call.group, text("Process Group Ranks"));
    }
    result_.calls.push_back(std::move(read));
  }

  // What a call says of its group's ranks; long lists end in "...".
  void take_group(const std::string& name, const std::string& ranks) {
    if (ranks.size() < 3 || ranks.find("...") != std::string::npos || result_.groups.contains(name)) return;
    GroupDefinition definition;
    for (const std::uint64_t rank : split_of(ranks, "Process Group Ranks")) {
      if (rank > most_ranks) throw TraceError("Process Group Ranks: rank " + std::to_string(rank) + " is too large");
      definition.ranks.push_back(static_cast<std::uint32_t>(rank));
    }
    charge(definition.ranks.size() * sizeof(std::uint32_t) + 2 * name.size() + 96);
    result_.groups.insert_or_assign(name, std::move(definition));
  }

  // What ran on the GPU to the call that launched it: of what ran side by side, on several streams, each moment counts
  // once, for what began first. A copy to the host that had ended when its call returned was waited for.
  void pair_launches() {
    const auto by_correlation = [](const Event& a, const Event& b) { return a.correlation < b.correlation; };
    std::stable_sort(host_.begin(), host_.end(), by_correlation);
    std::stable_sort(gpu_.begin(), gpu_.end(), [](const Event& a, const Event& b) { return a.start < b.start; });
    std::uint64_t busy_until = 0;
    for (const Event& work : gpu_) {
      const auto found = std::lower_bound(host_.begin(), host_.end(), work, by_correlation);
      const bool is_known = work.correlation != 0 && found != host_.end() && found->correlation == work.correlation;
      const std::uint64_t counted_from = std::max(work.start, busy_until);
      result_.launches.push_back(
          {is_known ? found->start : work.start, work.end > counted_from ? work.end - counted_from : 0});
      busy_until = std::max(busy_until, work.end);
      if (is_known && work.is_copy && found->is_copy && work.end <= found->end)
        result_.waits.push_back({found->start, found->end});
    }
    gpu_ = host_ = {};
  }

  std::uint64_t memory_left_;
  KinetoRank result_;
  std::vector<Event> gpu_, host_;
  std::uint64_t first_ = ~std::uint64_t{0}, last_ = 0;
};

}  // namespace

KinetoRank read_kineto(ByteSource& source, units::Bytes memory_left) {
  GunzipSource content{source};
  Reader reader{memory_left};
  read_json(content, json::Cut::pieces, [&reader](const json::Place& place, const json::value& piece) {
    if (place.key == "traceEvents") reader.take(object_of(piece, "the event"), place.number);
    if (place.key == "distributedInfo") reader.take_distributed(object_of(piece, "distributedInfo"));
  });
  return reader.finish();
}

}  // namespace farlink::trace
