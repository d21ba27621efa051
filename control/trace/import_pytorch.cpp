// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_pytorch.hpp"

#include <algorithm>
#include <cstdio>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "control/trace/error.hpp"
#include "control/trace/host_trace.hpp"
#include "control/trace/job_files.hpp"
#include "control/trace/kineto_rank.hpp"
#include "control/trace/param_job.hpp"

namespace farlink::trace {
namespace {

bool is_object_with(const Specimen& specimen, std::string_view key) {
  const std::size_t begin = specimen.head.find_first_not_of(" \t\r\n");
  return begin != std::string::npos && specimen.head[begin] == '{' &&
         specimen.head.find('"' + std::string{key} + '"') != std::string::npos;
}

std::string milliseconds(std::uint64_t nanoseconds) {
  char text[32];
  std::snprintf(text, sizeof text, "%.3f", static_cast<double>(nanoseconds) / 1e6);
  return text;
}

// The profiles of a job, by rank.
class Profiles {
 public:
  void add(KinetoRank profile, std::uint32_t rank) {
    if (!profiles_.emplace(rank, std::move(profile)).second)
      throw TraceError("there are two profiles of rank " + std::to_string(rank));
  }
  void join(ParamRank& rank) {
    const auto found = profiles_.find(rank.number);
    if (found == profiles_.end()) throw TraceError("there is no profile of rank " + std::to_string(rank.number));
    const KinetoRank& profile = found->second;
    join_times(rank, profile);
    if (rank.process && profile.process && *rank.process != *profile.process) ++other_processes_;
  }
  bool empty() const noexcept { return profiles_.empty(); }
  auto begin() const noexcept { return profiles_.begin(); }
  auto end() const noexcept { return profiles_.end(); }

  // What is said of their times.
  std::string note() const {
    std::uint64_t longest = 0, communication = 0;
    std::uint32_t steps = 0;
    for (const auto& [rank, profile] : profiles_) {
      longest = std::max(longest, profile.end - profile.begin);
      communication += profile.communication / profiles_.size();
      steps = std::max(steps, profile.profiler_steps);
    }
    return "Host and GPU take between calls what the Kineto profiles say; the longest recording is " +
           milliseconds(longest) + " ms" +
           (steps > 1 ? " of " + std::to_string(steps) + " profiler steps, which are replayed as one step" : "") +
           ". Recorded communication kernels, " + milliseconds(communication) +
           " ms on the mean rank with their waiting, are not replayed: the link is." +
           (other_processes_ > 0
                ? " The host trace and the profile of " + std::to_string(other_processes_) +
                      " ranks are of different processes, so of two runs that make the same calls: the "
                      "times are those of the profile's."
                : "");
  }

 private:
  std::map<std::uint32_t, KinetoRank> profiles_;
  std::uint32_t other_processes_ = 0;
};

// Of the files of a job, one after the other.
class FileRanks {
 public:
  // `known`: what the file says itself. A file that does not say it, nor its name, is of rank 0 if there is no other.
  std::uint32_t of(const std::string& name, std::optional<std::uint32_t> known) {
    const std::optional<std::uint32_t> rank = known ? known : rank_in_name(name);
    if (!without_.empty() || (!rank && has_others_))
      throw TraceError("which rank " + (without_.empty() ? name : without_) +
                       " is of, its name does not say: call it rank-3.json, say");
    has_others_ = true;
    if (!rank) without_ = name;
    return rank.value_or(0);
  }

 private:
  std::string without_;  // the one that does not say it
  bool has_others_ = false;
};

Profiles read_profiles(const std::filesystem::path& path, units::Bytes& memory_left) {
  Profiles profiles;
  FileRanks ranks;
  visit_files(path, [&](ByteSource& content, const std::string& name) {
    KinetoRank profile = read_kineto(content, memory_left);
    memory_left -= std::min(memory_left, units::Bytes{profile.bytes});
    const std::uint32_t rank = ranks.of(name, profile.number);
    profiles.add(std::move(profile), rank);
  });
  if (profiles.empty()) throw TraceError(path.string() + ": there is no profile");
  return profiles;
}

void add_timed(ParamJob& job, ParamRank rank, Profiles& profiles, const std::string& file) {
  if (!profiles.empty()) profiles.join(rank);
  job.add(std::move(rank), file);
}

Graph finish(ParamJob& job, const Profiles& profiles, const std::string& source) {
  try {
    Graph graph =
        job.finish(profiles.empty() ? "A host trace has no times, so the ranks do nothing but communicate; the "
                                      "Kineto profiles of the same run have them (--kineto, in a scenario "
                                      "workload.kineto)."
                                    : profiles.note());
    graph.source = source;
    return graph;
  } catch (const TraceError& error) {
    throw TraceError(source + ": " + error.what());
  }
}

// Of a profile that stands for itself.
void add_profiles(ParamJob& job, const Profiles& profiles) {
  for (const auto& [number, profile] : profiles) {
    const std::string file = "rank " + std::to_string(number);
    try {
      ParamRank rank = calls_of(profile, number, job.memory_left());
      // What every rank's group has, so that a job of which few were recorded knows how many there are.
      if (profile.world)
        for (ParamEntry& entry : rank.entries)
          if (rank.groups.size() > entry.group && rank.groups[entry.group].name.empty() && !entry.world &&
              entry.kind != ParamKind::wait)
            entry.world = profile.world;
      join_times(rank, profile);
      job.add(std::move(rank), file);
    } catch (const TraceError& error) {
      throw TraceError(file + ": " + error.what());
    }
  }
}

}  // namespace

bool is_host_trace(const Specimen& specimen) {
  return is_object_with(specimen, "schema") && is_object_with(specimen, "nodes") &&
         (is_object_with(specimen, "rf_id") || is_object_with(specimen, "ctrl_deps"));
}

bool is_kineto(const Specimen& specimen) {
  return is_object_with(specimen, "traceEvents") || is_object_with(specimen, "distributedInfo") ||
         (is_object_with(specimen, "schemaVersion") && is_object_with(specimen, "deviceProperties"));
}

Graph import_host_trace(const std::filesystem::path& path, const ImportOptions& options) {
  ParamJob job{options};
  units::Bytes memory_left = options.memory_limit;
  Profiles profiles;
  if (!options.kineto.empty()) profiles = read_profiles(options.kineto, memory_left);
  FileRanks ranks;
  visit_files(path, [&](ByteSource& content, const std::string& name) {
    const std::uint32_t number = ranks.of(name, std::nullopt);
    add_timed(job, read_host_trace(content, number, job.memory_left()), profiles, name);
  });
  return finish(job, profiles, path.string());
}

Graph import_kineto(const std::filesystem::path& path, const ImportOptions& options) {
  ParamJob job{options};
  units::Bytes memory_left = options.memory_limit;
  const Profiles profiles = read_profiles(path, memory_left);
  try {
    add_profiles(job, profiles);
  } catch (const TraceError& error) {
    throw TraceError(path.string() + ": " + error.what());
  }
  return finish(job, profiles, path.string());
}

Graph import_host_trace(std::span<const std::span<const std::uint8_t>> files,
                        std::span<const std::span<const std::uint8_t>> profiles, const ImportOptions& options) {
  ParamJob job{options};
  Profiles read;
  for (std::uint32_t rank = 0; rank < profiles.size(); ++rank) {
    MemorySource content{profiles[rank]};
    read.add(read_kineto(content, job.memory_left()), rank);
  }
  for (std::uint32_t rank = 0; rank < files.size(); ++rank) {
    MemorySource content{files[rank]};
    add_timed(job, read_host_trace(content, rank, job.memory_left()), read, "rank " + std::to_string(rank));
  }
  return finish(job, read, "memory");
}

Graph import_kineto(std::span<const std::span<const std::uint8_t>> files, const ImportOptions& options) {
  ParamJob job{options};
  Profiles profiles;
  for (std::uint32_t rank = 0; rank < files.size(); ++rank) {
    MemorySource content{files[rank]};
    profiles.add(read_kineto(content, job.memory_left()), rank);
  }
  add_profiles(job, profiles);
  return finish(job, profiles, "memory");
}

}  // namespace farlink::trace
