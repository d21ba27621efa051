// SPDX-License-Identifier: Apache-2.0
#include "control/server/live_server.hpp"

#include <chrono>

#include "control/server/live_service.hpp"

namespace farlink::server {

LiveServer::LiveServer(const std::filesystem::path& path, const ServerLimits& limits)
    : server_{path, [this](const json::object& request) { return handler_(request); }, limits} {}

bool LiveServer::run(live::Session& session, const std::function<bool()>& is_interrupted,
                     const std::function<void()>& tick) {
  using Clock = std::chrono::steady_clock;
  constexpr auto period = std::chrono::milliseconds{100};
  LiveService service{session};
  handler_ = [&service](const json::object& request) { return service.answer(request); };
  Clock::time_point next_tick = Clock::now();
  const auto work = [&]() -> std::chrono::nanoseconds {
    session.work();
    if (const auto now = Clock::now(); now >= next_tick) {
      if (tick) tick();
      next_tick = now + period;
    }
    const std::chrono::nanoseconds rest{session.until_work().picoseconds() / 1'000};
    return std::min<std::chrono::nanoseconds>(rest, next_tick - Clock::now());
  };
  server_.run(work, [&] { return service.is_stop_wanted() || is_interrupted(); });
  session.finish();
  return service.is_stop_wanted();
}

}  // namespace farlink::server
