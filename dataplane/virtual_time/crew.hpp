// SPDX-License-Identifier: Apache-2.0
// Threads that do the parts of one piece of work side by side, again and again; the caller is one of them.
#pragma once

#include <barrier>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>
#include <vector>

namespace farlink::virtual_time {

class Crew {
 public:
  // threads: at least 1, the caller's included. `work` is called with the number of each part.
  Crew(std::uint32_t threads, std::uint32_t parts, std::function<void(std::uint32_t part)> work);
  ~Crew();
  Crew(const Crew&) = delete;
  Crew& operator=(const Crew&) = delete;

  // Does every part once; part p always by the same thread. What the caller wrote before is seen by all parts, and what
  // they write by the caller after. When parts threw, throws what the lowest of them did.
  void work();

 private:
  void take_turn(std::uint32_t thread);
  void serve(std::uint32_t thread);

  std::uint32_t thread_count_, parts_;
  std::function<void(std::uint32_t)> work_;
  std::barrier<> begin_, end_;
  bool is_over_ = false;
  std::vector<std::exception_ptr> thrown_;  // by part
  std::vector<std::jthread> threads_;
};

}  // namespace farlink::virtual_time
