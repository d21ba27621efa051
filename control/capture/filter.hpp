// SPDX-License-Identifier: Apache-2.0
// A filter expression as tcpdump has them ("udp port 4791 and host 10.0.0.2"), compiled once by libpcap.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "dataplane/link/capture_ring.hpp"

struct bpf_program;

namespace farlink::capture {

class Filter {
 public:
  // An empty expression matches every frame. Throws CaptureError with libpcap's message when it cannot be understood.
  explicit Filter(const std::string& expression);

  // Of a frame that was cut, only the bytes kept can be looked at.
  bool matches(const link::CapturedFrame& frame) const noexcept;

 private:
  struct Free {
    void operator()(bpf_program* program) const noexcept;
  };
  std::unique_ptr<bpf_program, Free> program_;  // null: everything
};

}  // namespace farlink::capture
