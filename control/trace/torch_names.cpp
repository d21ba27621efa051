// SPDX-License-Identifier: Apache-2.0
#include "control/trace/torch_names.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace farlink::trace {
namespace {

char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

template <typename Value, std::size_t size>
std::optional<Value> find(const std::array<std::pair<std::string_view, Value>, size>& table, std::string_view key) {
  const auto found = std::find_if(table.begin(), table.end(), [key](const auto& row) { return row.first == key; });
  if (found == table.end()) return std::nullopt;
  return found->second;
}

constexpr std::array<std::pair<std::string_view, Collective>, 19> collectives{{
    {"allreduce", Collective::all_reduce},
    {"allgather", Collective::all_gather},
    {"allgatherbase", Collective::all_gather},
    {"allgatherintotensor", Collective::all_gather},
    {"reducescatter", Collective::reduce_scatter},
    {"reducescatterbase", Collective::reduce_scatter},
    {"reducescattertensor", Collective::reduce_scatter},
    {"alltoall", Collective::all_to_all},
    {"alltoallv", Collective::all_to_all},
    {"alltoallbase", Collective::all_to_all},
    {"alltoallsingle", Collective::all_to_all},
    {"broadcast", Collective::broadcast},
    {"reduce", Collective::reduce},
    {"gather", Collective::gather},
    {"scatter", Collective::scatter},
    {"barrier", Collective::barrier},
    {"monitoredbarrier", Collective::barrier},
    {"broadcastoop", Collective::broadcast},
    {"reduceoop", Collective::reduce},
}};

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 31> element_sizes{{
    {"bool", 1},      {"byte", 1},    {"char", 1},         {"signedchar", 1}, {"unsignedchar", 1}, {"int8", 1},
    {"uint8", 1},     {"float8", 1},  {"float8e4m3fn", 1}, {"float8e5m2", 1}, {"half", 2},         {"float16", 2},
    {"bfloat16", 2},  {"short", 2},   {"shortint", 2},     {"int16", 2},      {"uint16", 2},       {"float", 4},
    {"float32", 4},   {"int", 4},     {"int32", 4},        {"uint32", 4},     {"double", 8},       {"float64", 8},
    {"long", 8},      {"longint", 8}, {"longlong", 8},     {"int64", 8},      {"uint64", 8},       {"complexfloat", 8},
    {"complex64", 8},
}};

}  // namespace

std::string letters_of(std::string_view name) {
  std::string letters;
  for (const char c : name)
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) letters += lower(c);
  return letters;
}

std::optional<Collective> torch_collective(std::string_view letters) {
  constexpr std::string_view coalesced = "coalesced";
  if (letters.ends_with(coalesced)) letters.remove_suffix(coalesced.size());
  return find(collectives, letters);
}

std::optional<std::uint64_t> torch_element_size(std::string_view type) {
  for (const std::string_view prefix : {"torch.", "c10::"})
    if (type.starts_with(prefix)) type.remove_prefix(prefix.size());
  std::string name;
  for (const char c : type)
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += lower(c);
  return find(element_sizes, name);
}

}  // namespace farlink::trace
