// SPDX-License-Identifier: Apache-2.0
#include "control/trace/param_rank.hpp"

#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

#include "control/trace/error.hpp"
#include "control/trace/json_pieces.hpp"
#include "control/trace/json_values.hpp"
#include "control/trace/torch_names.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

// pg_id, req and the like are numbers, texts, or [number, is_p2p].
std::string key_of(const json::value& value, std::string_view what) {
  if (value.is_string()) return text_of(value, what);
  if (value.is_array() && !value.get_array().empty()) return key_of(value.get_array().front(), what);
  return std::to_string(integer_of(value, what));
}

std::uint32_t rank_of(const json::value& value, std::string_view what) {
  return static_cast<std::uint32_t>(whole_of(value, what, most_ranks));
}

class Reader {
 public:
  Reader(std::uint32_t number, units::Bytes memory_left) : memory_left_{memory_left.count()} { rank_.number = number; }

  void take(const json::object& object, std::uint64_t record) {
    ParamEntry entry;
    entry.record = record;
    if (const json::value* time = member(object, "startTime_ns"))
      entry.start = whole_of(*time, "startTime_ns", std::numeric_limits<std::int64_t>::max());
    if (const json::value* comms = member(object, "comms")) {
      if (!read_call(object, letters_of(text_of(*comms, "comms")), entry)) return;
    } else if (member(object, "compute") != nullptr) {
      ++rank_.computations;
    } else {
      throw TraceError("an entry has neither comms nor compute");
    }
    charge(sizeof(ParamEntry) + (entry.sends.size() + entry.receives.size()) * sizeof(std::uint64_t) + sizeof(Node));
    rank_.entries.push_back(std::move(entry));
  }
  ParamRank finish() { return std::move(rank_); }

 private:
  void charge(std::uint64_t bytes) {
    rank_.bytes += bytes;
    if (rank_.bytes > memory_left_) throw TraceError("the trace does not fit the memory limit of the importer");
  }

  // False for what is no entry of the program.
  bool read_call(const json::object& object, const std::string& name, ParamEntry& entry) {
    if (name == "init") {
      define_group(object);
      return false;
    }
    if (name == "wait") return read_wait(object, entry);
    entry.group = group_of(object);
    if (const json::value* world = member(object, "world_size"))
      entry.world = whole_of(*world, "world_size", most_ranks);
    if (name == "batchisendirecv") {
      entry.kind = ParamKind::batch;
    } else if (name == "send" || name == "isend" || name == "recv" || name == "irecv") {
      read_message(object, name.ends_with("send"), entry);
      entry.is_asynchronous = name.starts_with('i');
    } else if (const auto collective = torch_collective(name)) {
      entry.kind = ParamKind::collective;
      entry.collective = *collective;
      if (entry.collective != Collective::barrier) read_sizes(object, entry);
      if (const json::value* root = member(object, "root")) read_root(*root, entry);
      if (entry.collective == Collective::all_to_all) read_splits(object, entry);
    } else {
      throw TraceError("comms '" + name.substr(0, 80) + "' is unknown");
    }
    if (const json::value* request = member(object, "req")) {
      const std::string key = key_of(*request, "req");
      charge(key.size() + 96);
      requests_.insert_or_assign(key, static_cast<std::uint32_t>(rank_.entries.size()));
    }
    return true;
  }

  void define_group(const json::object& object) {
    const json::value* ranks = member(object, "global_ranks");
    if (ranks == nullptr) ranks = member(object, "groupRanks");
    std::vector<std::uint32_t> members;
    if (ranks != nullptr)
      for (const json::value& rank : array_of(*ranks, "global_ranks"))
        members.push_back(rank_of(rank, "a global rank"));
    charge(members.size() * sizeof(std::uint32_t));
    ParamGroup& group = rank_.groups[group_of(object)];
    if (!members.empty()) group.ranks = std::move(members);
  }

  std::uint32_t group_of(const json::object& object) {
    const json::value* id = member(object, "pg_id");
    const std::string name = id == nullptr ? "" : key_of(*id, "pg_id");
    const auto [found, is_new] = group_index_.try_emplace(name, static_cast<std::uint32_t>(rank_.groups.size()));
    if (is_new) {
      charge(sizeof(ParamGroup) + 2 * name.size() + 64);
      rank_.groups.push_back({name, std::nullopt});
    }
    return found->second;
  }

  bool read_wait(const json::object& object, ParamEntry& entry) {
    entry.kind = ParamKind::wait;
    const json::value* request = member(object, "req");
    if (request == nullptr) throw TraceError("a wait without req: what it waits for is not known");
    const auto found = requests_.find(key_of(*request, "req"));
    if (found == requests_.end()) {
      ++rank_.waits_for_none;
      // Its time counts: the next call's is measured from here.
      entry.target = static_cast<std::uint32_t>(rank_.entries.size());
      return true;
    }
    entry.target = found->second;
    rank_.entries[entry.target].is_asynchronous = true;
    return true;
  }

  void read_message(const json::object& object, bool is_send, ParamEntry& entry) {
    entry.kind = is_send ? ParamKind::send : ParamKind::receive;
    read_sizes(object, entry);
    const auto end = [&](const char* key) -> std::uint32_t {
      const json::value* value = member(object, key);
      if (value == nullptr) throw TraceError(std::string{"a message without "} + key);
      return rank_of(*value, key);
    };
    const std::uint32_t source = end("src_rank"), destination = end("dst_rank");
    entry.peer = is_send ? destination : source;
    const std::uint32_t own = is_send ? source : destination;
    if (own != rank_.number)
      throw TraceError(std::string{is_send ? "src_rank" : "dst_rank"} + " is " + std::to_string(own) +
                       ", but this is the file of rank " + std::to_string(rank_.number));
    if (const json::value* batched = member(object, "use_batch")) entry.is_batched = truth_of(*batched, "use_batch");
  }

  void read_sizes(const json::object& object, ParamEntry& entry) {
    const json::value* type = member(object, "dtype");
    if (type == nullptr) throw TraceError("the entry has no dtype, so its bytes are not known");
    const std::string name = text_of(*type, "dtype");
    const auto size = torch_element_size(name);
    if (!size) throw TraceError("dtype '" + name.substr(0, 80) + "' is unknown");
    element_ = *size;
    const auto bytes = [&](const char* key) {
      const json::value* count = member(object, key);
      if (count == nullptr) throw TraceError(std::string{"the entry has no "} + key + ", so its bytes are not known");
      return whole_of(*count, key, largest_message / element_) * element_;
    };
    entry.in = bytes("in_msg_size");
    entry.out = bytes("out_msg_size");
  }

  static void read_root(const json::value& value, ParamEntry& entry) {
    const std::int64_t root = integer_of(value, "root");
    if (root >= 0) entry.root = rank_of(value, "root");  // collectives without one have -1
  }

  void read_splits(const json::object& object, ParamEntry& entry) {
    const auto read = [&](const char* key, std::uint64_t all) {
      std::vector<std::uint64_t> parts;
      const json::value* list = member(object, key);
      if (list == nullptr) return parts;
      for (const json::value& part : array_of(*list, key))
        parts.push_back(whole_of(part, key, largest_message / element_) * element_);
      scale(parts, all, key);
      return parts;
    };
    entry.sends = read("in_split", entry.in);
    entry.receives = read("out_split", entry.out);
    if (entry.sends.empty() != entry.receives.empty()) throw TraceError("only one of in_split and out_split is given");
  }

  // Parts of a tensor of several dimensions are counted in rows.
  void scale(std::vector<std::uint64_t>& parts, std::uint64_t all, const char* what) {
    std::uint64_t sum = 0;
    for (const std::uint64_t part : parts) {
      sum += part;
      if (sum > largest_message) throw TraceError(std::string{what} + " is more than a message can be");
    }
    if (parts.empty() || sum == all) return;
    if (sum == 0 || all % sum != 0)
      throw TraceError(std::string{what} + " adds up to " + std::to_string(sum) + " bytes, and the message has " +
                       std::to_string(all));
    for (std::uint64_t& part : parts) part *= all / sum;
    ++rank_.rows;
  }

  std::uint64_t memory_left_;
  std::uint64_t element_ = 1;  // bytes of one, in the entry at hand
  ParamRank rank_;
  std::map<std::string, std::uint32_t, std::less<>> group_index_, requests_;  // requests: the entry that had it last
};

}  // namespace

ParamRank read_param_rank(ByteSource& source, std::uint32_t number, units::Bytes memory_left) {
  GunzipSource content{source};
  Reader reader{number, memory_left};
  read_json(content, json::Cut::pieces, [&reader](const json::Place& place, const json::value& piece) {
    if (!place.key.empty()) throw TraceError("this is no list of calls");
    reader.take(object_of(piece, "the entry"), place.number);
  });
  return reader.finish();
}

}  // namespace farlink::trace
