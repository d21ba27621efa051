// SPDX-License-Identifier: Apache-2.0
// The control thread of a live run: requests of the socket, events of the timeline, captures, and whatever the caller
// wants to do every 100 ms. Listens from construction on, so that a path that is taken is found out before ports are.
#pragma once

#include <filesystem>
#include <functional>

#include "control/live/session.hpp"
#include "control/server/server.hpp"

namespace farlink::server {

class LiveServer {
 public:
  // Throws std::runtime_error as UnixListener does.
  explicit LiveServer(const std::filesystem::path& path, const ServerLimits& limits = {});

  const std::filesystem::path& path() const noexcept { return server_.path(); }

  // Runs until is_interrupted() or a "stop" request, then completes captures. `tick` is called every 100 ms, and may be
  // empty. Returns true when somebody asked for the end, false when it was interrupted.
  bool run(live::Session& session, const std::function<bool()>& is_interrupted, const std::function<void()>& tick);

 private:
  Server::Handler handler_;  // of the run; a request that comes before it waits
  Server server_;
};

}  // namespace farlink::server
