// SPDX-License-Identifier: Apache-2.0
// The ranks of a job. Those that do alike share one program: a job of ten thousand ranks has a dozen of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "control/trace/node.hpp"
#include "control/trace/program.hpp"

namespace farlink::trace {

// In a binding: of a group that no node names.
inline constexpr std::uint32_t no_group = ~std::uint32_t{0};

// What the numbers of a shared program mean for one rank: Node::group and Node::peer are indices into these.
struct Binding {
  std::vector<std::uint32_t> groups;  // into Graph::groups; each at most once
  std::vector<std::uint32_t> peers;   // ranks
};

class Ranks {
 public:
  std::size_t size() const noexcept { return entries_.size(); }
  bool empty() const noexcept { return entries_.empty(); }
  void reserve(std::size_t count) { entries_.reserve(count); }
  // New ranks do nothing, and have programs of their own.
  void resize(std::size_t count) {
    while (entries_.size() > count) entries_.pop_back();
    while (entries_.size() < count) push_back({});
  }

  // With a program of its own, in which Node::group and Node::peer are groups and ranks themselves.
  void push_back(Program program) { entries_.push_back({std::make_shared<Program>(std::move(program)), nullptr}); }
  void push_back(std::shared_ptr<Program> program, Binding binding) {
    entries_.push_back({std::move(program), std::make_shared<const Binding>(std::move(binding))});
  }

  // A rank that does what a rank of `other` does, with the same groups and peers.
  void share(const Ranks& other, std::size_t rank) { entries_.push_back(other.entries_[rank]); }

  const Program& operator[](std::size_t rank) const noexcept { return *entries_[rank].program; }
  // To change it: what was shared becomes the rank's own before, and unbound.
  Program& own(std::size_t rank);

  // None: the numbers are groups and ranks themselves.
  const Binding* binding(std::size_t rank) const noexcept { return entries_[rank].binding.get(); }
  std::uint32_t group_of(std::size_t rank, const Node& node) const noexcept {
    const Binding* binding = entries_[rank].binding.get();
    return binding == nullptr ? node.group : binding->groups[node.group];
  }
  std::uint32_t peer_of(std::size_t rank, const Node& node) const noexcept {
    const Binding* binding = entries_[rank].binding.get();
    return binding == nullptr ? node.peer : binding->peers[node.peer];
  }
  // What the rank's program calls a group that it uses; the inverse of group_of().
  std::uint32_t own_number_of(std::size_t rank, std::uint32_t group) const noexcept;

  std::uint64_t node_count() const noexcept {
    std::uint64_t nodes = 0;
    for (const Entry& entry : entries_) nodes += entry.program->nodes.size();
    return nodes;
  }
  // By rank: the number of its program, counted in the order in which ranks first run them.
  std::vector<std::uint32_t> program_numbers() const;

 private:
  struct Entry {
    std::shared_ptr<Program> program;
    std::shared_ptr<const Binding> binding;
  };

  std::vector<Entry> entries_;
};

}  // namespace farlink::trace
