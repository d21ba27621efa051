// SPDX-License-Identifier: Apache-2.0
#include "control/trace/program_writer.hpp"

#include <utility>

namespace farlink::trace {
namespace {

using units::Bytes;
using units::Duration;

Family family_of(Scope scope, Family usual) {
  if (scope == Scope::expert) return Family::expert;
  return scope == Scope::expert_data ? Family::expert_data : usual;
}

}  // namespace

void ProgramWriter::chain(const Node& node) {
  if (last_) pending_.push_back(*last_);
  last_ = program_.rank.add(node, pending_);
  pending_.clear();
  may_grow_ = node.kind == NodeKind::compute;
}

// Computing goes on without a gap: layers that follow one another are one node.
void ProgramWriter::compute(Duration duration, const Layer& layer, Phase phase) {
  if (duration == Duration::zero()) return;
  if (may_grow_ && pending_.empty() && program_.rank.nodes[*last_].phase == phase) {
    program_.rank.nodes[*last_].duration += duration;
    return;
  }
  Node node;
  node.duration = duration;
  node.record = layer.line;
  node.phase = phase;
  chain(node);
}

std::optional<Node> ProgramWriter::collective(const LayerPass& pass, Family usual, const Layer& layer, Phase phase) {
  if (!pass.collective) return std::nullopt;
  const Family family = family_of(pass.scope, usual);
  const std::uint32_t size = groups_.size(family);
  if (size < 2 || (pass.bytes.count() == 0 && *pass.collective != Collective::barrier)) {
    ++(size < 2 ? program_.alone : program_.without_bytes);
    return std::nullopt;
  }
  Node node;
  node.kind = NodeKind::collective;
  node.collective = *pass.collective;
  node.bytes = pass.bytes;
  if (*pass.collective == Collective::all_gather) {  // the file has what everybody has in the end
    if (pass.bytes.count() % size != 0) ++program_.rounded;
    node.bytes = Bytes{(pass.bytes.count() + size - 1) / size};
  }
  node.group = static_cast<std::uint32_t>(family);
  node.record = layer.line;
  node.phase = phase;
  return node;
}

void ProgramWriter::blocking(const LayerPass& pass, Family usual, const Layer& layer, Phase phase) {
  const auto node = collective(pass, usual, layer, phase);
  if (!node) return;
  chain(*node);
  compute(layer.update, layer, phase);
}

std::optional<std::uint32_t> ProgramWriter::background(const LayerPass& pass, Family usual, const Layer& layer,
                                                       Phase phase) {
  const auto node = collective(pass, usual, layer, phase);
  if (!node) return std::nullopt;
  std::vector<std::uint32_t> after = pending_;
  if (last_) after.push_back(*last_);
  may_grow_ = false;
  std::uint32_t end = program_.rank.add(*node, after);
  if (layer.update != Duration::zero()) {
    Node update;
    update.duration = layer.update;
    update.record = layer.line;
    update.phase = Phase::optimizer;
    end = program_.rank.add(update, {&end, 1});
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
  program_.rank.add(node, all);
}

std::uint32_t ProgramWriter::receive(Node node) {
  node.kind = NodeKind::receive;
  return program_.rank.add(node, {});
}

StageProgram ProgramWriter::finish() { return std::move(program_); }

}  // namespace farlink::trace
