// SPDX-License-Identifier: Apache-2.0
// Reading a device as a scenario writes it: "net_af_packet0,iface=eth0,framesz=8192".
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace farlink::dpdk {

// "net_af_packet0"
inline std::string_view device_name(std::string_view device) noexcept { return device.substr(0, device.find(',')); }

// The value of one of its arguments; nothing when it is not there.
inline std::optional<std::string> device_argument(std::string_view device, std::string_view key) {
  for (std::size_t comma = device.find(','); comma != std::string_view::npos; comma = device.find(',')) {
    device.remove_prefix(comma + 1);
    const std::string_view argument = device.substr(0, device.find(','));
    if (argument.size() > key.size() && argument.starts_with(key) && argument[key.size()] == '=')
      return std::string{argument.substr(key.size() + 1)};
  }
  return std::nullopt;
}

}  // namespace farlink::dpdk
