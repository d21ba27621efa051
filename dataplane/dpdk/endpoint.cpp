// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/endpoint.hpp"

#include <algorithm>
#include <cstring>
#include <string>
#include <variant>

#include "dataplane/dpdk/error.hpp"
#include "dataplane/wire/pause.hpp"

namespace farlink::dpdk {
namespace {

using units::Duration;
using units::Instant;

constexpr std::uint64_t ethertype_offset = 12;
constexpr std::size_t stamp_bytes = sizeof(std::int64_t);

bool is_mac_control(std::span<const std::byte> bytes) noexcept {
  return bytes.size() > ethertype_offset + 1 && bytes[ethertype_offset] == std::byte{0x88} &&
         bytes[ethertype_offset + 1] == std::byte{0x08};
}

// The longest of all: a WRITE of one packet with immediate data has RETH and payload.
std::uint32_t longest_frame(const rnic::Config& config) {
  return wire::frame_bytes(wire::Opcode::write_only_with_immediate, config.mtu, config.ip, config.has_vlan);
}

}  // namespace

Endpoint::Endpoint(const EndpointConfig& config, RingPort& port, rte_mempool* pool)
    : config_{config},
      port_{port},
      pool_{pool},
      channel_{config.channel_slots},
      events_{config.nics},
      payload_(std::max<std::size_t>(config.nic.mtu, stamp_bytes), std::byte{0xa5}),
      paths_{{Instant::start(), config.path}} {
  const std::uint32_t room = rte_pktmbuf_data_room_size(pool) - RTE_PKTMBUF_HEADROOM;
  if (longest_frame(config.nic) > room) {
    throw DeviceError("transport.mtu of " + std::to_string(config.nic.mtu) + " makes frames of " +
                      std::to_string(longest_frame(config.nic)) + " bytes, and an mbuf holds " + std::to_string(room) +
                      "; set a smaller transport.mtu or a larger dpdk.mtu");
  }
  for (std::uint32_t i = 0; i < config.nics; ++i) nics_.push_back(std::make_unique<rnic::Nic>(config.nic));
}

Endpoint::~Endpoint() {
  rte_pktmbuf_free_bulk(waiting_.data(), waiting_count_);
  port_.clear();
}

std::uint32_t Endpoint::open(std::uint32_t nic, std::uint32_t destination_qp, std::uint32_t far_nic,
                             std::uint32_t entropy) {
  return nics_[nic]->open(destination_qp, {entropy, static_cast<std::uint16_t>(far_nic), 0});
}

std::uint32_t Endpoint::step(Instant now, const TscClock* clock) {
  while (!unhanded_.empty() && channel_.completed.push(unhanded_.front())) unhanded_.pop_front();
  if (is_held_ && held_until_ <= now) [[unlikely]]
    hold_until(now, now);
  const bool has_posts = take_posted(now);
  const std::uint32_t received = take_frames(now, clock);
  const std::uint32_t sent = send_due(now, clock);
  return received + sent + (has_posts ? 1U : 0U);
}

bool Endpoint::take_posted(Instant now) {
  constexpr int most = 256;  // at a time: frames must not wait for a flood of requests
  endpoint::Posted posted;
  int count = 0;
  for (; count < most && channel_.posted.pop(posted); ++count) {
    const Duration lag = now - posted.caused;
    control_lag_.record(lag);
    if (lag > config_.max_lag && has_run_dry(posted.nic, posted.qp)) ++counters_.late_posts;
    nics_[posted.nic]->post(posted.qp, posted.request, now);
    events_.set(posted.nic, nics_[posted.nic]->next_event());
  }
  return count > 0;
}

// Whether the queue pair has sent all it was given and may send more: then a late request costs time.
bool Endpoint::has_run_dry(std::uint32_t nic, std::uint32_t qp) const noexcept {
  const rnic::Requester& requester = nics_[nic]->requester(qp);
  return !requester.can_send() && requester.outstanding() < config_.nic.window;
}

std::uint32_t Endpoint::take_frames(Instant now, const TscClock* clock) {
  std::array<rte_mbuf*, burst> mbufs;
  const std::uint32_t count = port_.take(mbufs);
  for (std::uint32_t i = 0; i < count; ++i) take(mbufs[i], now, clock);
  if (count > 0) rte_pktmbuf_free_bulk(mbufs.data(), count);
  return count;
}

void Endpoint::take(const rte_mbuf* mbuf, Instant now, const TscClock* clock) {
  const std::span<const std::byte> bytes{rte_pktmbuf_mtod(mbuf, const std::byte*), mbuf->data_len};
  if (is_mac_control(bytes)) [[unlikely]]
    return obey(bytes, now);
  ++counters_.received;
  const rnic::ReceivedFrame received = rnic::from_bytes(bytes);
  const rnic::EndpointAddress base = address(config_.site, 0);
  const auto nic = static_cast<std::uint32_t>(
      bytes.size() < 6 ? 0 : std::to_integer<unsigned>(bytes[4]) << 8 | std::to_integer<unsigned>(bytes[5]));
  if (!received || nic >= nics_.size() || std::memcmp(bytes.data(), base.mac.data(), 4) != 0) {
    ++counters_.foreign;
    return;
  }
  std::uint64_t ignored = 0;
  nics_[nic]->receive(received.frame, now, &ignored);
  events_.set(nic, nics_[nic]->next_event());
  if (!nics_[nic]->completions().empty()) hand_over(nic, now);
  if (received.payload.size() < stamp_bytes || received.frame.is_corrupt) return;
  std::int64_t sent = 0;
  std::memcpy(&sent, received.payload.data(), stamp_bytes);
  const Instant sent_at = Instant::at(Duration::picoseconds(sent));
  while (paths_.size() > 1 && paths_[1].since <= sent_at) [[unlikely]] paths_.pop_front();
  const ArrivalPath& path = paths_.front().path;
  const units::Bytes line{received.frame.line_bytes};
  const Duration empty_path =
      path.delay + units::serialization_time(line, path.line_rate) + units::serialization_time(line, path.exit_rate);
  const Instant arrived = clock != nullptr ? clock->sample_after_loads() : now;
  excess_delay_.record(arrived - sent_at - empty_path);
}

void Endpoint::obey(std::span<const std::byte> bytes, Instant now) {
  ++counters_.pauses;
  const auto frame = wire::parse_mac_control(bytes);
  const std::uint8_t priority = config_.nic.priority;
  if (const auto* pfc = std::get_if<wire::PfcFrame>(&frame)) {
    if (((unsigned{pfc->priorities} >> priority) & 1U) != 0)
      hold_until(now + wire::pause_time(pfc->quanta[priority], config_.port_rate), now);
  } else if (const auto* pause = std::get_if<wire::PauseFrame>(&frame)) {
    hold_until(now + wire::pause_time(pause->quanta, config_.port_rate), now);
  }
}

// XOFF when `until` lies ahead, XON otherwise.
void Endpoint::hold_until(Instant until, Instant now) {
  held_until_ = until;
  const bool was_held = is_held_;
  is_held_ = until > now;
  if (is_held_ == was_held) return;
  for (std::uint32_t i = 0; i < nics_.size(); ++i) {
    if (is_held_)
      nics_[i]->hold();
    else
      nics_[i]->release(now);
    events_.set(i, nics_[i]->next_event());
  }
}

// A port that takes no more holds the RNICs back: their frames keep their order and are late, which is counted.
std::uint32_t Endpoint::send_due(Instant now, const TscClock* clock) {
  std::uint32_t sent = 0;
  for (;;) {
    while (waiting_count_ < burst && events_.earliest() <= now) {
      const Instant due = events_.earliest();
      const std::uint32_t number = events_.front();
      rnic::Nic& nic = *nics_[number];
      const rnic::Frame* left = nic.advance(now);
      if (left != nullptr) make_frame(number, *left, due, clock != nullptr ? clock->sample() : now);
      events_.set(number, nic.next_event());
      if (!nic.completions().empty()) hand_over(number, now);
    }
    if (waiting_count_ == 0) return sent;
    const bool is_full = waiting_count_ == burst;
    sent += give(clock, now);
    if (waiting_count_ > 0 || !is_full || sent >= 4 * burst) return sent;
  }
}

void Endpoint::make_frame(std::uint32_t nic, const rnic::Frame& frame, Instant due, Instant now) {
  rte_mbuf* mbuf = rte_pktmbuf_alloc(pool_);
  if (mbuf == nullptr) [[unlikely]] {
    ++counters_.unsent;
    return;
  }
  rnic::WirePath path;
  path.source = address(config_.site, nic);
  path.destination = address(config_.far_site, frame.path.egress_port);
  path.udp_source_port = static_cast<std::uint16_t>(0xc000U | (frame.path.flow & 0x3fffU));
  const std::int64_t stamp = now.since_start().picoseconds();
  std::memcpy(payload_.data(), &stamp, stamp_bytes);
  rnic::Frame with_payload = frame;
  with_payload.local_address = reinterpret_cast<std::uint64_t>(payload_.data());
  const std::size_t bytes =
      rnic::to_bytes(with_payload, path, {rte_pktmbuf_mtod(mbuf, std::byte*), rte_pktmbuf_tailroom(mbuf)});
  mbuf->data_len = static_cast<std::uint16_t>(bytes);
  mbuf->pkt_len = static_cast<std::uint32_t>(bytes);
  waiting_[waiting_count_] = mbuf;
  due_[waiting_count_++] = due;
}

std::uint32_t Endpoint::give(const TscClock* clock, Instant now) {
  const std::uint32_t count = port_.give({waiting_.data(), waiting_count_});
  const Instant released = clock != nullptr ? clock->sample() : now;
  for (std::uint32_t i = 0; i < count; ++i) {
    const Duration lag = released - due_[i];
    lag_.record(lag);
    counters_.late += lag > config_.max_lag ? 1U : 0U;
  }
  std::move(waiting_.begin() + count, waiting_.begin() + waiting_count_, waiting_.begin());
  std::move(due_.begin() + count, due_.begin() + waiting_count_, due_.begin());
  waiting_count_ -= count;
  if (counters_.sent == 0 && count > 0) [[unlikely]]
    first_sent_at_.store(released, std::memory_order_relaxed);
  counters_.sent += count;
  sent_so_far_.store(counters_.sent, std::memory_order_relaxed);
  return count;
}

void Endpoint::hand_over(std::uint32_t nic, Instant now) {
  for (const rnic::Completion& completion : nics_[nic]->completions()) {
    const endpoint::Completed completed{completion, now, nic};
    if (!unhanded_.empty() || !channel_.completed.push(completed)) unhanded_.push_back(completed);
  }
  nics_[nic]->clear_completions();
}

// Locally administered, and of the range for private networks: site and RNIC can be read from both.
rnic::EndpointAddress Endpoint::address(std::uint8_t site, std::uint32_t nic) const noexcept {
  const auto high = static_cast<std::uint8_t>(nic >> 8), low = static_cast<std::uint8_t>(nic);
  return {{2, 0, 0, site, high, low}, wire::Ipv4Address{10, site, high, low}};
}

}  // namespace farlink::dpdk
