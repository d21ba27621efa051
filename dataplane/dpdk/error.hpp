// SPDX-License-Identifier: Apache-2.0
// What went wrong with a device, memory or the environment, where, and how to mend it.
#pragma once

#include <stdexcept>

namespace farlink::dpdk {

class DeviceError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace farlink::dpdk
