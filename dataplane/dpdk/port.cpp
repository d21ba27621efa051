// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/port.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ether.h>
#include <string_view>

#include "dataplane/dpdk/device_text.hpp"
#include "dataplane/dpdk/error.hpp"
#include "dataplane/dpdk/log_text.hpp"
#include "dataplane/dpdk/packet_ring.hpp"

namespace farlink::dpdk {
namespace {

constexpr std::uint32_t ethernet_header = 14, tag = 4, header_and_tags = ethernet_header + 2 * tag;
// Frames that a packet socket holds: a lcore that shares its CPU is away for milliseconds.
constexpr std::uint32_t packet_ring_frames = 2'048;

// Drivers without a MAC of their own between line and software: every frame that the peer sends arrives here.
constexpr std::array<std::string_view, 8> software_drivers{"net_vhost", "net_af_packet", "net_af_xdp", "net_tap",
                                                           "net_memif", "net_ring",      "net_pcap",   "net_null"};
bool is_packet_socket(std::string_view device) { return device.starts_with("net_af_packet"); }

std::string advice_for(std::string_view device) {
  if (device.starts_with("net_vhost")) return "is its socket path writable and not in use by another process?";
  if (device.starts_with("net_af_packet"))
    return "does the interface exist (ip link), and does this process have CAP_NET_RAW?";
  if (device.starts_with("net_af_xdp"))
    return "does the interface exist (ip link), with an MTU of 3498 or less, and is nothing else bound to it?";
  if (device.starts_with("net_tap")) return "does this process have CAP_NET_ADMIN, and does /dev/net/tun exist?";
  if (device.starts_with("net_memif")) return "is its socket path writable, and does the peer have the other role?";
  if (device.starts_with("net_"))
    return "is the name one of net_vhost, net_af_packet, net_af_xdp, net_tap, net_memif, net_ring, net_pcap, net_null, "
           "with a number behind it?";
  return "is it bound to vfio-pci (dpdk-devbind.py --status), and in no other process's use?";
}

}  // namespace

std::uint32_t Port::room_beside_frame(const std::string& device) {
  return is_packet_socket(device) ? PacketRing::room_beside_frame : 0;
}

Port::Port(const PortOptions& options, const Buffers& buffers)
    : device_{options.device}, name_{device_name(device_)}, claim_{device_} {
  attach(buffers.frame_bytes());
  try {
    configure(options, buffers);
  } catch (...) {
    if (is_attached_here_) detach();
    throw;
  }
}

Port::~Port() {
  rte_eth_dev_stop(id_);
  if (is_attached_here_)
    detach();
  else
    rte_eth_dev_close(id_);
}

// Closing alone would leave the device's name taken for the rest of the process.
void Port::detach() noexcept {
  rte_eth_dev_info info{};
  const bool is_told = rte_eth_dev_info_get(id_, &info) == 0;
  rte_eth_dev_close(id_);
  if (is_told) rte_dev_remove(info.device);
}

void Port::fail(const std::string& what, int error) const {
  error = std::abs(error);
  throw DeviceError(
      "port " + device_ + ": " + what + ": " + rte_strerror(error) + "; " +
      (error == EBUSY ? "is the device in use for another access port, or by another process?" : advice_for(device_)));
}

void Port::attach(std::uint32_t mbuf_bytes) {
  if (rte_eth_dev_get_port_by_name(name_.c_str(), &id_) == 0) return;
  LogText log;
  std::string device = device_;
  if (is_packet_socket(device_)) {
    const PacketRing ring{device_, mbuf_bytes, packet_ring_frames};
    device = ring.device();
    largest_frame_ = ring.largest_frame();
  }
  const int probed = rte_dev_probe(device.c_str());
  if (probed != 0) fail("cannot be attached" + log.indented(), probed);
  if (rte_eth_dev_get_port_by_name(name_.c_str(), &id_) != 0)
    fail("was attached, but is no Ethernet device" + log.indented(), ENODEV);
  is_attached_here_ = true;
}

void Port::configure(const PortOptions& options, const Buffers& buffers) {
  LogText log;
  rte_eth_dev_info info{};
  if (const int error = rte_eth_dev_info_get(id_, &info); error != 0) fail("does not tell what it is", error);
  driver_ = info.driver_name;
  is_software_ = std::find(software_drivers.begin(), software_drivers.end(), driver_) != software_drivers.end();
  if ((driver_ == "net_af_packet" || driver_ == "net_af_xdp") && info.if_index != 0)
    interface_ = std::make_unique<PacketInterface>(info.if_index);

  rte_eth_conf conf{};
  const std::uint32_t wanted_mtu =
      std::min<std::uint32_t>(options.frame_bytes, buffers.frame_bytes()) - header_and_tags;
  if (!is_software_) conf.rxmode.mtu = std::clamp<std::uint32_t>(wanted_mtu, info.min_mtu, info.max_mtu);
  can_schedule_ = (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_SEND_ON_TIMESTAMP) != 0 &&
                  rte_mbuf_dyn_tx_timestamp_register(&schedule_field_, &schedule_flag_) == 0;
  if (can_schedule_) conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_SEND_ON_TIMESTAMP;
  if ((info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS) != 0)
    conf.txmode.offloads |= RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
  if (const int error = rte_eth_dev_configure(id_, 1, 1, &conf); error != 0)
    fail("cannot be configured" + log.indented(), error);

  std::uint16_t receive_descriptors = options.descriptors;
  std::uint16_t transmit_descriptors = options.descriptors;
  rte_eth_dev_adjust_nb_rx_tx_desc(id_, &receive_descriptors, &transmit_descriptors);
  if (const int error = rte_eth_rx_queue_setup(id_, 0, receive_descriptors, 0, nullptr, buffers.pool()); error != 0)
    fail("receive queue cannot be set up" + log.indented(), error);
  if (const int error = rte_eth_tx_queue_setup(id_, 0, transmit_descriptors, 0, nullptr); error != 0)
    fail("transmit queue cannot be set up" + log.indented(), error);
  hands_over_pause_ = is_software_ || probe_pause();
  if (const int error = rte_eth_dev_start(id_); error != 0) fail("cannot be started" + log.indented(), error);
  rte_eth_promiscuous_enable(id_);  // an emulator takes every frame, whoever it is for; software drivers know no other
  rte_eth_macaddr_get(id_, &mac_);

  note_largest_frame(buffers.frame_bytes());
}

// An mbuf bounds it, a packet socket's slot, and the MTU where there is one: of the kernel's interfaces an 802.1Q tag
// comes on top of it, of a NIC and of net_tap it is DPDK that allows for two.
void Port::note_largest_frame(std::uint32_t buffer_bytes) {
  largest_frame_ = largest_frame_ == 0 ? buffer_bytes : std::min(largest_frame_, buffer_bytes);
  largest_tagged_frame_ = largest_frame_;
  if (interface_ != nullptr) {
    const std::uint32_t mtu = interface_->mtu();
    largest_frame_ = std::min(largest_frame_, mtu + ethernet_header);
    largest_tagged_frame_ = std::min(largest_tagged_frame_, mtu + ethernet_header + tag);
  } else if (driver_ == "net_tap" || !is_software_) {
    std::uint16_t mtu = 0;
    rte_eth_dev_get_mtu(id_, &mtu);
    largest_frame_ = largest_tagged_frame_ = std::min<std::uint32_t>(largest_frame_, mtu + header_and_tags);
  }
}

void Port::begin() noexcept {
  if (interface_ == nullptr) return;
  std::array<rte_mbuf*, 64> mbufs;
  for (std::size_t i = 0; i < packet_ring_frames; i += mbufs.size())
    if (const std::uint16_t count = receive(mbufs); count > 0) rte_pktmbuf_free_bulk(mbufs.data(), count);
  before_ = total_statistics();
}

// The kernel takes the outermost tag out of a frame, and the driver tells it apart from the bytes. A tag that was
// 802.1ad comes back as 802.1Q: the driver does not say which it was.
void Port::put_tags_back(std::span<rte_mbuf*> mbufs) noexcept {
  for (rte_mbuf*& mbuf : mbufs)
    if ((mbuf->ol_flags & RTE_MBUF_F_RX_VLAN_STRIPPED) != 0) rte_vlan_insert(&mbuf);
}

// A hardware MAC eats pause frames unless it is told to hand them over.
bool Port::probe_pause() noexcept {
  rte_eth_fc_conf conf{};
  if (rte_eth_dev_flow_ctrl_get(id_, &conf) != 0) return false;
  conf.mode = RTE_ETH_FC_NONE;
  conf.mac_ctrl_frame_fwd = 1;
  if (rte_eth_dev_flow_ctrl_set(id_, &conf) != 0) return false;
  rte_eth_fc_conf now{};
  return rte_eth_dev_flow_ctrl_get(id_, &now) == 0 && now.mac_ctrl_frame_fwd == 1;
}

bool Port::is_up() const noexcept {
  if (interface_ != nullptr) return interface_->is_running();
  rte_eth_link link{};
  return rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

rte_eth_stats Port::total_statistics() const noexcept {
  rte_eth_stats stats{};
  rte_eth_stats_get(id_, &stats);
  if (interface_ != nullptr) stats.imissed += interface_->lost();
  // The others count as errors what they did not take, which is offered to them again.
  if (is_software_ && driver_ != "net_af_packet") stats.oerrors = 0;
  return stats;
}

rte_eth_stats Port::statistics() const noexcept {
  rte_eth_stats stats = total_statistics();
  stats.imissed -= before_.imissed;
  stats.rx_nombuf -= before_.rx_nombuf;
  stats.ierrors -= before_.ierrors;
  stats.oerrors -= before_.oerrors;
  return stats;
}

}  // namespace farlink::dpdk
