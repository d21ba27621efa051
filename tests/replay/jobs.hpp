// SPDX-License-Identifier: Apache-2.0
// Small jobs and scenarios for the tests of control/replay: numbers that a reader can check in the head.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "control/replay/plan.hpp"
#include "control/replay/run_replay.hpp"
#include "control/scenario/scenario.hpp"
#include "control/trace/check.hpp"
#include "control/trace/graph.hpp"
#include "tests/support/delay_line_fabric.hpp"

namespace farlink::replay {

using units::BitRate;
using units::Bytes;
using units::Duration;

// Two sites, one link: 1 GB/s (a byte is a nanosecond) and `delay` each way. Inside a node and a site: 1 GB/s and 1 us.
inline scenario::Scenario two_sites(Duration delay) {
  const scenario::LocalNetwork local{BitRate::gigabits(8), Duration::microseconds(1)};
  scenario::Scenario scenario;
  scenario.name = "test";
  for (const char* name : {"west", "east"}) {
    scenario.sites.push_back(
        {.name = name, .gpus = 8, .gpus_per_node = 2, .nic = BitRate::gigabits(8), .in_node = local, .fabric = local});
  }
  scenario::Link link;
  link.name = "west-east";
  link.west = "west";
  link.east = "east";
  link.access = BitRate::gigabits(64);
  link.convergence = 8;
  link.forward.rate = link.reverse.rate = BitRate::gigabits(8);
  link.forward.delay = link.reverse.delay = delay;
  scenario.links.push_back(link);
  scenario.workload = scenario::Recorded{"test", scenario::CollectiveAlgorithm::hierarchical_ring};
  scenario.run.steps = 1;
  scenario.run.warmup = 0;
  return scenario;
}

// A graph written down rank by rank; site_of_rank[i] as given, lanes are ranks.
class Job {
 public:
  explicit Job(std::vector<std::uint32_t> site_of_rank) {
    graph_.ranks.resize(site_of_rank.size());
    for (std::uint32_t rank = 0; rank < site_of_rank.size(); ++rank) graph_.lane_of_rank.push_back(rank);
    graph_.site_of_rank = std::move(site_of_rank);
    graph_.source = "test";
  }
  using After = std::vector<std::uint32_t>;
  std::uint32_t compute(std::uint32_t rank, Duration duration, const After& after = {}, bool on_host = false) {
    trace::Node node;
    node.duration = duration;
    node.on_host = on_host;
    return add(rank, node, after);
  }
  std::uint32_t send(std::uint32_t rank, std::uint32_t to, std::uint64_t bytes, const After& after = {},
                     std::uint32_t tag = 0) {
    return message(trace::NodeKind::send, rank, to, bytes, after, tag);
  }
  std::uint32_t receive(std::uint32_t rank, std::uint32_t from, std::uint64_t bytes, const After& after = {},
                        std::uint32_t tag = 0) {
    return message(trace::NodeKind::receive, rank, from, bytes, after, tag);
  }
  std::uint32_t group(std::vector<std::uint32_t> ranks) {
    graph_.groups.push_back({"group " + std::to_string(graph_.groups.size()), std::move(ranks)});
    return static_cast<std::uint32_t>(graph_.groups.size() - 1);
  }
  std::uint32_t collective(std::uint32_t rank, std::uint32_t group, trace::Collective kind, std::uint64_t bytes,
                           const After& after = {}, std::uint32_t repeat = 1) {
    trace::Node node;
    node.kind = trace::NodeKind::collective;
    node.collective = kind;
    node.bytes = Bytes{bytes};
    node.group = group;
    node.repeat = repeat;
    return add(rank, node, after);
  }
  const trace::Graph& graph() const { return graph_; }
  trace::Graph& graph() { return graph_; }

 private:
  std::uint32_t message(trace::NodeKind kind, std::uint32_t rank, std::uint32_t peer, std::uint64_t bytes,
                        const After& after, std::uint32_t tag) {
    trace::Node node;
    node.kind = kind;
    node.peer = peer;
    node.bytes = Bytes{bytes};
    node.tag = tag;
    return add(rank, node, after);
  }
  std::uint32_t add(std::uint32_t rank, trace::Node node, const After& after) {
    trace::Program& of_rank = graph_.ranks.own(rank);
    node.record = of_rank.nodes.size();
    node.first_dependency = static_cast<std::uint32_t>(of_rank.dependencies.size());
    node.dependency_count = static_cast<std::uint32_t>(after.size());
    of_rank.dependencies.insert(of_rank.dependencies.end(), after.begin(), after.end());
    of_rank.nodes.push_back(node);
    return static_cast<std::uint32_t>(of_rank.nodes.size() - 1);
  }
  trace::Graph graph_;
};

inline scenario::CollectiveAlgorithm algorithm_of(const scenario::Scenario& scenario) {
  if (const auto* recorded = std::get_if<scenario::Recorded>(&scenario.workload)) return recorded->collective;
  return std::get<scenario::Training>(scenario.workload).collective;
}

struct Outcome {
  report::RunResult result;
  std::uint64_t messages_sent = 0, messages_delivered = 0;
  std::uint64_t bytes_eastward = 0, bytes_westward = 0;
};

inline Outcome replay(const scenario::Scenario& scenario, const trace::Graph& graph) {
  trace::check(graph);
  const Plan plan{graph, scenario.sites, algorithm_of(scenario), scenario.run.steps};
  testing::DelayLineFabric fabric{scenario, &graph};
  Outcome outcome;
  outcome.result = run_replay(plan, scenario, fabric, "test");
  outcome.messages_sent = fabric.messages_sent;
  outcome.messages_delivered = fabric.messages_delivered;
  outcome.bytes_eastward = fabric.bytes_sent[{0, 1}];
  outcome.bytes_westward = fabric.bytes_sent[{1, 0}];
  return outcome;
}

// Seconds of doubles to whole picoseconds, for exact comparison.
inline Duration exact(double seconds) { return Duration::from_seconds(seconds); }

}  // namespace farlink::replay
