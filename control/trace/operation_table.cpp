// SPDX-License-Identifier: Apache-2.0
#include "control/trace/operation_table.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <optional>
#include <span>
#include <system_error>
#include <utility>

#include "control/trace/error.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;
using Fields = std::vector<std::string_view>;

constexpr std::string_view columns =
    "comm_type,comm_group,comm_group_size,msg_size,stage,dst,src,additional,_elapsed_time,algbw,busbw,count";
constexpr std::size_t most_operations = 5'000'000;  // of all sections

std::string_view without(std::string_view prefix, std::string_view text) {
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

// The shapes of a computation, in the column of its size, have commas of their own: what is counted from the ends stays
// in its place.
Fields fields_of(std::string_view line) {
  Fields fields;
  std::size_t begin = 0;
  while (true) {
    const std::size_t end = line.find(',', begin);
    fields.push_back(trimmed(line.substr(begin, end - begin)));
    if (end == std::string_view::npos) break;
    begin = end + 1;
  }
  if (fields.size() < 12)
    throw TraceError("an operation has 12 columns, this line has " + std::to_string(fields.size()));
  fields.erase(fields.begin() + 4, fields.end() - 8);
  return fields;
}

std::vector<std::uint32_t> ranks_of(std::string_view line) {
  std::vector<std::uint32_t> ranks;
  constexpr std::string_view word = "rank";
  for (std::size_t at = line.find(word); at != std::string_view::npos; at = line.find(word, at + 1)) {
    const std::string_view rest = line.substr(at + word.size());
    const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
    ranks.push_back(static_cast<std::uint32_t>(number(rest.substr(0, digits), most_ranks - 1, "rank")));
  }
  if (line.find('~') == std::string_view::npos) return ranks;
  if (ranks.size() != 2 || ranks[1] < ranks[0]) throw TraceError("a section's ranks are 'rankA ~ rankB' or a list");
  const std::uint32_t begin = ranks[0], end = ranks[1];
  ranks.clear();
  for (std::uint32_t rank = begin; rank <= end; ++rank) ranks.push_back(rank);
  return ranks;
}

Duration milliseconds(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= 0) ||
      value > static_cast<double>(longest_nanoseconds) * 1e-6)
    throw TraceError("'" + std::string{text} + "' is no time in milliseconds");
  return Duration::from_seconds(value * 1e-3);
}

struct Kind {
  std::string_view name;
  NodeKind kind;
  Collective collective;
};
constexpr std::array kinds{
    Kind{"all_reduce", NodeKind::collective, Collective::all_reduce},
    Kind{"all_gather", NodeKind::collective, Collective::all_gather},
    Kind{"all_gather_into_tensor", NodeKind::collective, Collective::all_gather},
    Kind{"reduce_scatter", NodeKind::collective, Collective::reduce_scatter},
    Kind{"reduce_scatter_tensor", NodeKind::collective, Collective::reduce_scatter},
    Kind{"all_to_all", NodeKind::collective, Collective::all_to_all},
    Kind{"all_to_all_single", NodeKind::collective, Collective::all_to_all},
    Kind{"broadcast", NodeKind::collective, Collective::broadcast},
    Kind{"reduce", NodeKind::collective, Collective::reduce},
    Kind{"barrier", NodeKind::collective, Collective::barrier},
    Kind{"isend", NodeKind::send, Collective::all_reduce},
    Kind{"irecv", NodeKind::receive, Collective::all_reduce},
    Kind{"computation", NodeKind::compute, Collective::all_reduce},
};
constexpr std::array<std::pair<std::string_view, Family>, 7> families{{{"tp_group", Family::inner},
                                                                       {"dp_group", Family::outer},
                                                                       {"pp_group", Family::pipeline},
                                                                       {"ep_group", Family::expert},
                                                                       {"ep_dp_group", Family::expert_data},
                                                                       {"embedding_group", Family::embedding},
                                                                       {"all", Family::all}}};

class Reader {
 public:
  OperationTable read(LineReader& lines) {
    for (std::string line; lines.next(line);) {
      line_ = static_cast<std::uint32_t>(lines.number());
      const std::string_view text = trimmed(line);
      if (text.empty()) continue;
      if (is_section(text)) {
        begin_section(text);
      } else if (text.starts_with("comm_type,")) {
        if (text != columns) throw TraceError("the columns are not " + std::string{columns});
      } else {
        row(fields_of(text));
      }
    }
    end_section();
    if (table_.sections.empty()) throw TraceError("there is no section of ranks");
    set_shape();
    return std::move(table_);
  }

 private:
  void begin_section(std::string_view text) {
    end_section();
    table_.sections.emplace_back().ranks = ranks_of(text);
    const auto& ranks = table_.sections.back().ranks;
    for (std::size_t i = 0; i < ranks.size(); ++i)
      if (ranks[i] != ranks_ + i)
        throw TraceError("rank " + std::to_string(ranks[i]) + " where " + std::to_string(ranks_ + i) +
                         " comes next: the ranks of all sections stand in order");
    ranks_ += static_cast<std::uint32_t>(ranks.size());
    if (ranks.empty() || ranks.size() != table_.sections.front().ranks.size())
      throw TraceError("the sections have as many ranks as each other, and one at least");
    has_ended_ = false;
  }

  // A step may lack its epoch_end at the end of the section.
  void end_section() {
    if (table_.sections.empty()) return;
    OperationSection& section = table_.sections.back();
    if (!has_ended_ && section.epochs == 0) {  // no epoch_end at all: all of it is the step
      section.operations = std::move(current_);
      section.epochs = 1;
    } else if (!current_.empty()) {
      end_epoch();
    }
    current_.clear();
    if (section.operations.empty())
      throw TraceError("the section of rank " + std::to_string(section.ranks.front()) +
                       " has no operation behind its first epoch_end");
  }

  void end_epoch() {
    OperationSection& section = table_.sections.back();
    if (has_ended_ && ++section.epochs == 1) section.operations = std::move(current_);
    current_.clear();
    has_ended_ = true;
  }

  void row(const Fields& fields) {
    if (table_.sections.empty()) throw TraceError("an operation before the first section of ranks");
    const std::string_view name = without("CommType.", fields[0]);
    if (name == "epoch_end") return end_epoch();
    if (++operations_ > most_operations) throw TraceError("more than 5 million operations");
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const Kind& known) { return known.name == name; });
    if (kind == kinds.end()) throw TraceError("'" + std::string{name} + "' is no operation");
    Operation operation;
    operation.kind = kind->kind;
    operation.collective = kind->collective;
    operation.line = line_;
    operation.stage = stage_number(fields[4]);
    if (operation.kind == NodeKind::compute) {
      if (fields[8] == "None") throw TraceError("a computation without _elapsed_time");
      operation.duration = milliseconds(fields[8]);
    } else {
      operation.bytes = Bytes{number(fields[3], largest_message, "size")};
      group(operation, fields);
    }
    current_.push_back(operation);
  }

  void group(Operation& operation, const Fields& fields) {
    if (operation.kind == NodeKind::send || operation.kind == NodeKind::receive) {
      const bool is_send = operation.kind == NodeKind::send;
      operation.is_to_next = fields[7] == (is_send ? "send_next" : "recv_next");
      if (!operation.is_to_next && fields[7] != (is_send ? "send_prev" : "recv_prev"))
        throw TraceError("'" + std::string{fields[7]} +
                         "' does not say whether the other end is the next stage or the "
                         "previous one");
      return;
    }
    const std::string_view name = without("CommGroup.", fields[1]);
    const auto family =
        std::find_if(families.begin(), families.end(), [&](const auto& known) { return known.first == name; });
    if (family == families.end())
      throw TraceError("group '" + std::string{name} + "': which ranks are in it is not known");
    operation.family = family->second;
    if (fields[2] == "None") return;
    const auto size = static_cast<std::uint32_t>(number(fields[2], most_ranks, "number of ranks"));
    const auto [place, is_new] = sizes_.try_emplace(family->second, size);
    if (!is_new && place->second != size)
      throw TraceError("group '" + std::string{name} + "' has " + std::to_string(size) + " ranks here and " +
                       std::to_string(place->second) + " before");
  }

  std::uint32_t stage_number(std::string_view name) {
    const auto [place, is_new] = stages_.try_emplace(std::string{name}, static_cast<std::uint32_t>(stages_.size()));
    if (is_new) {
      if (stages_.size() > 100'000) throw TraceError("more than 100,000 names of stages");
      table_.stages.emplace_back(name);
    }
    return place->second;
  }

  // Sections are pipeline stages; the rest follows from the sizes of the groups, which have to agree.
  void set_shape() {
    ParallelShape& shape = table_.shape;
    shape.ranks = ranks_;
    shape.stages = static_cast<std::uint32_t>(table_.sections.size());
    const auto size = [this](Family family) {
      const auto found = sizes_.find(family);
      return found == sizes_.end() ? std::nullopt : std::optional{std::max(found->second, 1U)};
    };
    const auto in_stage = static_cast<std::uint32_t>(table_.sections.front().ranks.size());
    if (const auto inner = size(Family::inner))
      shape.inner = *inner;
    else if (const auto outer = size(Family::outer); outer && in_stage % *outer == 0)
      shape.inner = in_stage / *outer;
    if (const auto expert = size(Family::expert))
      shape.expert = *expert;
    else if (const auto data = size(Family::expert_data); data && in_stage / shape.inner % *data == 0)
      shape.expert = in_stage / shape.inner / *data;
    const ParallelGroups groups{shape};
    for (const auto& size_said : sizes_) {
      const Family family = size_said.first;
      const std::uint32_t said = size_said.second;
      if (groups.size(family) == std::max(said, 1U)) continue;
      const auto name =
          std::find_if(families.begin(), families.end(), [&](const auto& known) { return known.second == family; });
      throw TraceError("group '" + std::string{name->first} + "' has " + std::to_string(said) + " ranks, and " +
                       std::to_string(groups.size(family)) + " come out of the other groups and " +
                       std::to_string(ranks_) + " ranks");
    }
  }

  OperationTable table_;
  std::map<std::string, std::uint32_t, std::less<>> stages_;
  std::map<Family, std::uint32_t> sizes_;
  std::vector<Operation> current_;  // since the last epoch_end
  std::size_t operations_ = 0;
  std::uint32_t ranks_ = 0, line_ = 0;
  bool has_ended_ = false;  // an epoch of the section
};

}  // namespace

bool is_section(std::string_view line) noexcept {
  return line.starts_with('[') && line.ends_with(']') && line.find("rank") != std::string_view::npos;
}

OperationTable read_operation_table(LineReader& lines) { return Reader{}.read(lines); }

}  // namespace farlink::trace
