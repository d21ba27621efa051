// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/packet_site.hpp"

#include <algorithm>

#include "control/fabric_packets/message_parts.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::fabric_packets {

std::vector<RankPlace> place_ranks(const trace::Graph& graph, std::vector<std::uint32_t>& nics_per_site) {
  std::vector<RankPlace> places;
  places.reserve(graph.site_of_rank.size());
  for (const std::uint32_t site : graph.site_of_rank) places.push_back({site, nics_per_site.at(site)++});
  return places;
}

PacketSite::PacketSite(QueuePairNetwork& network, std::uint32_t number, const std::vector<RankPlace>& places,
                       std::deque<PacketSite>& sites, fabric::SiteDriver& driver)
    : network_{network}, number_{number}, places_{places}, sites_{sites}, driver_{driver} {}

void PacketSite::wake(units::Instant when, std::uint64_t cookie) { network_.wake(number_, when, cookie); }

// Opens the pair's queue pairs when it is new.
SendingPair& PacketSite::pair_to(std::uint32_t source, std::uint32_t destination) {
  const auto [found, is_new] =
      pair_of_ranks_.try_emplace(key(source, destination), static_cast<std::uint32_t>(pairs_.size()));
  if (!is_new) return pairs_[found->second];
  const RankPlace from = places_[source], to = places_[destination];
  SendingPair& pair = pairs_.emplace_back();
  pair.source = source;
  pair.destination = destination;
  std::vector<std::uint32_t> far;
  const scenario::Transport& transport = network_.scenario().transport;
  const std::vector<std::uint32_t> near =
      network_.connect(number_, from.nic, to.site, to.nic, transport.queue_pairs(), far);
  for (std::uint32_t i = 0; transport.channels && i < transport.channels->count; ++i)
    pair.channels.emplace_back(*transport.channels, i);
  pair.streams.resize(near.size());
  pair.far.received.resize(near.size());
  for (std::uint32_t i = 0; i < near.size(); ++i) open(pair, i, near[i], far[i]);
  return pair;
}

void PacketSite::open(SendingPair& pair, std::uint32_t stream, std::uint32_t near_qp, std::uint32_t far_qp) {
  const RankPlace from = places_[pair.source], to = places_[pair.destination];
  SendingPair::Stream& s = pair.streams[stream];
  s.queue_pair = near_qp;
  senders_[key(from.nic, near_qp)] = {&pair, stream};
  sites_[to.site].receivers_[key(to.nic, far_qp)] = {&pair.far, stream, s.acknowledged};
}

// The job's own recovery: a new queue pair, and on it everything that the old one has not had acknowledged. What had
// arrived all the same arrives twice, and counts once.
void PacketSite::reopen(std::uint64_t number, units::Instant now) {
  const Sending sending = reopenings_[number];
  SendingPair& pair = *sending.pair;
  const RankPlace from = places_[pair.source], to = places_[pair.destination];
  const rnic::RequestQueue& requests =
      network_.nic(number_, from.nic).requester(pair.streams[sending.stream].queue_pair).requests();
  std::vector<rnic::Request> again;
  for (std::uint64_t i = requests.head(); i < requests.tail(); ++i) again.push_back(requests[i].request);
  std::vector<std::uint32_t> far;
  const std::uint32_t fresh = network_.connect(number_, from.nic, to.site, to.nic, 1, far).front();
  open(pair, sending.stream, fresh, far.front());
  ++reconnects_;
  for (const rnic::Request& request : again) network_.post(number_, from.nic, fresh, request, now);
}

void PacketSite::send(const fabric::Message& message, units::Instant now) {
  SendingPair& pair = pair_to(message.source, message.destination);
  const std::uint64_t ordinal = pair.end();
  pair.entries.push_back({message});
  std::uint32_t parts = 0;
  const std::uint32_t mtu = network_.scenario().transport.mtu;
  if (pair.channels.empty()) {
    const auto queue_pairs = static_cast<std::uint32_t>(pair.streams.size());
    parts = for_each_part(message.bytes.count(), mtu, queue_pairs, ordinal,
                          [&](std::uint32_t stream, std::uint32_t bytes) { post(pair, stream, ordinal, bytes, now); });
  } else {
    const auto channels = static_cast<std::uint32_t>(pair.channels.size());
    for_each_part(message.bytes.count(), mtu, channels, ordinal, [&](std::uint32_t channel, std::uint32_t bytes) {
      parts += pair.channels[channel].push(ordinal, bytes);
    });
    for (std::uint32_t channel = 0; channel < channels; ++channel) fill(pair, channel, now);
  }
  pair.entry(ordinal).parts_to_acknowledge = parts;
  pair.far.announce({message, now, parts});
}

void PacketSite::post(const SendingPair& pair, std::uint32_t stream, std::uint64_t ordinal, std::uint32_t bytes,
                      units::Instant now) {
  rnic::Request request;
  request.operation = rnic::Operation::write_with_immediate;
  request.bytes = bytes;
  request.immediate = static_cast<std::uint32_t>(ordinal);
  request.id = ordinal;
  network_.post(number_, places_[pair.source].nic, pair.streams[stream].queue_pair, request, now);
}

// Sends what the channel has room for.
void PacketSite::fill(SendingPair& pair, std::uint32_t channel, units::Instant now) {
  const auto queue_pairs = static_cast<std::uint32_t>(pair.streams.size() / pair.channels.size());
  while (pair.channels[channel].can_send()) {
    const Channel::Chunk chunk = pair.channels[channel].take();
    post(pair, channel * queue_pairs + chunk.queue_pair, chunk.message, chunk.bytes, now);
  }
}

void PacketSite::on_completion(std::uint32_t nic, const rnic::Completion& completion, units::Instant now) {
  switch (completion.kind) {
    case rnic::Completion::Kind::received:
      received(receivers_.at(key(nic, completion.qp)), completion.immediate, now);
      break;
    case rnic::Completion::Kind::sent:
      acknowledged(senders_.at(key(nic, completion.qp)), completion, now);
      break;
    case rnic::Completion::Kind::failed:
      failed(senders_.at(key(nic, completion.qp)), completion, now);
      break;
  }
}

void PacketSite::failed(const Sending& sending, const rnic::Completion& completion, units::Instant now) {
  const scenario::Transport& transport = network_.scenario().transport;
  if (transport.on_error == scenario::OnError::reconnect) {
    network_.wake(number_, now + transport.reconnect_after, is_reopening | reopenings_.size());
    reopenings_.push_back(sending);
    return;
  }
  failed_at_ = std::min(failed_at_, now);
  const SendingPair& pair = *sending.pair;
  const auto& sites = network_.scenario().sites;
  failure_ = "queue pair " + std::to_string(completion.qp) + " from rank " + std::to_string(pair.source) + " (" +
             sites[number_].name + ") to rank " + std::to_string(pair.destination) + " (" +
             sites[places_[pair.destination].site].name + ") failed at " + units::to_text(now.since_start()) + ": " +
             why_failed(transport);
}

// Parts of a later message may be complete first, on other queue pairs; messages are told in order.
void PacketSite::received(Receiving& receiving, std::uint32_t immediate, units::Instant now) {
  ReceivingPair& pair = *receiving.pair;
  std::uint64_t& count = pair.received[receiving.stream];
  if (receiving.next++ != count) return;  // on the queue pair before, or on the one after
  ++count;
  const std::uint64_t ordinal =
      pair.next_delivery + static_cast<std::uint32_t>(immediate - static_cast<std::uint32_t>(pair.next_delivery));
  --pair.entry(ordinal).parts_to_arrive;
  while (const ReceivingPair::Entry* complete = pair.next_complete()) {
    const ReceivingPair::Entry entry = *complete;
    pair.pop_delivered();
    times_.add(now - entry.posted);
    driver_.on_delivered(entry.message, entry.posted, now);
  }
}

void PacketSite::acknowledged(const Sending& sending, const rnic::Completion& completion, units::Instant now) {
  SendingPair& pair = *sending.pair;
  ++pair.streams[sending.stream].acknowledged;
  if (!pair.channels.empty()) {
    const auto channel = static_cast<std::uint32_t>(sending.stream * pair.channels.size() / pair.streams.size());
    pair.channels[channel].release();
    fill(pair, channel, now);
  }
  --pair.entry(completion.id).parts_to_acknowledge;
  while (!pair.entries.empty() && pair.entries.front().parts_to_acknowledge == 0) {
    const fabric::Message message = pair.entries.front().message;
    pair.entries.pop_front();
    ++pair.first;
    driver_.on_acknowledged(message, now);
  }
}

}  // namespace farlink::fabric_packets
