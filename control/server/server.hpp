// SPDX-License-Identifier: Apache-2.0
// The control service of a live run: one request as a line of JSON, one answer as a line of JSON, over a Unix socket
// that belongs to its owner alone. One thread, which is also the one that works between requests. Every byte of a peer
// is taken for hostile: sizes, numbers and times are bounded, and a bad peer harms itself alone.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>

#include "control/json/json.hpp"

namespace farlink::server {

struct ServerLimits {
  std::size_t request_bytes = std::size_t{64} << 10;  // of a line; a longer one is answered with an error, and the end
  std::size_t connections = 16;                       // at once; one more is answered with an error, and the end
  std::chrono::milliseconds silence{60'000};          // of a peer that does not send a whole line, or does not read
};

class Server {
 public:
  // Answers a request: the members of the answer besides "ok". What it throws becomes {"ok": false, "error": ...}.
  using Handler = std::function<json::object(const json::object& request)>;
  // Does what is due, and tells how long nothing else will be.
  using Work = std::function<std::chrono::nanoseconds()>;

  // Listens at `path` at once. Throws std::runtime_error as UnixListener does.
  Server(const std::filesystem::path& path, Handler handler, const ServerLimits& limits = {});
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  ~Server();  // closes all connections and removes the socket

  const std::filesystem::path& path() const noexcept;

  // Serves and works in turns until `is_over` says so, which is asked after every request and every 100 ms at least.
  // An answer under way is finished first (for a second at most), so that the one who asked for the end is told.
  void run(const Work& work, const std::function<bool()>& is_over);

 private:
  class Service;
  std::unique_ptr<Service> service_;
};

}  // namespace farlink::server
