// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_chakra.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "control/trace/archive.hpp"
#include "control/trace/check.hpp"
#include "control/trace/error.hpp"
#include "control/trace/own_attributes.hpp"
#include "control/trace/rank_files.hpp"
#include "control/trace/rank_json.hpp"
#include "control/trace/rank_trace.hpp"
#include "control/trace/replicate.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
constexpr std::string_view groups_suffix = ".comm-groups.json";

template <typename Action>
auto with_file(const std::string& file, Action&& action) {
  try {
    return action();
  } catch (const TraceError& error) {
    throw TraceError(file + ": " + error.what());
  }
}

// Collects the ranks of one job, then joins them.
class Import {
 public:
  Import(std::string source, const ImportOptions& options) : options_{options}, memory_left_{options.memory_limit} {
    graph_.source = std::move(source);
    if (options.comm_groups.empty()) return;
    with_file(options.comm_groups.string(), [&] {
      FileSource file{options.comm_groups};
      add_comm_groups(file, options.comm_groups.filename().string());
    });
  }

  // `file` is kept for messages; errors thrown here do not name it yet.
  void add_rank(ByteSource& source, std::uint32_t number, const std::string& file) {
    RankTrace trace = read_rank(source, number, options_, memory_left_);
    memory_left_ -= std::min(memory_left_, memory_of(trace.rank));
    trace.file = file;
    if (!traces_.emplace(number, std::move(trace)).second) {
      throw TraceError("there are two files of rank " + std::to_string(number));
    }
  }

  bool has_comm_groups() const noexcept { return comm_groups_.has_value(); }
  void add_comm_groups(ByteSource& source, const std::string& name) {
    comm_groups_ = parse_comm_groups(source);
    graph_.notes.push_back("groups of ranks are those of " + name);
  }

  Graph finish() {
    if (options_.replicate) {
      total_ = ranks_of_job();
    } else {
      check_numbers();
      total_ = static_cast<std::uint32_t>(traces_.size());
    }
    ImportCounts counts;
    std::vector<std::uint32_t> recorded;
    for (auto& [number, trace] : traces_) {
      with_file(trace.file, [&, &t = trace] {
        resolve_groups(t);
        if (t.lane.value_or(0) >= rank_count())
          throw TraceError("attribute " + std::string{own::lane} + " is " + std::to_string(*t.lane) +
                           ", but there are only " + std::to_string(rank_count()) + " ranks");
      });
      counts.host_operations += trace.counts.host_operations;
      counts.launches += trace.counts.launches;
      counts.memory_nodes += trace.counts.memory_nodes;
      counts.without_duration += trace.counts.without_duration;
      graph_.ranks.push_back(std::move(trace.rank));
      recorded.push_back(number);
      graph_.site_of_rank.push_back(0);
      graph_.lane_of_rank.push_back(trace.lane.value_or(number));
      graph_.model_flops = std::max(graph_.model_flops, trace.model_flops);
      graph_.peak_flops = std::max(graph_.peak_flops, trace.peak_flops);
    }
    if (options_.replicate) with_file(graph_.source, [&] { replicate(graph_, recorded, total_); });
    check(graph_);
    say(counts.host_operations, "operations of the host run beside the GPU, one at a time per rank");
    say(counts.launches, "launches of communication by the host count as operations of the host");
    say(counts.memory_nodes, "memory loads and stores are compute with the duration that was recorded");
    say(counts.without_duration, "compute nodes have operations but no recorded duration and take no time");
    say(take_sizes_of_sends(graph_),
        "messages are received with another size than they are sent with; the sender's counts");
    return std::move(graph_);
  }

 private:
  void say(std::uint64_t count, const char* what) {
    if (count > 0) graph_.notes.push_back(std::to_string(count) + " " + what);
  }

  std::uint32_t rank_count() const { return total_; }

  // Of a job of which some ranks were recorded: what its groups say, and where one is of all ranks what we were told.
  std::uint32_t ranks_of_job() const {
    std::uint64_t ranks = traces_.empty() ? 0 : std::uint64_t{traces_.rbegin()->first} + 1;
    bool has_unknown = false;
    for (const auto& [number, trace] : traces_) {
      for (const GroupUse& use : trace.groups) {
        const GroupDefinition* definition = definition_of(use, trace);
        if (definition == nullptr || (definition->ranks.empty() && definition->size == 0)) {
          has_unknown = true;
          continue;
        }
        ranks = std::max(ranks, definition->size);
        for (const std::uint32_t rank : definition->ranks) ranks = std::max(ranks, std::uint64_t{rank} + 1);
      }
    }
    if (has_unknown) ranks = std::max<std::uint64_t>(ranks, options_.ranks);
    if (has_unknown && options_.ranks == 0)
      throw TraceError(graph_.source +
                       ": how many ranks the job has is not recorded, and a group of all ranks needs it: in a scenario "
                       "the sites' GPUs say it, elsewhere --ranks does");
    if (ranks > most_ranks) throw TraceError(graph_.source + ": more than " + std::to_string(most_ranks) + " ranks");
    return static_cast<std::uint32_t>(ranks);
  }

  const GroupDefinition* definition_of(const GroupUse& use, const RankTrace& trace) const {
    const std::string name = use.name.empty() ? "0" : use.name;
    if (comm_groups_ && !use.name.empty()) {
      if (const auto found = comm_groups_->find(name); found != comm_groups_->end()) return &found->second;
    }
    const auto found = trace.definitions.find(name);
    return found == trace.definitions.end() ? nullptr : &found->second;
  }

  void check_numbers() const {
    std::uint32_t expected = 0;
    for (const auto& [number, trace] : traces_) {
      if (number != expected) {
        throw TraceError(graph_.source + ": the file of rank " + std::to_string(expected) + " is missing (there are " +
                         std::to_string(traces_.size()) + " files, up to rank " +
                         std::to_string(traces_.rbegin()->first) + "): a job needs all its ranks");
      }
      ++expected;
    }
  }

  // Graph::groups has one entry for each name and list of ranks: names may be reused by disjoint sets of ranks.
  void resolve_groups(RankTrace& trace) {
    std::vector<std::uint32_t> index;
    for (const GroupUse& use : trace.groups) {
      std::vector<std::uint32_t> ranks = ranks_of(use, trace);
      for (const std::uint32_t rank : ranks) {
        if (rank >= rank_count()) refuse_missing(trace, use, std::uint64_t{rank} + 1);
      }
      const std::string name = use.name.empty() ? "all" : use.name;
      const auto [entry, is_new] =
          group_index_.try_emplace({name, ranks}, static_cast<std::uint32_t>(graph_.groups.size()));
      if (is_new) graph_.groups.push_back({description_of(use, trace).value_or(name), std::move(ranks)});
      index.push_back(entry->second);
    }
    for (Node& node : trace.rank.nodes) {
      if (node.kind == NodeKind::collective) node.group = index[node.group];
    }
  }

  static std::optional<std::string> description_of(const GroupUse& use, const RankTrace& trace) {
    const auto found = trace.definitions.find(use.name);
    if (found == trace.definitions.end() || found->second.description.empty()) return std::nullopt;
    return found->second.description;
  }

  std::vector<std::uint32_t> ranks_of(const GroupUse& use, const RankTrace& trace) const {
    const std::string name = use.name.empty() ? "0" : use.name;
    std::uint64_t size = 0;  // of a group that is the first ranks of the job; 0: all
    if (comm_groups_ && !use.name.empty()) {
      if (const auto found = comm_groups_->find(name); found != comm_groups_->end()) return found->second.ranks;
    }
    if (const auto found = trace.definitions.find(name); found != trace.definitions.end()) {
      if (!found->second.ranks.empty() && !use.name.empty()) return found->second.ranks;
      if (found->second.ranks.empty()) size = found->second.size;
    } else if (name != "0") {
      const std::string why =
          trace.unreadable_groups.empty() ? "" : " (its list of groups is unreadable: " + trace.unreadable_groups + ")";
      throw TraceError("rank " + std::to_string(trace.number) + ", " + use.first_node + ": group '" + name +
                       "' is not described in the trace" + why + "; add a comm-groups file, PREFIX" +
                       std::string{groups_suffix} + ": {\"" + name + "\": [ranks]}");
    }
    if (size > rank_count()) refuse_missing(trace, use, size);
    if (size == 0 && rank_count() == 1) refuse_missing(trace, use, 2);
    std::vector<std::uint32_t> ranks(size == 0 ? rank_count() : size);
    for (std::uint32_t i = 0; i < ranks.size(); ++i) ranks[i] = i;
    return ranks;
  }

  [[noreturn]] void refuse_missing(const RankTrace& trace, const GroupUse& use, std::uint64_t needed) const {
    throw TraceError("rank " + std::to_string(trace.number) + ", " + use.first_node + ": its group " +
                     (use.name.empty() ? "of all ranks" : "'" + use.name + "'") + " needs the files of at least " +
                     std::to_string(needed) + " ranks, but the trace has " + std::to_string(rank_count()) +
                     ": a recorded job needs the files of all its ranks, or, where they do alike, --replicate "
                     "(in a scenario workload.replicate)");
  }

  const ImportOptions& options_;
  Bytes memory_left_;
  std::map<std::uint32_t, RankTrace> traces_;
  std::optional<GroupDefinitions> comm_groups_;
  std::map<std::pair<std::string, std::vector<std::uint32_t>>, std::uint32_t> group_index_;
  Graph graph_;
  std::uint32_t total_ = 0;  // ranks of the job
};

std::string base_name(const std::string& name) { return name.substr(name.rfind('/') + 1); }

// Whether there was a file with the suffix.
bool add_ranks(Import& import, const std::filesystem::path& path, std::string_view suffix) {
  const std::string source = path.string();
  std::optional<std::string> prefix;
  Archive archive{path};
  while (const std::optional<std::string> name = archive.next()) {
    if (base_name(*name).starts_with('.')) continue;  // macOS puts its own files beside the real ones
    if (name->ends_with(groups_suffix) && !import.has_comm_groups()) {
      with_file(*name, [&] { import.add_comm_groups(archive.content(), *name); });
    }
    const std::optional<RankName> rank_name = parse_rank_name(*name, suffix);
    if (!rank_name) continue;
    if (prefix && *prefix != rank_name->prefix) {
      throw TraceError("the archive holds several jobs ('" + *prefix + "', '" + rank_name->prefix +
                       "'); unpack it and name one by its prefix");
    }
    prefix = rank_name->prefix;
    with_file(*name, [&] { import.add_rank(archive.content(), rank_name->rank, source + ": " + *name); });
  }
  return prefix.has_value();
}

Graph import_archive(const std::filesystem::path& path, const ImportOptions& options) {
  Import import{path.string(), options};
  with_file(path.string(), [&] {
    const auto has = [&](std::string_view suffix) { return add_ranks(import, path, suffix); };
    if (std::none_of(rank_suffixes.begin(), rank_suffixes.end(), has))
      throw TraceError("the archive holds no PREFIX.<rank>.et file");
  });
  return import.finish();
}

}  // namespace

bool is_chakra(const Specimen& specimen) {
  if (specimen.names.empty()) return true;
  const auto is_rank_file = [](const std::string& name) { return parse_rank_name(name) || name.ends_with(".et"); };
  if (std::any_of(specimen.names.begin(), specimen.names.end(), is_rank_file)) return true;
  if (is_chakra_json(specimen.head)) return true;
  // A record of metadata, which begins with its version (field 1) or has none, behind its length; no text begins so.
  const std::string& head = specimen.head;
  return head.size() > 1 && static_cast<unsigned char>(head[0]) < ' ' && (head[0] == 0 || head[1] == '\n');
}

Graph import_chakra(const std::filesystem::path& path, const ImportOptions& options) {
  std::error_code error;
  if (std::filesystem::is_regular_file(path, error) && with_file(path.string(), [&] { return is_archive(path); })) {
    return import_archive(path, options);
  }
  const std::vector<RankFile> files = find_rank_files(path);
  Import import{path.string(), options};
  const std::optional<RankName> name = parse_any_rank_name(files.front().path.string());
  if (name && !import.has_comm_groups()) {
    const std::string beside = name->prefix + std::string{groups_suffix};
    if (std::filesystem::exists(beside, error)) {
      with_file(beside, [&] {
        FileSource source{beside};
        import.add_comm_groups(source, beside);
      });
    }
  }
  for (const RankFile& file : files) {
    const std::string text = file.path.string();
    with_file(text, [&] {
      FileSource source{file.path};
      import.add_rank(source, file.rank, text);
    });
  }
  return import.finish();
}

Graph import_chakra(std::span<const std::span<const std::uint8_t>> files, const ImportOptions& options) {
  Import import{"memory", options};
  for (std::uint32_t rank = 0; rank < files.size(); ++rank) {
    MemorySource source{files[rank]};
    const std::string name = "memory";
    with_file(name, [&] { import.add_rank(source, rank, name); });
  }
  return import.finish();
}

}  // namespace farlink::trace
