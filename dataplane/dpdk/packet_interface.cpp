// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/packet_interface.hpp"

#include <charconv>
#include <cstring>
#include <filesystem>
#include <linux/if_packet.h>
#include <string>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <system_error>
#include <unistd.h>

namespace farlink::dpdk {
namespace {

ifreq request_for(const char* name) noexcept {
  ifreq request{};
  std::memcpy(request.ifr_name, name, IF_NAMESIZE);
  return request;
}

bool is_packet_socket_of(int descriptor, unsigned index) noexcept {
  sockaddr_ll address{};
  socklen_t length = sizeof address;
  return ::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0 &&
         address.sll_family == AF_PACKET && static_cast<unsigned>(address.sll_ifindex) == index;
}

}  // namespace

PacketInterface::PacketInterface(unsigned index) : control_{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)} {
  if_indextoname(index, name_);
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd", ignored)) {
    const std::string text = entry.path().filename();
    int descriptor = -1;
    std::from_chars(text.data(), text.data() + text.size(), descriptor);
    if (!is_packet_socket_of(descriptor, index)) continue;
    if (const int copy = ::dup(descriptor); copy >= 0) sockets_.push_back(copy);
  }
}

PacketInterface::~PacketInterface() {
  for (const int socket : sockets_) ::close(socket);
  if (control_ >= 0) ::close(control_);
}

std::uint32_t PacketInterface::mtu() const noexcept {
  ifreq request = request_for(name_);
  return ::ioctl(control_, SIOCGIFMTU, &request) == 0 ? static_cast<std::uint32_t>(request.ifr_mtu) : 0;
}

bool PacketInterface::is_running() const noexcept {
  ifreq request = request_for(name_);
  constexpr int wanted = IFF_UP | IFF_RUNNING;
  return ::ioctl(control_, SIOCGIFFLAGS, &request) == 0 && (request.ifr_flags & wanted) == wanted;
}

bool PacketInterface::is_ready_to_send() noexcept {
  if (!is_running()) return false;
  int forgotten = 0;
  socklen_t length = sizeof forgotten;
  for (const int socket : sockets_) ::getsockopt(socket, SOL_SOCKET, SO_ERROR, &forgotten, &length);
  return true;
}

// The kernel counts from zero again after each reading.
std::uint64_t PacketInterface::lost() noexcept {
  for (const int socket : sockets_) {
    tpacket_stats since{};
    socklen_t length = sizeof since;
    if (::getsockopt(socket, SOL_PACKET, PACKET_STATISTICS, &since, &length) == 0) lost_ += since.tp_drops;
  }
  return lost_;
}

}  // namespace farlink::dpdk
