// SPDX-License-Identifier: Apache-2.0
#include "control/server/client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <poll.h>
#include <stdexcept>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace farlink::server {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t longest_answer = std::size_t{16} << 20;

}  // namespace

Client::Client(const std::filesystem::path& socket, std::chrono::milliseconds patience)
    : path_{socket}, patience_{patience} {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string& text = path_.native();
  if (text.size() >= sizeof address.sun_path) fail("the path is too long for a socket");
  std::memcpy(static_cast<char*>(address.sun_path), text.c_str(), text.size() + 1);
  descriptor_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (descriptor_ < 0) fail(std::strerror(errno));
  if (connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  const int error = errno;
  close(descriptor_);
  if (error == ENOENT) fail("there is no such socket; start a live run with farlink up");
  if (error == ECONNREFUSED) fail("nobody serves it; the run that made it has ended");
  if (error == EACCES) fail("belongs to another user; ask as that one");
  fail(std::strerror(error));
}

Client::~Client() { close(descriptor_); }

void Client::fail(const std::string& what) const { throw std::runtime_error("socket " + path_.string() + ": " + what); }

void Client::wait_for(short events, Clock::time_point until) const {
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Clock::now()).count();
    if (left <= 0) fail("no answer within " + std::to_string(patience_.count()) + " ms");
    pollfd ready{descriptor_, events, 0};
    const int count = poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left, 1'000)));
    if (count > 0) return;
    if (count < 0 && errno != EINTR) fail(std::strerror(errno));
  }
}

void Client::send(const std::string& line, Clock::time_point until) {
  for (std::size_t sent = 0; sent < line.size();) {
    const ssize_t n = ::send(descriptor_, line.data() + sent, line.size() - sent, MSG_NOSIGNAL);
    if (n >= 0) {
      sent += static_cast<std::size_t>(n);
    } else if (errno == EAGAIN) {
      wait_for(POLLOUT, until);
    } else if (errno == EPIPE || errno == ECONNRESET) {
      return;  // it may have said why before it closed
    } else if (errno != EINTR) {
      fail(std::strerror(errno));
    }
  }
}

std::string Client::receive_line(Clock::time_point until) {
  std::array<char, 65'536> chunk;
  for (std::size_t searched = 0;;) {
    if (const std::size_t end = received_.find('\n', searched); end != std::string::npos) {
      std::string line = received_.substr(0, end);
      received_.erase(0, end + 1);
      return line;
    }
    searched = received_.size();
    if (received_.size() > longest_answer) fail("the answer does not end");
    const ssize_t n = recv(descriptor_, chunk.data(), chunk.size(), 0);
    if (n > 0) {
      received_.append(chunk.data(), static_cast<std::size_t>(n));
    } else if (n == 0 || errno == ECONNRESET) {
      fail("the run has closed the connection");
    } else if (errno == EAGAIN) {
      wait_for(POLLIN, until);
    } else if (errno != EINTR) {
      fail(std::strerror(errno));
    }
  }
}

json::object Client::ask(const json::object& request) {
  const Clock::time_point until = Clock::now() + patience_;
  send(json::to_line(request) + "\n", until);
  json::value answer = json::parse(receive_line(until));
  const json::object* members = answer.if_object();
  const json::value* is_ok = members == nullptr ? nullptr : members->if_contains("ok");
  if (is_ok == nullptr || !is_ok->is_bool()) fail("what answers there is no farlink");
  if (is_ok->get_bool()) return std::move(answer.get_object());
  const json::value* error = members->if_contains("error");
  throw std::runtime_error(error != nullptr && error->is_string() ? std::string{error->get_string()} : "refused");
}

}  // namespace farlink::server
