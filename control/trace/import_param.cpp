// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_param.hpp"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include "control/trace/all_to_all_parts.hpp"
#include "control/trace/archive.hpp"
#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/job_files.hpp"
#include "control/trace/json_pieces.hpp"
#include "control/trace/json_values.hpp"
#include "control/trace/param_program.hpp"
#include "control/trace/param_rank.hpp"
#include "control/trace/rank_trace.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;

constexpr const char* files_needed =
    ", as many as there are files: a job needs the files of all its ranks, or one file without a number and --ranks";

// "run/rank-3.json.gz" -> 3.
std::optional<std::uint32_t> rank_of_name(std::string_view name) {
  if (name.ends_with(".gz")) name.remove_suffix(3);
  if (!name.ends_with(".json")) return std::nullopt;
  name.remove_suffix(5);
  const std::size_t last = name.find_last_not_of("0123456789");
  const std::string_view digits = name.substr(last == std::string_view::npos ? 0 : last + 1);
  std::uint32_t rank = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), rank);
  if (digits.empty() || error != std::errc{}) return std::nullopt;
  return rank;
}

class Import {
 public:
  explicit Import(const ImportOptions& options) : memory_left_{options.memory_limit} {}

  void add(ByteSource& content, std::uint32_t number, const std::string& file) {
    ParamRank rank = read_param_rank(content, number, memory_left_);
    memory_left_ -= Bytes{rank.bytes};
    if (!ranks_.emplace(number, std::pair{std::move(rank), file}).second)
      throw TraceError("there are two files of rank " + std::to_string(number));
  }

  // One file is that of every rank.
  void say_alike() {
    graph_.notes.push_back("The one file is every rank's: all " + std::to_string(ranks_.size()) + " do the same.");
  }

  Graph finish() {
    if (ranks_.empty()) throw TraceError("there is no file of a rank, such as rank-0.json");
    std::uint32_t expected = 0;
    for (const auto& [number, entry] : ranks_)
      if (number != expected++)
        throw TraceError("the file of rank " + std::to_string(expected - 1) + " is missing: a job needs all its ranks");
    const bool with_times = std::all_of(ranks_.begin(), ranks_.end(), [](const auto& item) {
      const auto& entries = item.second.first.entries;
      return std::all_of(entries.begin(), entries.end(), [](const ParamEntry& entry) { return entry.start; });
    });
    AllToAllParts parts;
    for (const auto& [number, item] : ranks_) {
      const auto& [rank, file] = item;
      try {
        const auto target = [this, &source = rank](const ParamEntry& entry) { return target_of(source, entry); };
        graph_.ranks.push_back(param_program(rank, target, {with_times, memory_left_}, parts));
      } catch (const TraceError& error) {
        throw TraceError(file + ": " + error.what());
      }
      const Bytes used = memory_of(graph_.ranks[graph_.ranks.size() - 1]);
      if (used > memory_left_) throw TraceError("the trace does not fit the memory limit of the importer");
      memory_left_ -= used;
      graph_.site_of_rank.push_back(0);
      graph_.lane_of_rank.push_back(number);
    }
    const AllToAllParts::Expanded expanded = parts.expand(graph_, memory_left_);
    check(graph_);
    take_notes(with_times, expanded, take_sizes_of_sends(graph_));
    return std::move(graph_);
  }

 private:
  std::vector<std::uint32_t> ranks_of(const ParamGroup& group) const {
    if (group.ranks) return *group.ranks;
    if (!group.name.empty() && group.name != "0")
      throw TraceError("group " + group.name.substr(0, 80) +
                       " is not described: there is no init with its global_ranks");
    std::vector<std::uint32_t> all(ranks_.size());
    for (std::uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    return all;
  }

  ParamTarget target_of(const ParamRank& rank, const ParamEntry& entry) {
    const std::optional<std::uint32_t> root = has_root(entry.collective) ? entry.root : std::nullopt;
    const auto known = targets_.find({rank.number, entry.group, root});
    const ParamTarget target = known != targets_.end() ? known->second : new_target(rank.groups[entry.group], root);
    targets_.emplace(std::tuple{rank.number, entry.group, root}, target);
    if (entry.world.value_or(target.size) != target.size)
      throw TraceError("world_size is " + std::to_string(*entry.world) + ", but its group has " +
                       std::to_string(target.size) + " ranks" + (rank.groups[entry.group].ranks ? "" : files_needed));
    return target;
  }

  ParamTarget new_target(const ParamGroup& group, std::optional<std::uint32_t> root) {
    std::vector<std::uint32_t> ranks = ranks_of(group);
    for (const std::uint32_t member : ranks)
      if (member >= ranks_.size())
        throw TraceError("its group has rank " + std::to_string(member) + ", but the job only " +
                         std::to_string(ranks_.size()) + files_needed);
    const auto size = static_cast<std::uint32_t>(ranks.size());
    std::string name = group.name.empty() ? "all" : group.name;
    if (root && ranks.front() != *root) {
      const auto found = std::find(ranks.begin(), ranks.end(), *root);
      if (found == ranks.end()) throw TraceError("root " + std::to_string(*root) + " is no rank of its group");
      std::rotate(ranks.begin(), found, ranks.end());
      name.append(" from ").append(std::to_string(*root));
    }
    const auto number = static_cast<std::uint32_t>(graph_.groups.size());
    const auto [found, is_new] = group_index_.try_emplace({name, ranks}, number);
    if (is_new) graph_.groups.push_back({std::move(name), std::move(ranks)});
    return {found->second, size};
  }

  static bool has_root(Collective collective) {
    return collective == Collective::broadcast || collective == Collective::reduce ||
           collective == Collective::gather || collective == Collective::scatter;
  }

  void take_notes(bool with_times, const AllToAllParts::Expanded& expanded, std::uint64_t mismatches) {
    const auto say = [this](std::uint64_t count, const char* what) {
      if (count > 0) graph_.notes.push_back(std::to_string(count) + " " + what);
    };
    graph_.notes.emplace_back(
        with_times ? "The time from the start of a call to that of the next is the host's, beside what was called; the "
                     "trace does not say what the GPUs compute."
                   : "Not all calls say when they started, so the ranks do nothing but communicate.");
    std::uint64_t computations = 0, rows = 0, waits = 0;
    for (const auto& [number, item] : ranks_) {
      computations += item.first.computations;
      rows += item.first.rows;
      waits += item.first.waits_for_none;
    }
    say(computations, "entries say what is computed but not how long, and take no time");
    say(rows, "lists of parts count rows of a tensor and are scaled to its size");
    say(waits, "waits name a request that no call before them has, and wait for nothing");
    say(mismatches, "messages are received with another size than they are sent with; the sender's counts");
    say(expanded.calls, "all-to-alls have parts that differ and are replayed as messages");
    say(expanded.mismatches,
        "of their parts are received with another size than they are sent with; the sender's counts");
  }

  Bytes memory_left_;
  std::map<std::uint32_t, std::pair<ParamRank, std::string>> ranks_;  // and its file
  std::map<std::pair<std::string, std::vector<std::uint32_t>>, std::uint32_t> group_index_;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::optional<std::uint32_t>>, ParamTarget> targets_;
  Graph graph_;
};

}  // namespace

bool is_param(const Specimen& specimen) {
  if (specimen.head.find_first_not_of(" \t\r\n") == std::string::npos ||
      specimen.head[specimen.head.find_first_not_of(" \t\r\n")] != '[')
    return false;
  bool fits = false;
  json::PieceReader reader{json::Cut::pieces, Specimen::head_bytes,
                           [&](const json::Place& place, const json::value& piece) {
                             if (place.number > 0 || !place.key.empty() || !piece.is_object()) return;
                             const json::object& first = piece.get_object();
                             fits = member(first, "comms") != nullptr || member(first, "compute") != nullptr;
                           }};
  try {
    reader.feed(specimen.head);
  } catch (const std::runtime_error&) {  // behind the first element
  }
  return fits;
}

Graph import_param(const std::filesystem::path& path, const ImportOptions& options) {
  Import import{options};
  std::error_code error;
  const bool is_one_file = std::filesystem::is_regular_file(path, error);
  const auto add = [&](std::optional<std::uint32_t> number) {
    visit_files(path, [&](ByteSource& content, const std::string& name) {
      const bool is_alone = is_one_file && name == path.filename().string();
      const auto rank = rank_of_name(name);
      if (rank || is_alone) import.add(content, rank.value_or(number.value_or(0)), name);
    });
  };
  if (is_one_file && !rank_of_name(path.filename().string()) && options.ranks > 1 && !is_archive(path)) {
    for (std::uint32_t rank = 0; rank < options.ranks; ++rank) add(rank);
    import.say_alike();
  } else {
    add(std::nullopt);
  }
  try {
    Graph graph = import.finish();
    graph.source = path.string();
    return graph;
  } catch (const TraceError& reason) {
    throw TraceError(path.string() + ": " + reason.what());
  }
}

Graph import_param(std::span<const std::span<const std::uint8_t>> files, const ImportOptions& options) {
  Import import{options};
  for (std::uint32_t rank = 0; rank < files.size(); ++rank) {
    MemorySource content{files[rank]};
    import.add(content, rank, "rank " + std::to_string(rank));
  }
  Graph graph = import.finish();
  graph.source = "memory";
  return graph;
}

}  // namespace farlink::trace
