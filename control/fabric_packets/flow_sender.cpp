// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/flow_sender.hpp"

#include <algorithm>

#include "dataplane/units/text.hpp"

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
      stream_of_[key(pair, qp)] = streams_.size();
      Stream& stream = streams_.emplace_back();
      stream.nic = pair;
      stream.queue_pair = qp;
      ++unfinished_;
      for (std::uint64_t i = 0; i < depth_; ++i) post(stream, now);
    }
  }
}

void FlowSender::on_completion(std::uint32_t nic, const rnic::Completion& completion, units::Instant now) {
  const std::size_t number = stream_of_.at(key(nic, completion.qp));
  if (completion.kind == rnic::Completion::Kind::failed) return failed(number, completion, now);
  if (completion.kind != rnic::Completion::Kind::sent) return;
  Stream& stream = streams_[number];
  times_[nic].add(now - stream.posted[completion.id]);
  if (flows_.messages && completion.id + 1 == *flows_.messages) --unfinished_;
  post(stream, now);
}

void FlowSender::failed(std::uint64_t stream, const rnic::Completion& completion, units::Instant now) {
  const scenario::Transport& transport = network_.scenario().transport;
  if (transport.on_error == scenario::OnError::reconnect)
    return network_.wake(west_, now + transport.reconnect_after, stream);
  failure_ = "queue pair " + std::to_string(completion.qp) + " of pair " + std::to_string(streams_[stream].nic) + " (" +
             network_.scenario().sites[west_].name + ") failed at " + units::to_text(now.since_start()) + ": " +
             why_failed(transport);
}

// Sends again what was not acknowledged. Nobody at the far end counts messages, so it may arrive twice.
void FlowSender::reopen(std::uint64_t number, units::Instant now) {
  Stream& stream = streams_[number];
  const rnic::RequestQueue& requests = network_.nic(west_, stream.nic).requester(stream.queue_pair).requests();
  std::vector<rnic::Request> again;
  for (std::uint64_t i = requests.head(); i < requests.tail(); ++i) again.push_back(requests[i].request);
  std::vector<std::uint32_t> far;
  stream.queue_pair = network_.connect(west_, stream.nic, east_, stream.nic, 1, far).front();
  stream_of_[key(stream.nic, stream.queue_pair)] = number;
  queue_pairs_[stream.nic].push_back(stream.queue_pair);
  ++reconnects_;
  for (const rnic::Request& request : again) network_.post(west_, stream.nic, stream.queue_pair, request, now);
}

void FlowSender::post(Stream& stream, units::Instant now) {
  if (flows_.messages && stream.posted.size() >= *flows_.messages) return;
  rnic::Request request;
  request.bytes = static_cast<std::uint32_t>(flows_.message.count());
  request.id = stream.posted.size();
  stream.posted.push_back(now);
  network_.post(west_, stream.nic, stream.queue_pair, request, now);
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
    acknowledged += requester.has_failed() && network_.scenario().transport.on_error == scenario::OnError::reconnect
                        ? requester.completed_bytes()  // the rest is sent again
                        : requester.acknowledged_bytes();
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
