// SPDX-License-Identifier: Apache-2.0
// Which files make up a recorded job: PREFIX.<rank>.et, one per rank, gzip allowed (.et or .et.gz); or the same with
// .json, where there is no .et.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace farlink::trace {

struct RankName {
  std::string prefix;  // with its folders
  std::uint32_t rank = 0;
  bool operator==(const RankName&) const = default;
};

// Protobuf and JSON. The first with which there is a file is the job's: its conversions may stand beside it.
inline constexpr std::array<std::string_view, 2> rank_suffixes{".et", ".json"};

// "a/all_reduce.3.et" -> {"a/all_reduce", 3}; none for other names.
std::optional<RankName> parse_rank_name(std::string_view name, std::string_view suffix = rank_suffixes[0]);
// With any of the suffixes.
std::optional<RankName> parse_any_rank_name(std::string_view name);

struct RankFile {
  std::filesystem::path path;
  std::uint32_t rank = 0;
};

// `path` is a prefix, a folder with the files of one job, or one file. Sorted by rank. Throws TraceError when there is
// nothing or when a folder holds several jobs (naming the prefixes). A single file without a number is rank 0.
std::vector<RankFile> find_rank_files(const std::filesystem::path& path);

}  // namespace farlink::trace
