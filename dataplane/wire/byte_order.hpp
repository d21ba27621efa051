// SPDX-License-Identifier: Apache-2.0
// Reading and writing big-endian fields of a frame. Callers have checked that the bytes are there; debug builds assert
// it.
#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace farlink::wire {

// The `count` (1 to 8) bytes at `at` as a big-endian number.
constexpr std::uint64_t load_big(std::span<const std::byte> bytes, std::size_t at, std::size_t count) noexcept {
  assert(count <= 8 && at + count <= bytes.size());
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | std::to_integer<std::uint64_t>(bytes[at + i]);
  return value;
}
constexpr std::uint8_t load8(std::span<const std::byte> bytes, std::size_t at) noexcept {
  return static_cast<std::uint8_t>(load_big(bytes, at, 1));
}
constexpr std::uint16_t load16(std::span<const std::byte> bytes, std::size_t at) noexcept {
  return static_cast<std::uint16_t>(load_big(bytes, at, 2));
}
constexpr std::uint32_t load24(std::span<const std::byte> bytes, std::size_t at) noexcept {
  return static_cast<std::uint32_t>(load_big(bytes, at, 3));
}
constexpr std::uint32_t load32(std::span<const std::byte> bytes, std::size_t at) noexcept {
  return static_cast<std::uint32_t>(load_big(bytes, at, 4));
}
constexpr std::uint64_t load64(std::span<const std::byte> bytes, std::size_t at) noexcept {
  return load_big(bytes, at, 8);
}

constexpr void store_big(std::span<std::byte> bytes, std::size_t at, std::size_t count, std::uint64_t value) noexcept {
  assert(count <= 8 && at + count <= bytes.size());
  for (std::size_t i = count; i-- > 0; value >>= 8) bytes[at + i] = static_cast<std::byte>(value & 0xffU);
}

// Writes fields one behind the other from the front of a buffer.
class FieldWriter {
 public:
  explicit constexpr FieldWriter(std::span<std::byte> out) noexcept : out_{out} {}

  constexpr void put8(std::uint64_t value) noexcept { put(1, value); }
  constexpr void put16(std::uint64_t value) noexcept { put(2, value); }
  constexpr void put24(std::uint64_t value) noexcept { put(3, value); }
  constexpr void put32(std::uint64_t value) noexcept { put(4, value); }
  constexpr void put64(std::uint64_t value) noexcept { put(8, value); }
  // May overlap the buffer: a payload that already lies in place stays there.
  void put_bytes(const void* source, std::size_t count) noexcept {
    assert(at_ + count <= out_.size());
    if (count > 0) std::memmove(out_.data() + at_, source, count);
    at_ += count;
  }
  constexpr void put_zeros(std::size_t count) noexcept {
    for (std::size_t i = 0; i < count; ++i) put8(0);
  }

  constexpr std::size_t written() const noexcept { return at_; }

 private:
  constexpr void put(std::size_t count, std::uint64_t value) noexcept {
    store_big(out_, at_, count, value);
    at_ += count;
  }

  std::span<std::byte> out_;
  std::size_t at_ = 0;
};

}  // namespace farlink::wire
