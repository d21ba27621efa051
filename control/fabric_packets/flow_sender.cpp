// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/flow_sender.hpp"

#include <algorithm>

#include "dataplane/units/text.hpp"

namespace farlink::fabric_packets {

namespace {

// Messages outstanding on each queue pair or channel.
std::uint64_t depth_of(const QueuePairNetwork& network, const scenario::Flows& flows, std::uint32_t west) {
  if (flows.depth > 0) return flows.depth;
  if (const auto& channels = network.scenario().transport.channels) {
    const std::uint64_t chunks = std::max<std::uint64_t>(1, flows.message.count() / channels->chunk.count());
    return channels->buffer.count() / channels->chunk.count() / chunks + 2;
  }
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
  const std::uint32_t count = network_.scenario().transport.queue_pairs();
  for (std::uint32_t pair = 0; pair < flows_.pairs; ++pair) {
    std::vector<std::uint32_t> far;
    queue_pairs_.push_back(network_.connect(west_, pair, east_, pair, count, far));
  }
}

void FlowSender::start(units::Instant now) {
  const std::optional<scenario::Channels>& channels = network_.scenario().transport.channels;
  const std::size_t queue_pairs = channels ? channels->queue_pairs : 1;
  for (std::uint32_t pair = 0; pair < flows_.pairs; ++pair) {
    for (std::size_t first = 0; first < queue_pairs_[pair].size(); first += queue_pairs) {
      Stream& stream = streams_.emplace_back();
      stream.nic = pair;
      if (channels) stream.channel.emplace(*channels, static_cast<std::uint32_t>(first / queue_pairs));
      for (std::size_t i = 0; i < queue_pairs; ++i) {
        stream.queue_pairs.push_back(queue_pairs_[pair][first + i]);
        place_of_[key(pair, stream.queue_pairs.back())] = {streams_.size() - 1, i};
      }
      ++unfinished_;
      for (std::uint64_t i = 0; i < depth_; ++i) post(stream, now);
    }
  }
}

void FlowSender::on_completion(std::uint32_t nic, const rnic::Completion& completion, units::Instant now) {
  const Place place = place_of_.at(key(nic, completion.qp));
  if (completion.kind == rnic::Completion::Kind::failed) return failed(place, completion, now);
  if (completion.kind != rnic::Completion::Kind::sent) return;
  Stream& stream = streams_[place.stream];
  if (stream.channel && !take_chunk(stream, completion.id, now)) return;
  times_[nic].add(now - stream.posted[completion.id]);
  if (flows_.messages && ++stream.finished == *flows_.messages) --unfinished_;
  post(stream, now);
}

// A chunk was acknowledged; true when it was the message's last one.
bool FlowSender::take_chunk(Stream& stream, std::uint64_t message, units::Instant now) {
  stream.channel->release();
  fill(stream, now);
  return --stream.chunks[message] == 0;
}

// Sends what the channel has room for.
void FlowSender::fill(Stream& stream, units::Instant now) {
  while (stream.channel->can_send()) {
    const Channel::Chunk chunk = stream.channel->take();
    rnic::Request request;
    request.bytes = chunk.bytes;
    request.id = chunk.message;
    network_.post(west_, stream.nic, stream.queue_pairs[chunk.queue_pair], request, now);
  }
}

void FlowSender::failed(const Place& place, const rnic::Completion& completion, units::Instant now) {
  const scenario::Transport& transport = network_.scenario().transport;
  if (transport.on_error == scenario::OnError::reconnect) {
    network_.wake(west_, now + transport.reconnect_after, reopenings_.size());
    reopenings_.push_back(place);
    return;
  }
  failure_ = "queue pair " + std::to_string(completion.qp) + " of pair " + std::to_string(streams_[place.stream].nic) +
             " (" + network_.scenario().sites[west_].name + ") failed at " + units::to_text(now.since_start()) + ": " +
             why_failed(transport);
}

// Sends again what was not acknowledged. Nobody at the far end counts messages, so it may arrive twice.
void FlowSender::reopen(const Place& place, units::Instant now) {
  Stream& stream = streams_[place.stream];
  std::uint32_t& queue_pair = stream.queue_pairs[place.queue_pair];
  const rnic::RequestQueue& requests = network_.nic(west_, stream.nic).requester(queue_pair).requests();
  std::vector<rnic::Request> again;
  for (std::uint64_t i = requests.head(); i < requests.tail(); ++i) again.push_back(requests[i].request);
  std::vector<std::uint32_t> far;
  queue_pair = network_.connect(west_, stream.nic, east_, stream.nic, 1, far).front();
  place_of_[key(stream.nic, queue_pair)] = place;
  queue_pairs_[stream.nic].push_back(queue_pair);
  ++reconnects_;
  for (const rnic::Request& request : again) network_.post(west_, stream.nic, queue_pair, request, now);
}

void FlowSender::post(Stream& stream, units::Instant now) {
  const std::uint64_t message = stream.posted.size();
  if (flows_.messages && message >= *flows_.messages) return;
  stream.posted.push_back(now);
  if (stream.channel) {
    stream.chunks.push_back(stream.channel->push(message, flows_.message.count()));
    return fill(stream, now);
  }
  rnic::Request request;
  request.bytes = static_cast<std::uint32_t>(flows_.message.count());
  request.id = message;
  network_.post(west_, stream.nic, stream.queue_pairs.front(), request, now);
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
