// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/flow_sender.hpp"

#include <algorithm>

namespace farlink::fabric_packets {

namespace {

// Messages outstanding on each queue pair.
std::uint64_t depth_of(const QueuePairNetwork& network, const scenario::Flows& flows, std::uint32_t west) {
  if (flows.depth > 0) return flows.depth;
  const std::uint64_t window_bytes = network.nic(west, 0).config().window * network.scenario().transport.mtu;
  return std::max<std::uint64_t>(2, window_bytes / flows.message.count() + 2);
}

}  // namespace

FlowSender::FlowSender(QueuePairNetwork& network, std::uint32_t west, std::uint32_t east)
    : network_{network},
      flows_{std::get<scenario::Flows>(network.scenario().workload)},
      west_{west},
      east_{east},
      depth_{depth_of(network, flows_, west)},
      times_(flows_.pairs) {
  for (std::uint32_t pair = 0; pair < flows_.pairs; ++pair) {
    std::vector<std::uint32_t> far;
    queue_pairs_.push_back(network_.connect(west_, pair, east_, pair, network_.scenario().transport.qps_per_pair, far));
  }
}

void FlowSender::start(units::Instant now) {
  for (std::uint32_t pair = 0; pair < flows_.pairs; ++pair) {
    for (const std::uint32_t qp : queue_pairs_[pair]) {
      std::vector<units::Instant>& posted = posted_[key(pair, qp)];
      ++unfinished_;
      for (std::uint64_t i = 0; i < depth_; ++i) post(pair, qp, posted, now);
    }
  }
}

void FlowSender::on_completion(std::uint32_t nic, const rnic::Completion& completion, units::Instant now) {
  if (completion.kind == rnic::Completion::Kind::failed) {
    failure_ = "queue pair " + std::to_string(completion.qp) + " of pair " + std::to_string(nic) +
               " failed: retries exhausted; see transport.retry and transport.ack-timeout";
    return;
  }
  if (completion.kind != rnic::Completion::Kind::sent) return;
  std::vector<units::Instant>& posted = posted_[key(nic, completion.qp)];
  times_[nic].add(now - posted[completion.id]);
  if (flows_.messages && completion.id + 1 == *flows_.messages) --unfinished_;
  post(nic, completion.qp, posted, now);
}

void FlowSender::post(std::uint32_t nic, std::uint32_t qp, std::vector<units::Instant>& posted, units::Instant now) {
  if (flows_.messages && posted.size() >= *flows_.messages) return;
  rnic::Request request;
  request.bytes = static_cast<std::uint32_t>(flows_.message.count());
  request.id = posted.size();
  posted.push_back(now);
  network_.post(west_, nic, qp, request, now);
}

fabric::FlowStatistics FlowSender::statistics(std::uint32_t pair, std::uint64_t lost, units::Instant epoch) const {
  const rnic::Nic& nic = network_.nic(west_, pair);
  fabric::FlowStatistics flow;
  const auto& sites = network_.scenario().sites;
  flow.name = sites[west_].name + "->" + sites[east_].name + " pair " + std::to_string(pair);
  std::uint64_t acknowledged = 0;
  units::Instant last = epoch;
  for (const std::uint32_t qp : queue_pairs_[pair]) {
    const rnic::Requester& requester = nic.requester(qp);
    acknowledged += requester.acknowledged_bytes();
    last = std::max(last, requester.last_progress());
    flow.sent += requester.counters().sent;
    flow.retransmitted += requester.counters().retransmitted;
    flow.timeouts += requester.counters().timeouts;
  }
  flow.lost = lost;
  flow.goodput_bps = last > epoch ? static_cast<double>(acknowledged) * 8 / (last - epoch).seconds() : 0;
  flow.completion = times_[pair].summary();
  return flow;
}

}  // namespace farlink::fabric_packets
