// SPDX-License-Identifier: Apache-2.0
// Captured frames between two threads: whole, in order, each once; and what does not fit is counted.
#include "dataplane/link/capture_ring.hpp"

#include <catch2/catch.hpp>
#include <thread>

namespace farlink::link {
namespace {

using units::Duration;
using units::Instant;

std::vector<std::byte> numbered(std::size_t size, std::uint64_t number) {
  std::vector<std::byte> bytes(size);
  for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::byte>((number * 31 + i) & 0xffU);
  return bytes;
}

CapturedFrame frame_of(std::span<const std::byte> bytes, std::int64_t number) {
  return {.stamp = Instant::start() + Duration::nanoseconds(number),
          .original_bytes = static_cast<std::uint32_t>(bytes.size()),
          .link = 3,
          .direction = 1,
          .point = CapturePoint::line,
          .bytes = bytes};
}

TEST_CASE("frames come out as they went in, cut to the snap length") {
  CaptureRing ring{4, 64};
  CHECK(ring.snap_bytes() == 64);
  CHECK(ring.front() == nullptr);
  for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 9'216U}) {
    const auto bytes = numbered(size, size);
    ring.push(frame_of(bytes, 5));
    const CapturedFrame* frame = ring.front();
    REQUIRE(frame != nullptr);
    CHECK(frame->bytes.data() != bytes.data());
    CHECK(std::equal(frame->bytes.begin(), frame->bytes.end(), bytes.begin()));
    CHECK(frame->bytes.size() == std::min<std::size_t>(size, 64));
    CHECK(frame->original_bytes == size);
    CHECK(frame->stamp == Instant::start() + Duration::nanoseconds(5));
    CHECK(frame->link == 3);
    CHECK(frame->direction == 1);
    CHECK(frame->point == CapturePoint::line);
    ring.pop();
    CHECK(ring.front() == nullptr);
  }
  CHECK(ring.missed() == 0);
}

TEST_CASE("a full ring keeps what it has, and counts what it misses") {
  CaptureRing ring{4, 16};
  const auto bytes = numbered(16, 0);
  for (std::int64_t i = 0; i < 7; ++i) ring.push(frame_of(bytes, i));
  CHECK(ring.missed() == 3);
  ring.pop();
  ring.push(frame_of(bytes, 7));
  for (const std::int64_t expected : {1, 2, 3, 7}) {
    REQUIRE(ring.front() != nullptr);
    CHECK(ring.front()->stamp == Instant::start() + Duration::nanoseconds(expected));
    ring.pop();
  }
  CHECK(ring.front() == nullptr);
  CHECK(ring.missed() == 3);
}

TEST_CASE("sizes that cannot be are refused") {
  CHECK_THROWS_AS((CaptureRing{0, 64}), std::invalid_argument);
  CHECK_THROWS_AS((CaptureRing{3, 64}), std::invalid_argument);
  CHECK_THROWS_AS((CaptureRing{4, 0}), std::invalid_argument);
  CaptureRing one{1, 1};
  const auto bytes = numbered(1, 0);
  one.push(frame_of(bytes, 0));
  one.push(frame_of(bytes, 1));
  CHECK(one.missed() == 1);
}

TEST_CASE("one thread pushes, another takes: every frame is whole and in order") {
  constexpr std::int64_t frames = 100'000;
  CaptureRing ring{64, 128};
  std::uint64_t refusals = 0;
  std::jthread producer{[&ring, &refusals] {
    for (std::int64_t i = 0; i < frames; ++i) {
      const auto bytes = numbered(1 + static_cast<std::size_t>(i) % 128, static_cast<std::uint64_t>(i));
      const CapturedFrame frame = frame_of(bytes, i);
      for (;;) {  // until there is room, so that the number taken is exact
        const std::uint64_t before = ring.missed();
        ring.push(frame);
        if (ring.missed() == before) break;
        ++refusals;
        std::this_thread::yield();
      }
    }
  }};
  std::int64_t wrong = 0;
  for (std::int64_t i = 0; i < frames;) {
    const CapturedFrame* frame = ring.front();
    if (frame == nullptr) {
      std::this_thread::yield();
      continue;
    }
    const auto expected = numbered(1 + static_cast<std::size_t>(i) % 128, static_cast<std::uint64_t>(i));
    wrong += frame->stamp != Instant::start() + Duration::nanoseconds(i) ||
             !std::equal(frame->bytes.begin(), frame->bytes.end(), expected.begin(), expected.end());
    ring.pop();
    ++i;
  }
  producer.join();
  CHECK(wrong == 0);
  CHECK(ring.front() == nullptr);
  CHECK(ring.missed() == refusals);
}

}  // namespace
}  // namespace farlink::link
