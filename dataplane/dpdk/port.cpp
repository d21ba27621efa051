// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/port.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <rte_dev.h>
#include <rte_errno.h>
#include <string_view>
#include <utility>

#include "dataplane/dpdk/error.hpp"
#include "dataplane/dpdk/log_text.hpp"

namespace farlink::dpdk {
namespace {

constexpr std::uint32_t header_and_tags = 14 + 2 * 4;

// Drivers without a MAC of their own between line and software: every frame that the peer sends arrives here.
constexpr std::array<std::string_view, 8> software_drivers{"net_vhost", "net_af_packet", "net_af_xdp", "net_tap",
                                                           "net_memif", "net_ring",      "net_pcap",   "net_null"};
// Of these the kernel interface's MTU bounds a frame; the others carry what an mbuf holds.
constexpr std::array<std::string_view, 3> kernel_drivers{"net_af_packet", "net_af_xdp", "net_tap"};

bool is_one_of(std::span<const std::string_view> names, std::string_view driver) {
  return std::find(names.begin(), names.end(), driver) != names.end();
}

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

Port::Port(const PortOptions& options, const Buffers& buffers) : device_{options.device} {
  name_ = device_.substr(0, device_.find(','));
  attach();
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

void Port::attach() {
  if (rte_eth_dev_get_port_by_name(name_.c_str(), &id_) == 0) return;
  LogText log;
  const int probed = rte_dev_probe(device_.c_str());
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
  const bool is_software = is_one_of(software_drivers, driver_);
  const bool is_kernel = is_one_of(kernel_drivers, driver_);

  rte_eth_conf conf{};
  const std::uint32_t wanted_mtu =
      std::min<std::uint32_t>(options.frame_bytes, buffers.frame_bytes()) - header_and_tags;
  if (!is_software) conf.rxmode.mtu = std::clamp<std::uint32_t>(wanted_mtu, info.min_mtu, info.max_mtu);
  can_schedule_ = (info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_SEND_ON_TIMESTAMP) != 0;
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
  hands_over_pause_ = is_software || probe_pause();
  if (const int error = rte_eth_dev_start(id_); error != 0) fail("cannot be started" + log.indented(), error);
  rte_eth_promiscuous_enable(id_);  // an emulator takes every frame, whoever it is for; software drivers know no other
  rte_eth_macaddr_get(id_, &mac_);

  std::uint16_t mtu = 0;
  rte_eth_dev_get_mtu(id_, &mtu);
  largest_frame_ = buffers.frame_bytes();
  if (is_kernel || !is_software) largest_frame_ = std::min<std::uint32_t>(largest_frame_, mtu + header_and_tags);
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
  rte_eth_link link{};
  return rte_eth_link_get_nowait(id_, &link) == 0 && link.link_status == RTE_ETH_LINK_UP;
}

rte_eth_stats Port::statistics() const noexcept {
  rte_eth_stats stats{};
  rte_eth_stats_get(id_, &stats);
  return stats;
}

}  // namespace farlink::dpdk
