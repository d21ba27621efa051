// SPDX-License-Identifier: Apache-2.0
#include "control/fabric_packets/packet_site.hpp"

#include "control/fabric_packets/message_parts.hpp"
#include "dataplane/units/text.hpp"
#include "dataplane/wire/syndrome.hpp"

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

// Opens the pair's queue pairs when its first message comes.
MessagePair& PacketSite::pair_to(const fabric::Message& message) {
  const auto [found, is_new] =
      pair_of_ranks_.try_emplace(key(message.source, message.destination), static_cast<std::uint32_t>(pairs_.size()));
  if (!is_new) return pairs_[found->second];
  const RankPlace from = places_[message.source], to = places_[message.destination];
  MessagePair& pair = pairs_.emplace_back();
  std::vector<std::uint32_t> far;
  pair.queue_pairs =
      network_.connect(number_, from.nic, to.site, to.nic, network_.scenario().transport.qps_per_pair, far);
  for (const std::uint32_t qp : pair.queue_pairs) pair_of_sender_[key(from.nic, qp)] = &pair;
  for (const std::uint32_t qp : far) sites_[to.site].pair_of_receiver_[key(to.nic, qp)] = &pair;
  return pair;
}

void PacketSite::send(const fabric::Message& message, units::Instant now) {
  MessagePair& pair = pair_to(message);
  const std::uint64_t ordinal = pair.end();
  MessagePair::Entry& entry = pair.entries.emplace_back();
  entry.message = message;
  entry.posted = now;
  const auto queue_pairs = static_cast<std::uint32_t>(pair.queue_pairs.size());
  const std::uint32_t nic = places_[message.source].nic;
  entry.parts_to_arrive = for_each_part(message.bytes.count(), network_.scenario().transport.mtu, queue_pairs, ordinal,
                                        [&](std::uint32_t queue_pair, std::uint32_t bytes) {
                                          rnic::Request request;
                                          request.operation = rnic::Operation::write_with_immediate;
                                          request.bytes = bytes;
                                          request.immediate = static_cast<std::uint32_t>(ordinal);
                                          request.id = ordinal;
                                          network_.post(number_, nic, pair.queue_pairs[queue_pair], request, now);
                                        });
  entry.parts_to_acknowledge = entry.parts_to_arrive;
}

void PacketSite::on_completion(std::uint32_t nic, const rnic::Completion& completion, units::Instant now) {
  switch (completion.kind) {
    case rnic::Completion::Kind::received:
      received(*pair_of_receiver_.at(key(nic, completion.qp)), completion.immediate, now);
      break;
    case rnic::Completion::Kind::sent:
      acknowledged(*pair_of_sender_.at(key(nic, completion.qp)), completion, now);
      break;
    case rnic::Completion::Kind::failed: {
      const MessagePair& pair = *pair_of_sender_.at(key(nic, completion.qp));
      const scenario::Transport& transport = network_.scenario().transport;
      const fabric::Message& message = pair.entries.front().message;
      failure_ = "queue pair " + std::to_string(completion.qp) + " from rank " + std::to_string(message.source) +
                 " to rank " + std::to_string(message.destination) + " failed: nothing acknowledged after " +
                 std::to_string(transport.retry.value_or(0) + 1) + " timeouts of " +
                 units::to_text(wire::local_ack_timeout(static_cast<std::uint8_t>(transport.ack_timeout))) +
                 "; see transport.retry and transport.ack-timeout";
      break;
    }
  }
}

// Parts of a later message may be complete first, on other queue pairs; messages are told in order.
void PacketSite::received(MessagePair& pair, std::uint32_t immediate, units::Instant now) {
  const std::uint64_t ordinal =
      pair.next_delivery + static_cast<std::uint32_t>(immediate - static_cast<std::uint32_t>(pair.next_delivery));
  --pair.entry(ordinal).parts_to_arrive;
  while (pair.next_delivery < pair.end() && pair.entry(pair.next_delivery).parts_to_arrive == 0) {
    const MessagePair::Entry entry = pair.entry(pair.next_delivery++);
    times_.add(now - entry.posted);
    driver_.on_delivered(entry.message, entry.posted, now);
  }
}

void PacketSite::acknowledged(MessagePair& pair, const rnic::Completion& completion, units::Instant now) {
  --pair.entry(completion.id).parts_to_acknowledge;
  while (pair.next_acknowledgement < pair.end() && pair.entry(pair.next_acknowledgement).parts_to_acknowledge == 0) {
    const fabric::Message message = pair.entry(pair.next_acknowledgement++).message;
    // What is acknowledged has been delivered: nobody needs the entry any more.
    while (pair.first < pair.next_acknowledgement && pair.first < pair.next_delivery) {
      pair.entries.pop_front();
      ++pair.first;
    }
    driver_.on_acknowledged(message, now);
  }
}

}  // namespace farlink::fabric_packets
