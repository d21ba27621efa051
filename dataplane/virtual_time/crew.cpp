// SPDX-License-Identifier: Apache-2.0
#include "dataplane/virtual_time/crew.hpp"

#include <algorithm>
#include <utility>

namespace farlink::virtual_time {

Crew::Crew(std::uint32_t threads, std::uint32_t parts, std::function<void(std::uint32_t)> work)
    : thread_count_{threads}, parts_{parts}, work_{std::move(work)}, begin_{threads}, end_{threads}, thrown_(parts) {
  for (std::uint32_t thread = 1; thread < thread_count_; ++thread)
    threads_.emplace_back([this, thread] { serve(thread); });
}

Crew::~Crew() {
  is_over_ = true;
  begin_.arrive_and_wait();
}

void Crew::take_turn(std::uint32_t thread) {
  for (std::uint32_t part = thread; part < parts_; part += thread_count_) {
    try {
      work_(part);
    } catch (...) {
      thrown_[part] = std::current_exception();
    }
  }
}

void Crew::serve(std::uint32_t thread) {
  for (;;) {
    begin_.arrive_and_wait();
    if (is_over_) return;
    take_turn(thread);
    end_.arrive_and_wait();
  }
}

void Crew::work() {
  begin_.arrive_and_wait();
  take_turn(0);
  end_.arrive_and_wait();
  const auto first = std::find_if(thrown_.begin(), thrown_.end(), [](const auto& thrown) { return thrown != nullptr; });
  if (first == thrown_.end()) return;
  const std::exception_ptr thrown = *first;
  std::fill(thrown_.begin(), thrown_.end(), nullptr);
  std::rethrow_exception(thrown);
}

}  // namespace farlink::virtual_time
