// SPDX-License-Identifier: Apache-2.0
#include "tests/link/counting_new.hpp"

#include <cstdlib>
#include <malloc.h>
#include <new>

namespace farlink::test {
namespace {
Allocations all;

void* counted(void* memory) {
  if (memory == nullptr) throw std::bad_alloc{};
  ++all.calls;
  all.live_bytes += static_cast<std::int64_t>(malloc_usable_size(memory));
  return memory;
}
}  // namespace

Allocations allocations() noexcept { return all; }
void* counted_allocate(std::size_t bytes) { return counted(std::malloc(bytes)); }
void* counted_allocate(std::size_t bytes, std::size_t alignment) {
  return counted(std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment));
}
void counted_free(void* memory) noexcept {
  if (memory == nullptr) return;
  all.live_bytes -= static_cast<std::int64_t>(malloc_usable_size(memory));
  std::free(memory);
}

}  // namespace farlink::test

using farlink::test::counted_allocate;
using farlink::test::counted_free;

void* operator new(std::size_t bytes) { return counted_allocate(bytes); }
void* operator new[](std::size_t bytes) { return counted_allocate(bytes); }
void* operator new(std::size_t bytes, std::align_val_t a) {
  return counted_allocate(bytes, static_cast<std::size_t>(a));
}
void* operator new[](std::size_t bytes, std::align_val_t a) {
  return counted_allocate(bytes, static_cast<std::size_t>(a));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept { return counted_allocate(bytes); }
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept { return counted_allocate(bytes); }
void operator delete(void* memory) noexcept { counted_free(memory); }
void operator delete[](void* memory) noexcept { counted_free(memory); }
void operator delete(void* memory, std::size_t) noexcept { counted_free(memory); }
void operator delete[](void* memory, std::size_t) noexcept { counted_free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { counted_free(memory); }
void operator delete[](void* memory, std::align_val_t) noexcept { counted_free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { counted_free(memory); }
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept { counted_free(memory); }
