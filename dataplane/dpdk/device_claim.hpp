// SPDX-License-Identifier: Apache-2.0
// The right to a device that the kernel would let two processes use at once: packet sockets on one interface would both
// carry every frame, and a second vhost-user socket would take the first one's path away. Held until destroyed; a
// process that dies gives it back.
#pragma once

#include <string>

namespace farlink::dpdk {

class DeviceClaim {
 public:
  // device: as in the scenario; one that the kernel or DPDK guards already needs no claim. A vhost-user socket that a
  // dead process left behind is removed. Throws DeviceError when another port or process has the device.
  explicit DeviceClaim(const std::string& device);
  ~DeviceClaim();
  DeviceClaim(const DeviceClaim&) = delete;
  DeviceClaim& operator=(const DeviceClaim&) = delete;

 private:
  void claim_interface(const std::string& device, const std::string& interface);

  int lock_ = -1;
};

}  // namespace farlink::dpdk
