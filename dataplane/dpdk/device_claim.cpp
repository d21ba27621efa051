// SPDX-License-Identifier: Apache-2.0
#include "dataplane/dpdk/device_claim.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <system_error>
#include <unistd.h>

#include "dataplane/dpdk/device_text.hpp"
#include "dataplane/dpdk/error.hpp"

namespace farlink::dpdk {
namespace {

// Whether somebody listens on this Unix socket; such a peer sees a connection that ends at once.
bool is_served(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) return false;
  path.copy(address.sun_path, path.size());
  const int probe = ::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  const int error = ::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
  ::close(probe);
  return error == 0 || error == EAGAIN || error == EINPROGRESS;
}

void claim_vhost(const std::string& device, const std::string& path) {
  std::error_code ignored;
  if (!std::filesystem::is_socket(path, ignored)) return;
  if (is_served(path))
    throw DeviceError("port " + device + ": another port or process serves the socket " + path +
                      "; stop it, or give this port a socket of its own");
  std::filesystem::remove(path, ignored);
}

}  // namespace

DeviceClaim::DeviceClaim(const std::string& device) {
  const std::string_view name = device_name(device);
  const auto interface = device_argument(device, "iface");
  if (!interface) return;
  if (name.starts_with("net_af_packet") || name.starts_with("net_af_xdp")) claim_interface(device, *interface);
  if (name.starts_with("net_vhost") && device_argument(device, "client").value_or("0") == "0")
    claim_vhost(device, *interface);
}

// A name in the abstract namespace of Unix sockets, which is that of the network namespace, as the interface's is.
void DeviceClaim::claim_interface(const std::string& device, const std::string& interface) {
  const std::string name = std::string{'\0'} + "farlink-interface/" + interface;
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (name.size() > sizeof address.sun_path) return;  // no interface has such a name: attaching will say so
  name.copy(address.sun_path, name.size());
  lock_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size());
  if (::bind(lock_, reinterpret_cast<const sockaddr*>(&address), length) == 0) return;
  const int error = errno;
  ::close(lock_);
  throw DeviceError("port " + device + ": interface " + interface +
                    (error == EADDRINUSE ? " is another port's or another farlink's already, and frames would be "
                                           "carried twice; stop that one, or give this port an interface of its own"
                                         : std::string{" cannot be claimed: "} + std::strerror(error)));
}

DeviceClaim::~DeviceClaim() {
  if (lock_ >= 0) ::close(lock_);
}

}  // namespace farlink::dpdk
