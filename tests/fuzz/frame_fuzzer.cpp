// SPDX-License-Identifier: Apache-2.0
// Any bytes as a frame: parsing never reads outside; what parses is rebuilt to the same bytes (but for reserved bytes
// that nobody reads, and the ICRC, which is recomputed); marking CE and rebuilding keep a frame valid.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "dataplane/wire/build.hpp"
#include "dataplane/wire/byte_order.hpp"
#include "dataplane/wire/checksum.hpp"
#include "dataplane/wire/ecn.hpp"
#include "dataplane/wire/icrc.hpp"
#include "dataplane/wire/layout.hpp"
#include "dataplane/wire/parse.hpp"
#include "dataplane/wire/pause.hpp"

namespace {

using namespace farlink::wire;

void expect(bool holds) {
  if (!holds) std::abort();
}

// The bytes of a parsed frame that a rebuild does not carry over: pad, a CNP's reserved bytes, the ICRC; and an IPv4
// checksum in its other representation of zero.
void forget_what_nobody_reads(std::span<std::byte> frame, const Parsed& parsed) {
  const RoceLayout layout = locate_roce(frame);
  const std::size_t payload = parsed.packet.payload.size();
  const std::size_t reserved = is_cnp(parsed.packet.bth.opcode) ? cnp_reserved_bytes : 0U;
  const std::size_t behind_payload = layout.bth + header_bytes(parsed.packet.bth.opcode) - reserved + payload;
  std::fill(frame.begin() + static_cast<std::ptrdiff_t>(behind_payload), frame.end(), std::byte{0});
  const std::size_t checksum = layout.ip + 10;
  if (layout.version == IpVersion::v4 && frame[checksum] == std::byte{0xff} && frame[checksum + 1] == std::byte{0xff}) {
    frame[checksum] = frame[checksum + 1] = std::byte{0};
  }
}

void check_rebuild(std::span<const std::byte> frame, const Parsed& parsed) {
  std::vector<std::byte> rebuilt(parsed.frame_bytes);
  expect(frame_bytes(parsed.packet) == parsed.frame_bytes);
  expect(build(parsed.packet, rebuilt) == parsed.frame_bytes);
  expect(has_valid_icrc(rebuilt));
  const Parsed again = parse(rebuilt);
  expect(again.verdict == Verdict::ok && again.packet.bth == parsed.packet.bth);
  std::vector<std::byte> original(frame.begin(), frame.begin() + static_cast<std::ptrdiff_t>(parsed.frame_bytes));
  forget_what_nobody_reads(original, parsed);
  forget_what_nobody_reads(rebuilt, parsed);
  expect(original == rebuilt);
}

void check_marking(std::span<const std::byte> frame, const Parsed& parsed) {
  std::vector<std::byte> marked(frame.begin(), frame.end());
  const bool was_valid = has_valid_icrc(frame);
  const CeMark mark = set_ce(marked);
  if (!parsed) return;
  const Ecn before = parsed.packet.ecn;
  expect(mark == (before == Ecn::not_ect ? CeMark::not_ect
                  : before == Ecn::ce    ? CeMark::already_marked
                                         : CeMark::marked));
  const Parsed again = parse(marked);
  expect(again.verdict == Verdict::ok);
  expect(again.packet.ecn == (before == Ecn::not_ect ? Ecn::not_ect : Ecn::ce));
  expect(has_valid_icrc(marked) == was_valid);
}

void check_mac_control(std::span<const std::byte> frame) {
  const auto control = parse_mac_control(frame);
  std::vector<std::byte> rebuilt(pause_frame_bytes);
  if (const auto* pfc = std::get_if<PfcFrame>(&control)) {
    expect(build(*pfc, rebuilt) == pause_frame_bytes);
  } else if (const auto* pause = std::get_if<PauseFrame>(&control)) {
    expect(build(*pause, rebuilt) == pause_frame_bytes);
  } else {
    return;
  }
  expect(parse_mac_control(rebuilt) == control);
}

void check(std::span<const std::byte> frame) {
  const Parsed parsed = parse(frame);
  if (parsed) check_rebuild(frame, parsed);
  check_marking(frame, parsed);
  check_mac_control(frame);
}

// A copy with the right IPv4 checksum, which mutation alone hits once in 65,536 times.
std::vector<std::byte> with_right_checksum(std::span<const std::byte> frame) {
  std::vector<std::byte> mended(frame.begin(), frame.end());
  const RoceLayout layout = locate_roce(frame);
  if (layout.verdict == Verdict::ok && layout.version == IpVersion::v4) {
    store_big(mended, layout.ip + 10, 2, 0);
    const std::uint32_t sum = ones_complement_sum(std::span{mended}.subspan(layout.ip, layout.udp - layout.ip));
    store_big(mended, layout.ip + 10, 2, ~sum);
  }
  return mended;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto frame = std::as_bytes(std::span{data, size});
  check(frame);
  check(with_right_checksum(frame));
  return 0;
}
