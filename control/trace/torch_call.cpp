// SPDX-License-Identifier: Apache-2.0
#include "control/trace/torch_call.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <utility>

#include "control/json/json.hpp"
#include "control/trace/error.hpp"
#include "control/trace/json_values.hpp"
#include "control/trace/torch_names.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

std::uint64_t bytes_of(std::uint64_t elements, std::uint64_t element) {
  if (elements > largest_message / element) throw TraceError("more than a message can be");
  return elements * element;
}

// Parts of a tensor of several dimensions are counted in rows.
std::vector<std::uint64_t> parts_of(const std::vector<std::uint64_t>& split, std::uint64_t elements,
                                    std::uint64_t element) {
  std::uint64_t sum = 0;
  for (const std::uint64_t part : split) {
    sum += part;
    if (part > largest_message || sum > largest_message) throw TraceError("the parts are more than a message can be");
  }
  std::vector<std::uint64_t> parts;
  if (split.empty()) return parts;
  if (sum == 0 ? elements != 0 : elements % sum != 0)
    throw TraceError("its parts add up to " + std::to_string(sum) + " elements, and it moves " +
                     std::to_string(elements));
  const std::uint64_t row = sum == 0 ? 1 : elements / sum;
  parts.reserve(split.size());
  for (const std::uint64_t part : split) parts.push_back(bytes_of(part * row, element));
  return parts;
}

std::uint32_t rank_at(std::int64_t place, const std::optional<std::vector<std::uint32_t>>& ranks) {
  if (place < 0 || std::uint64_t{most_ranks} < static_cast<std::uint64_t>(place))
    throw TraceError("its rank is " + std::to_string(place));
  const auto at = static_cast<std::uint64_t>(place);
  if (!ranks) return static_cast<std::uint32_t>(at);
  if (at >= ranks->size())
    throw TraceError("its rank is " + std::to_string(place) + " of a group of " + std::to_string(ranks->size()));
  return (*ranks)[at];
}

// None when they are not recorded.
std::optional<std::vector<std::uint32_t>> ranks_of(const TorchCall& call, const GroupDefinitions& groups) {
  std::vector<std::uint32_t> ranks;
  if (const auto found = groups.find(call.group); found != groups.end()) {
    if (!found->second.ranks.empty()) return found->second.ranks;
    if (found->second.size > most_ranks) throw TraceError("its group has more ranks than a job can have");
    ranks.resize(found->second.size);
    std::iota(ranks.begin(), ranks.end(), 0U);
  } else if (call.first_rank >= 0 && call.stride > 0) {
    const std::uint64_t size = std::min(call.world.value_or(0), most_ranks);
    const auto first = static_cast<std::uint64_t>(call.first_rank), stride = static_cast<std::uint64_t>(call.stride);
    if (first > most_ranks || stride > most_ranks || first + stride * size > most_ranks + stride)
      throw TraceError("its group has ranks above those that a job can have");
    ranks.reserve(size);
    for (std::uint64_t i = 0; i < size; ++i) ranks.push_back(static_cast<std::uint32_t>(first + i * stride));
  }
  if (ranks.empty()) return std::nullopt;
  return ranks;
}

}  // namespace

ParamEntry entry_of(const TorchCall& call, RecordedCalls& calls, const GroupDefinitions& groups) {
  ParamEntry entry;
  entry.record = call.record;
  entry.start = call.start;
  entry.world = call.world;
  const std::optional<std::vector<std::uint32_t>> ranks = ranks_of(call, groups);
  entry.group = calls.group(call.group, ranks);
  const std::string name = letters_of(call.name);
  std::uint64_t element = call.element_bytes.value_or(0);
  if (!call.element_bytes && !call.type.empty()) {
    const auto size = torch_element_size(call.type);
    if (!size) throw TraceError("dtype '" + call.type.substr(0, 80) + "' is unknown");
    element = *size;
  }
  if (element == 0 && call.in + call.out > 0) throw TraceError("the size of its elements is not known");
  if (element > 0) {
    entry.in = bytes_of(call.in, element);
    entry.out = bytes_of(call.out, element);
  }
  if (name == "send" || name == "recv") {
    entry.kind = name == "send" ? ParamKind::send : ParamKind::receive;
    entry.peer = rank_at(call.peer, ranks);
    return entry;
  }
  const auto collective = torch_collective(name);
  if (!collective)
    throw TraceError("the call '" + call.name.substr(0, 80) + "' is unknown" +
                     (name.starts_with("recvany") ? ": from whom it receives is not recorded" : ""));
  entry.kind = ParamKind::collective;
  entry.collective = *collective;
  const bool has_root = *collective == Collective::broadcast || *collective == Collective::reduce ||
                        *collective == Collective::gather || *collective == Collective::scatter;
  if (has_root && call.peer >= 0) entry.root = rank_at(call.peer, ranks);
  if (*collective != Collective::all_to_all || element == 0) return entry;
  entry.sends = parts_of(call.in_split, call.in, element);
  entry.receives = parts_of(call.out_split, call.out, element);
  if (entry.sends.empty() != entry.receives.empty()) throw TraceError("only one of its two lists of parts is given");
  return entry;
}

std::int64_t place_of(const json::value& value, std::string_view what) {
  constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  return value.is_uint64() && value.get_uint64() > most ? -1 : integer_of(value, what);
}

std::vector<std::uint64_t> split_of(std::string_view text, std::string_view what) {
  std::vector<std::uint64_t> parts;
  if (text.empty()) return parts;
  if (text.size() > (std::size_t{1} << 20)) throw TraceError(std::string{what} + " is longer than 1 MiB");
  try {
    const json::value list = json::parse(text);
    for (const json::value& part : array_of(list, what)) parts.push_back(whole_of(part, what, largest_message));
  } catch (const TraceError&) {
    throw;
  } catch (const std::runtime_error& error) {
    throw TraceError(std::string{what} + ": " + error.what());
  }
  return parts;
}

}  // namespace farlink::trace
