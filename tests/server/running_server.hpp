// SPDX-License-Identifier: Apache-2.0
// A server in a thread of its own under a temporary folder, and a peer that sends whatever bytes it likes.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <poll.h>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/socket.h>
#include <sys/un.h>
#include <thread>
#include <unistd.h>

#include "control/server/server.hpp"

namespace farlink::server::test {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "farlink-server-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  const fs::path& path() const noexcept { return path_; }
  fs::path socket() const { return path_ / "lab.sock"; }

 private:
  fs::path path_;
};

class Peer {
 public:
  explicit Peer(const fs::path& path) : descriptor_{socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.native().copy(static_cast<char*>(address.sun_path), sizeof address.sun_path - 1);
    if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      throw std::runtime_error("cannot connect");
  }
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer() { close(descriptor_); }

  // Returns how much went out before the other side closed.
  std::size_t send(std::string_view bytes) {
    std::size_t sent = 0;
    while (sent < bytes.size()) {
      const ssize_t n = ::send(descriptor_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
      if (n <= 0) break;
      sent += static_cast<std::size_t>(n);
    }
    return sent;
  }
  void finish_sending() { shutdown(descriptor_, SHUT_WR); }

  // A line without its end; "" when the other side closed first, or nothing came for ten seconds.
  std::string line() {
    for (;;) {
      if (const std::size_t end = received_.find('\n'); end != std::string::npos) {
        const std::string found = received_.substr(0, end);
        received_.erase(0, end + 1);
        return found;
      }
      if (!receive()) return {};
    }
  }
  bool is_closed() { return received_.empty() && !receive(); }

 private:
  bool receive() {
    pollfd ready{descriptor_, POLLIN, 0};
    if (poll(&ready, 1, 10'000) != 1) return false;
    char chunk[4096];
    const ssize_t n = recv(descriptor_, chunk, sizeof chunk, 0);
    if (n > 0) received_.append(chunk, static_cast<std::size_t>(n));
    return n > 0;
  }

  int descriptor_;
  std::string received_;
};

class RunningServer {
 public:
  RunningServer(const fs::path& path, Server::Handler handler, const ServerLimits& limits = {})
      : server_{path, std::move(handler), limits}, thread_{[this] {
          server_.run([] { return std::chrono::milliseconds{10}; }, [this] { return is_over_.load(); });
        }} {}
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  ~RunningServer() {
    is_over_ = true;
    thread_.join();
  }

 private:
  std::atomic<bool> is_over_ = false;
  Server server_;
  std::thread thread_;
};

// Says what it was asked.
inline json::object echo(const json::object& request) {
  if (request.contains("fail")) throw std::runtime_error("no: " + std::string{request.at("fail").as_string()});
  return {{"asked", request}};
}

}  // namespace farlink::server::test
