// SPDX-License-Identifier: Apache-2.0
// How a message is striped over the queue pairs of its rank pair: whole packets, as evenly as they divide, at most 1
// GiB a request; a message with fewer packets than queue pairs uses as many, starting at another one each time.
#pragma once

#include <algorithm>
#include <cstdint>

namespace farlink::fabric_packets {

inline constexpr std::uint64_t largest_request = std::uint64_t{1} << 30;

// Calls part(queue pair index, bytes) for each request; returns how many there are.
template <class Part>
std::uint32_t for_each_part(std::uint64_t bytes, std::uint32_t mtu, std::uint32_t queue_pairs, std::uint64_t ordinal,
                            Part&& part) {
  const std::uint64_t packets = std::max<std::uint64_t>(1, (bytes + mtu - 1) / mtu);
  const std::uint64_t share = packets / queue_pairs, extra = packets % queue_pairs;
  std::uint64_t left = bytes;
  std::uint32_t parts = 0;
  for (std::uint32_t i = 0; i < queue_pairs; ++i) {
    const std::uint64_t mine = share + (i < extra ? 1 : 0);
    if (mine == 0) break;
    std::uint64_t stripe = std::min(left, mine * mtu);
    left -= stripe;
    const auto queue_pair = static_cast<std::uint32_t>((ordinal + i) % queue_pairs);
    do {
      const std::uint64_t request = std::min(stripe, largest_request);
      part(queue_pair, static_cast<std::uint32_t>(request));
      ++parts;
      stripe -= request;
    } while (stripe > 0);
  }
  return parts;
}

}  // namespace farlink::fabric_packets
