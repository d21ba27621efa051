// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/intake.hpp"

#include <rte_prefetch.h>
#include <utility>
#include <variant>

#include "dataplane/wire/pause.hpp"

namespace farlink::dpdk {
namespace {

constexpr std::size_t burst = 64;

std::span<const std::byte> head_of(const rte_mbuf* mbuf) noexcept {
  return {rte_pktmbuf_mtod(mbuf, const std::byte*), mbuf->data_len};
}

bool fits(const rte_mbuf* mbuf, const FrameLimit& limit) noexcept {
  if (mbuf->pkt_len <= limit.plain) [[likely]]
    return true;
  const std::span<const std::byte> head = head_of(mbuf);
  return mbuf->pkt_len <= limit.tagged && head[12] == std::byte{0x81} && head[13] == std::byte{0};
}

}  // namespace

Intake::Intake(IntakeOptions options) : options_{std::move(options)} {
  if (options_.table != nullptr) return;
  for (std::size_t site = 0; site < options_.to_site.size(); ++site) {
    if (options_.to_site[site] == nullptr) continue;
    only_ = options_.to_site[site];
    only_limit_ = options_.limits[site];
  }
}

std::uint32_t Intake::poll(units::Instant& now, const TscClock* clock) {
  std::array<rte_mbuf*, burst> mbufs;
  const std::uint32_t count = options_.relay != nullptr ? options_.relay->take(mbufs) : options_.port->receive(mbufs);
  if (count == 0) return 0;
  if (clock != nullptr) now = clock->sample_after_loads();
  constexpr std::uint32_t ahead = 4;
  for (std::uint32_t i = 0; i < count && i < 2 * ahead; ++i) rte_prefetch0(mbufs[i]);
  for (std::uint32_t i = 0; i < count && i < ahead; ++i) rte_prefetch0(rte_pktmbuf_mtod(mbufs[i], const void*));
  for (std::uint32_t i = 0; i < count; ++i) {
    if (i + 2 * ahead < count) rte_prefetch0(mbufs[i + 2 * ahead]);
    if (i + ahead < count) rte_prefetch0(rte_pktmbuf_mtod(mbufs[i + ahead], const void*));
    take(mbufs[i], now);
  }
  return count;
}

void Intake::take(rte_mbuf* mbuf, units::Instant now) {
  ++counters_.received;
  counters_.received_bytes += mbuf->pkt_len;
  if (only_ != nullptr) return take_only_way(mbuf, now);
  link::Descriptor d;
  const link::FrameClass what = link::classify(head_of(mbuf), mbuf->pkt_len, d);
  if (what.kind >= link::FrameKind::mac_control) [[unlikely]]
    return take_special(mbuf, what.kind, now);
  d.ingress_port = options_.number;
  route(mbuf, d, what, now);
}

// Nothing to choose: the descriptor is written straight into the link's own frame.
void Intake::take_only_way(rte_mbuf* mbuf, units::Instant now) {
  link::Frame* frame = only_->begin();
  if (frame == nullptr) [[unlikely]]
    return only_->lose(mbuf);
  frame->descriptor = link::Descriptor{};
  const link::FrameClass what = link::classify(head_of(mbuf), mbuf->pkt_len, frame->descriptor);
  if (what.kind >= link::FrameKind::mac_control || !fits(mbuf, only_limit_)) [[unlikely]] {
    only_->abandon(frame);
    return what.kind >= link::FrameKind::mac_control ? take_special(mbuf, what.kind, now)
                                                     : drop(mbuf, counters_.too_long);
  }
  frame->descriptor.ingress_port = options_.number;
  only_->commit(frame, mbuf, now);
}

void Intake::take_special(rte_mbuf* mbuf, link::FrameKind kind, units::Instant now) {
  if (kind == link::FrameKind::mac_control) return absorb(mbuf, now);
  drop(mbuf, counters_.runts);
}

void Intake::route(rte_mbuf* mbuf, link::Descriptor& d, const link::FrameClass& what, units::Instant now) {
  if (options_.table == nullptr) return drop(mbuf, counters_.unroutable);  // no link leads anywhere
  options_.table->learn(what.source_mac, options_.site, options_.number);
  const Place place = what.is_group ? Place{} : options_.table->find(what.destination_mac);
  if (!place.is_known) return flood(mbuf, d, now);
  if (place.site != options_.site) return cross(mbuf, d, place.site, place.port, now);
  if (place.port == options_.number) return drop(mbuf, counters_.filtered);  // as a switch: it has been there already
  if (!fits(mbuf, options_.limits[options_.site])) return drop(mbuf, counters_.too_long);
  ++counters_.local;
  options_.local[place.port]->push(mbuf, mbuf->pkt_len, now);
}

// To every other port of the site and over every link; each copy is a frame of its own.
void Intake::flood(rte_mbuf* mbuf, link::Descriptor& d, units::Instant now) {
  const bool fits_here = fits(mbuf, options_.limits[options_.site]);
  for (std::size_t port = 0; port < options_.local.size() && fits_here; ++port) {
    if (port == options_.number) continue;
    rte_mbuf* copy = rte_pktmbuf_copy(mbuf, options_.pool, 0, UINT32_MAX);
    if (copy == nullptr) continue;  // the port's receive queue runs dry of the same pool, which is counted
    ++counters_.flooded;
    options_.local[port]->push(copy, copy->pkt_len, now);
  }
  std::size_t last = options_.to_site.size();
  for (std::size_t site = 0; site < options_.to_site.size(); ++site) {
    if (options_.to_site[site] == nullptr) continue;
    if (last < options_.to_site.size()) {
      if (rte_mbuf* copy = rte_pktmbuf_copy(mbuf, options_.pool, 0, UINT32_MAX); copy != nullptr) {
        ++counters_.flooded;
        cross(copy, d, last, options_.to_site[last]->flood_port(), now);
      }
    }
    last = site;
  }
  if (last == options_.to_site.size()) return drop(mbuf, counters_.filtered);
  cross(mbuf, d, last, options_.to_site[last]->flood_port(), now);
}

void Intake::cross(rte_mbuf* mbuf, link::Descriptor& d, std::size_t site, std::uint16_t egress, units::Instant now) {
  Carrier* carrier = options_.to_site[site];
  if (carrier == nullptr) return drop(mbuf, counters_.unroutable);
  if (!fits(mbuf, options_.limits[site])) return drop(mbuf, counters_.too_long);
  d.egress_port = egress;
  carrier->accept(mbuf, d, now);
}

// MAC control frames end at the first switch.
void Intake::absorb(rte_mbuf* mbuf, units::Instant now) {
  const auto frame = wire::parse_mac_control(head_of(mbuf));
  if (const auto* pfc = std::get_if<wire::PfcFrame>(&frame)) {
    for (std::uint8_t p = 0; p < 8; ++p)
      if (((unsigned{pfc->priorities} >> p) & 1U) != 0) options_.on_pause(options_.number, p, pfc->quanta[p], now);
  } else if (const auto* pause = std::get_if<wire::PauseFrame>(&frame)) {
    for (std::uint8_t p = 0; p < 8; ++p) options_.on_pause(options_.number, p, pause->quanta, now);
  }
  drop(mbuf, counters_.pause_received);
}

void Intake::drop(rte_mbuf* mbuf, std::uint64_t& counter) noexcept {
  ++counter;
  rte_pktmbuf_free(mbuf);
}

}  // namespace farlink::dpdk
