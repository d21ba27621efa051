// SPDX-License-Identifier: Apache-2.0
#include "dataplane/wire/icrc.hpp"

#include <algorithm>
#include <array>

#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/crc32.hpp"

namespace farlink::wire {

namespace {

constexpr std::byte ones{0xff};

// The state after the eight bytes of ones that stand for the LRH.
constexpr std::uint32_t state_behind_lrh = [] {
  std::uint32_t state = crc32_start;
  for (int i = 0; i < 8; ++i) state = crc32_byte(state, ones);
  return state;
}();
static_assert(state_behind_lrh == 0xdebb'20e3);

}  // namespace

std::uint32_t icrc(std::span<const std::byte> frame, const RoceLayout& layout) noexcept {
  // IP header with 40 bytes of options at most, UDP, BTH: copied, so that the frame itself stays constant.
  std::array<std::byte, 60 + udp_bytes + bth_bytes> buffer;
  const std::size_t udp = layout.udp - layout.ip;
  const std::size_t bth = layout.bth - layout.ip;
  const std::span<std::byte> headers{buffer.data(), bth + bth_bytes};
  std::copy_n(frame.data() + layout.ip, headers.size(), headers.data());
  if (layout.version == IpVersion::v4) {
    headers[1] = ones;
    headers[8] = ones;
    headers[10] = headers[11] = ones;
  } else {
    headers[0] |= std::byte{0x0f};
    headers[1] = headers[2] = headers[3] = ones;
    headers[7] = ones;
  }
  headers[udp + 6] = headers[udp + 7] = ones;
  headers[bth + 4] = ones;
  const std::size_t rest = layout.bth + bth_bytes;
  return ~crc32_update(crc32_update(state_behind_lrh, headers), frame.subspan(rest, layout.icrc - rest));
}

std::optional<std::uint32_t> icrc(std::span<const std::byte> frame) noexcept {
  const RoceLayout layout = locate_roce(frame);
  if (layout.verdict != Verdict::ok) return {};
  return icrc(frame, layout);
}

std::uint32_t stored_icrc(std::span<const std::byte> frame, const RoceLayout& layout) noexcept {
  std::uint32_t value = 0;
  for (std::size_t i = icrc_bytes; i-- > 0;) value = value << 8 | load8(frame, layout.icrc + i);
  return value;
}

bool has_valid_icrc(std::span<const std::byte> frame) noexcept {
  const RoceLayout layout = locate_roce(frame);
  return layout.verdict == Verdict::ok && stored_icrc(frame, layout) == icrc(frame, layout);
}

}  // namespace farlink::wire
