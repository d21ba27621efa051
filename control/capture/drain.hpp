// SPDX-License-Identifier: Apache-2.0
// From a forwarding lcore's ring to a file.
#pragma once

#include <cstddef>

#include "control/capture/filter.hpp"
#include "control/capture/pcapng_writer.hpp"
#include "dataplane/link/capture_ring.hpp"

namespace farlink::capture {

// Takes up to `most` frames from `ring` and writes those that the filter lets through; returns how many were taken, so
// less than `most` means that the ring was empty. The caller is the ring's only consumer. Throws as
// PcapngWriter::write.
inline std::size_t drain(link::CaptureRing& ring, const Filter& filter, PcapngWriter& writer, std::size_t most) {
  std::size_t taken = 0;
  for (; taken < most; ++taken) {
    const link::CapturedFrame* frame = ring.front();
    if (frame == nullptr) break;
    if (filter.matches(*frame)) writer.write(*frame);
    ring.pop();
  }
  return taken;
}

}  // namespace farlink::capture
