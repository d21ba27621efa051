// SPDX-License-Identifier: Apache-2.0
#include "tools/farlink/interruption.hpp"

#include <atomic>
#include <signal.h>
#include <unistd.h>

#include "tools/farlink/exit_code.hpp"

namespace farlink::cli {
namespace {

// The one global of the program: a signal handler gets no argument.
std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not lock");

extern "C" void on_signal(int /*number*/) {
  if (interrupted.exchange(true)) _exit(static_cast<int>(ExitCode::interrupted));
}

}  // namespace

void catch_interruption() {
  struct sigaction action = {};
  action.sa_handler = on_signal;
  action.sa_flags = SA_RESTART;
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

bool is_interrupted() noexcept { return interrupted.load(std::memory_order_relaxed); }

}  // namespace farlink::cli
