// SPDX-License-Identifier: Apache-2.0
#include "control/trace/program_writer.hpp"

#include <utility>

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;

}  // namespace

void ProgramWriter::chain(const Node& node) {
  if (last_) pending_.push_back(*last_);
  last_ = program_.program.add(node, pending_);
  pending_.clear();
  may_grow_ = node.kind == NodeKind::compute;
}

void ProgramWriter::compute(Duration duration, const Origin& origin) {
  if (duration == Duration::zero()) return;
  if (may_grow_ && pending_.empty() && program_.program.nodes[*last_].phase == origin.phase) {
    program_.program.nodes[*last_].duration += duration;
    return;
  }
  Node node;
  node.duration = duration;
  node.record = origin.record;
  node.phase = origin.phase;
  chain(node);
}

std::optional<Node> ProgramWriter::collective(const Exchange& exchange, const Origin& origin) {
  const std::uint32_t size = groups_.size(exchange.family);
  if (size < 2 || (exchange.bytes == Bytes{} && exchange.collective != Collective::barrier)) {
    ++(size < 2 ? program_.alone : program_.without_bytes);
    return std::nullopt;
  }
  Node node;
  node.kind = NodeKind::collective;
  node.collective = exchange.collective;
  node.bytes = exchange.bytes;
  if (exchange.collective == Collective::all_gather) {
    if (exchange.bytes.count() % size != 0) ++program_.rounded;
    node.bytes = Bytes{(exchange.bytes.count() + size - 1) / size};
  }
  node.group = static_cast<std::uint32_t>(exchange.family);
  node.record = origin.record;
  node.phase = origin.phase;
  return node;
}

void ProgramWriter::blocking(const Exchange& exchange, const Origin& origin) {
  const auto node = collective(exchange, origin);
  if (!node) return;
  chain(*node);
  compute(exchange.update, origin);
}

std::optional<std::uint32_t> ProgramWriter::background(const Exchange& exchange, const Origin& origin) {
  const auto node = collective(exchange, origin);
  if (!node) return std::nullopt;
  std::vector<std::uint32_t> after = pending_;
  if (last_) after.push_back(*last_);
  may_grow_ = false;
  std::uint32_t end = program_.program.add(*node, after);
  if (exchange.update != Duration::zero()) {
    Node update;
    update.duration = exchange.update;
    update.record = origin.record;
    update.phase = Phase::optimizer;
    end = program_.program.add(update, {&end, 1});
  }
  return end;
}

void ProgramWriter::wait(std::optional<std::uint32_t> node) {
  if (node) pending_.push_back(*node);
}

void ProgramWriter::send(Node node, std::span<const std::uint32_t> after) {
  node.kind = NodeKind::send;
  std::vector<std::uint32_t> all{after.begin(), after.end()};
  if (last_) all.push_back(*last_);
  may_grow_ = false;
  program_.program.add(node, all);
}

std::uint32_t ProgramWriter::receive(Node node) {
  node.kind = NodeKind::receive;
  return program_.program.add(node, {});
}

StageProgram ProgramWriter::finish() { return std::move(program_); }

}  // namespace farlink::trace
