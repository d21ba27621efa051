// SPDX-License-Identifier: Apache-2.0
#include "control/trace/import_goal.hpp"

#include <algorithm>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "control/trace/error.hpp"
#include "control/trace/goal_rank.hpp"
#include "control/trace/goal_schedule.hpp"
#include "control/trace/text_import.hpp"
#include "control/trace/words.hpp"

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;
using Words = std::vector<std::string_view>;

// Takes comments out of lines that come one after the other.
class Comments {
 public:
  std::string strip(std::string_view line) {
    std::string text;
    for (std::size_t i = 0; i < line.size(); ++i) {
      const std::string_view two = line.substr(i, 2);
      if (is_inside_) {
        if (two == "*/") is_inside_ = false, ++i;
        continue;
      }
      if (two == "//") break;
      if (two == "/*")
        is_inside_ = true, ++i;
      else
        text += line[i];
    }
    return text;
  }

 private:
  bool is_inside_ = false;
};

class GoalText {
 public:
  explicit GoalText(const ImportOptions& options) : schedule_{options.memory_limit} {}

  void take(std::string_view line, std::uint64_t line_number) {
    line_ = line_number;
    const std::string text = comments_.strip(line);
    const Words words = words_of(text);
    if (!words.empty()) statement(words);
  }
  // At the end of the file.
  Graph finish();

 private:
  void statement(const Words& words);
  void begin_rank(const Words& words);
  void end_rank();
  void operation(std::span<const std::string_view> words, std::string_view label);
  void read_options(Node& node, std::span<const std::string_view> words);

  GoalSchedule schedule_;
  std::uint64_t line_ = 0;
  Comments comments_;
  std::optional<std::uint64_t> announced_;
  std::optional<GoalRank> rank_;
};

void GoalText::statement(const Words& words) {
  if (words[0] == "num_ranks") {
    if (announced_) throw TraceError("num_ranks stands there twice");
    if (words.size() != 2) throw TraceError("num_ranks takes one number");
    announced_ = number(words[1], most_ranks, "number of ranks");
    return;
  }
  if (!announced_) throw TraceError("num_ranks comes first");
  if (words[0] == "rank") return begin_rank(words);
  if (!rank_) throw TraceError("'" + std::string{words[0]} + "' stands outside of any rank");
  if (words[0] == "}" && words.size() == 1) return end_rank();
  if (words.size() == 3 && (words[1] == "requires" || words[1] == "irequires")) {
    schedule_.charge(GoalSchedule::requirement_bytes);
    return words[1] == "requires" ? rank_->require(words[0], words[2]) : rank_->require_start(words[0], words[2]);
  }
  const bool has_label = words[0].ends_with(':');
  const std::string_view label = has_label ? words[0].substr(0, words[0].size() - 1) : std::string_view{};
  if (has_label && label.empty()) throw TraceError("a label has a name in front of its colon");
  operation(std::span{words}.subspan(has_label ? 1 : 0), label);
}

void GoalText::begin_rank(const Words& words) {
  if (rank_) throw TraceError("a rank begins inside of another; '}' is missing");
  if (words.size() != 3 || words[2] != "{") throw TraceError("a rank begins with 'rank N {'");
  const std::uint64_t rank = number(words[1], most_ranks, "rank");
  if (rank != schedule_.ranks())
    throw TraceError("rank " + std::to_string(rank) + " where " + std::to_string(schedule_.ranks()) +
                     " comes next; ranks stand in order");
  if (rank >= *announced_) throw TraceError("more ranks than num_ranks says");
  rank_.emplace();
}

void GoalText::end_rank() {
  schedule_.add(*rank_);
  rank_.reset();
}

// send SIZEb to RANK ..., recv SIZEb from RANK ..., calc TIME ...
void GoalText::operation(std::span<const std::string_view> words, std::string_view label) {
  Node node;
  node.record = line_;
  const bool is_send = !words.empty() && words[0] == "send", is_receive = !words.empty() && words[0] == "recv";
  std::size_t used = 2;
  if (is_send || is_receive) {
    if (words.size() < 4 || words[2] != (is_send ? "to" : "from") || !words[1].ends_with('b'))
      throw TraceError("a message is 'send SIZEb to RANK' or 'recv SIZEb from RANK'");
    if (words[3] == "-1") throw TraceError(std::string{any_source});
    node.kind = is_send ? NodeKind::send : NodeKind::receive;
    node.bytes = Bytes{number(words[1].substr(0, words[1].size() - 1), largest_message, "size")};
    node.peer = static_cast<std::uint32_t>(number(words[3], most_ranks, "rank"));
    used = 4;
  } else if (words.size() >= 2 && words[0] == "calc") {
    node.duration = Duration::nanoseconds(static_cast<std::int64_t>(number(words[1], longest_nanoseconds, "time")));
  } else {
    throw TraceError("neither send, recv, calc nor a requirement");
  }
  read_options(node, words.subspan(used));
  schedule_.charge(GoalSchedule::operation_bytes);
  rank_->add(node, label);
}

void GoalText::read_options(Node& node, std::span<const std::string_view> words) {
  if (words.size() % 2 != 0) throw TraceError("'" + std::string{words.back()} + "' has no value");
  for (std::size_t i = 0; i < words.size(); i += 2) {
    const std::string_view key = words[i], value = words[i + 1];
    if (key == "tag" && node.kind != NodeKind::compute) {
      if (value == "-1") throw TraceError(std::string{any_tag});
      node.tag = static_cast<std::uint32_t>(number(value, 0xffff'fffe, "tag"));
    } else if (key == "cpu") {
      schedule_.use_cpu(node, number(value, 255, "cpu"));
    } else if (key == "nic") {
      schedule_.use_nic(number(value, 255, "nic"));
    } else {
      throw TraceError("'" + std::string{key} + "' is none of tag, cpu, nic");
    }
  }
}

Graph GoalText::finish() {
  if (rank_) throw TraceError("the file ends inside of a rank; '}' is missing");
  if (!announced_) throw TraceError("there is no num_ranks");
  if (schedule_.ranks() != *announced_)
    throw TraceError("num_ranks is " + std::to_string(*announced_) + ", and there are " +
                     std::to_string(schedule_.ranks()));
  return schedule_.finish();
}

}  // namespace

bool is_goal_text(const Specimen& specimen) {
  if (specimen.names.size() != 1) return false;
  Comments comments;
  std::string_view left = specimen.head;
  while (!left.empty()) {
    const std::size_t end = std::min(left.find('\n'), left.size());
    const std::string text = comments.strip(left.substr(0, end));
    const Words words = words_of(text);
    if (!words.empty()) return words[0] == "num_ranks";
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  return false;
}

Graph import_goal_text(ByteSource& source, const std::string& name, const ImportOptions& options) {
  const auto read = [&options](LineReader& lines) {
    GoalText text{options};
    for (std::string line; lines.next(line);) text.take(line, lines.number());
    return text.finish();
  };
  return import_text(source, name, options, read, [](Graph graph) { return graph; });
}

}  // namespace farlink::trace
