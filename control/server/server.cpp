// SPDX-License-Identifier: Apache-2.0
#include "control/server/server.hpp"

#include <algorithm>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <exception>
#include <string>
#include <utility>

#include "control/report/format.hpp"
#include "control/server/unix_listener.hpp"

namespace farlink::server {
namespace {

namespace asio = boost::asio;
using Socket = asio::local::stream_protocol::socket;
using Clock = std::chrono::steady_clock;

std::string line_of(const json::object& answer) { return json::to_line(answer) + "\n"; }

std::string refusal_line(std::string_view why) { return line_of({{"ok", false}, {"error", report::printable(why)}}); }

std::string answer_line(const Server::Handler& handler, const std::string& line) {
  try {
    const json::value request = json::parse(line);
    if (!request.is_object()) return refusal_line("a request is a JSON object, such as {\"op\": \"show\"}");
    json::object answer{{"ok", true}};
    for (auto& member : handler(request.get_object())) answer[member.key()] = std::move(member.value());
    return line_of(answer);
  } catch (const std::exception& error) {
    return refusal_line(error.what());
  }
}

// Ends what the socket waits for when it has not been set anew for so long. The timer may have expired while its socket
// is on its way out, so it does not keep hold of it.
class Watchdog {
 public:
  Watchdog(const std::shared_ptr<Socket>& socket, std::chrono::milliseconds patience)
      : socket_{socket}, timer_{socket->get_executor()}, patience_{patience} {}

  void set() {
    timer_.expires_after(patience_);
    timer_.async_wait([socket = socket_](boost::system::error_code error) {
      if (const auto still_there = socket.lock(); still_there && !error) still_there->cancel(error);
    });
  }

 private:
  std::weak_ptr<Socket> socket_;
  asio::steady_timer timer_;
  std::chrono::milliseconds patience_;
};

}  // namespace

class Server::Service {
 public:
  Service(const std::filesystem::path& path, Handler handler, const ServerLimits& limits)
      : listener_{path},
        handler_{std::move(handler)},
        limits_{limits},
        acceptor_{context_, asio::local::stream_protocol{}, listener_.release()},
        alarm_{context_},
        pause_{context_} {
    asio::co_spawn(context_, accept(), asio::detached);
  }

  const std::filesystem::path& path() const noexcept { return listener_.path(); }

  void run(const Work& work, const std::function<bool()>& is_over) {
    constexpr std::chrono::nanoseconds longest_rest = std::chrono::milliseconds{100};
    while (!is_over()) {
      const auto rest = std::clamp(work(), std::chrono::nanoseconds::zero(), longest_rest);
      wake_at(Clock::now() + rest);
      context_.run_one();
    }
    const auto patience = Clock::now() + std::chrono::seconds{1};
    while (answering_ > 0 && Clock::now() < patience) {
      wake_at(patience);
      context_.run_one();
    }
  }

 private:
  // An alarm that is early enough stays: setting it anew would wake the loop by itself.
  void wake_at(Clock::time_point when) {
    if (is_alarm_set_ && alarm_.expiry() <= when) return;
    is_alarm_set_ = true;
    alarm_.expires_at(when);
    alarm_.async_wait([this](boost::system::error_code error) {
      if (!error) is_alarm_set_ = false;
    });
  }

  asio::awaitable<void> accept() {
    for (;;) {
      boost::system::error_code error;
      Socket socket = co_await acceptor_.async_accept(asio::redirect_error(asio::use_awaitable, error));
      if (error == asio::error::operation_aborted) co_return;
      if (error) {  // out of descriptors, or the peer went: not the end of the service
        pause_.expires_after(std::chrono::milliseconds{100});
        co_await pause_.async_wait(asio::redirect_error(asio::use_awaitable, error));
        continue;
      }
      const bool is_welcome = connections_ < limits_.connections;
      ++connections_;
      auto shared = std::make_shared<Socket>(std::move(socket));
      asio::co_spawn(context_, is_welcome ? converse(std::move(shared)) : send_away(std::move(shared)),
                     [this](const std::exception_ptr&) { --connections_; });
    }
  }

  asio::awaitable<void> send_away(std::shared_ptr<Socket> socket) {
    // What fits into the socket's buffer or nothing: this peer is not waited for.
    boost::system::error_code error;
    socket->non_blocking(true, error);
    socket->write_some(asio::buffer(refusal_line("too many connections; close one of them")), error);
    co_return;
  }

  asio::awaitable<void> converse(std::shared_ptr<Socket> socket) {
    Watchdog watchdog{socket, limits_.silence};
    std::string buffer;
    for (;;) {
      boost::system::error_code error;
      watchdog.set();
      const std::size_t length =
          co_await asio::async_read_until(*socket, asio::dynamic_buffer(buffer, limits_.request_bytes), '\n',
                                          asio::redirect_error(asio::use_awaitable, error));
      const bool is_too_long = error == asio::error::not_found;
      if (error && !is_too_long) co_return;
      std::string answer =
          is_too_long
              ? refusal_line("a request has at most " + std::to_string(limits_.request_bytes) + " bytes in one line")
              : answer_line(handler_, buffer.substr(0, length - 1));
      buffer.erase(0, length);
      ++answering_;
      watchdog.set();
      co_await asio::async_write(*socket, asio::buffer(answer), asio::redirect_error(asio::use_awaitable, error));
      --answering_;
      if (error || is_too_long) co_return;
    }
  }

  UnixListener listener_;
  Handler handler_;
  ServerLimits limits_;
  std::size_t connections_ = 0;
  std::size_t answering_ = 0;
  bool is_alarm_set_ = false;
  asio::io_context context_{1};
  asio::local::stream_protocol::acceptor acceptor_;
  asio::steady_timer alarm_;  // of run()
  asio::steady_timer pause_;  // of accept()
};

Server::Server(const std::filesystem::path& path, Handler handler, const ServerLimits& limits)
    : service_{std::make_unique<Service>(path, std::move(handler), limits)} {}

Server::~Server() = default;

const std::filesystem::path& Server::path() const noexcept { return service_->path(); }

void Server::run(const Work& work, const std::function<bool()>& is_over) { service_->run(work, is_over); }

}  // namespace farlink::server
