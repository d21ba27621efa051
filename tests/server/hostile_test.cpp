// SPDX-License-Identifier: Apache-2.0
// Peers that mean no good: whatever one does, it is told or closed, and the next one is served.
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "tests/server/running_server.hpp"

namespace farlink::server::test {
namespace {

bool is_served(const fs::path& socket) {
  Peer peer{socket};
  peer.send("{\"op\":1}\n");
  return peer.line() == R"({"ok":true,"asked":{"op":1}})";
}

bool is_refusal(const std::string& line) {
  const json::value answer = json::parse(line);
  return !answer.at("ok").as_bool() && !answer.at("error").as_string().empty();
}

}  // namespace

TEST_CASE("lines that are no request are refused, and the connection goes on") {
  const Folder folder;
  const RunningServer server{folder.socket(), echo};
  Peer peer{folder.socket()};
  const std::vector<std::string> lines{"",
                                       "\r",
                                       "hello",
                                       "[]",
                                       "3",
                                       "null",
                                       "{\"op\":",
                                       "{} {}",
                                       "\"\\u\"",
                                       std::string(40, '['),
                                       std::string{"\0\0\0", 3},
                                       "\xff\xfe{}"};
  for (const std::string& line : lines) {
    INFO(line);
    peer.send(line + "\n");
    CHECK(is_refusal(peer.line()));
  }
  peer.send("{\"op\":1}\n");
  CHECK(peer.line() == R"({"ok":true,"asked":{"op":1}})");
}

TEST_CASE("random bytes") {
  const Folder folder;
  const RunningServer server{folder.socket(), echo};
  std::mt19937 random{5};
  for (int round = 0; round < 50; ++round) {
    Peer peer{folder.socket()};
    std::string bytes;
    for (unsigned i = 0; i < 1'000; ++i) bytes += static_cast<char>(random() & 0xffU);
    bytes += '\n';
    peer.send(bytes);
    CHECK(is_refusal(peer.line()));
  }
  CHECK(is_served(folder.socket()));
}

TEST_CASE("a line that is too long is refused at its limit, and the connection ends") {
  const Folder folder;
  const RunningServer server{folder.socket(), echo, {.request_bytes = 1'000}};
  Peer fits{folder.socket()};
  const std::string request = "{\"op\":\"" + std::string(1'000 - 10, 'x') + "\"}";  // 999, and the newline
  fits.send(request + "\n");
  CHECK(fits.line() == R"({"ok":true,"asked":)" + request + "}");
  Peer peer{folder.socket()};
  peer.send(std::string(1'000, 'x'));
  CHECK(peer.line() == R"({"ok":false,"error":"a request has at most 1000 bytes in one line"})");
  CHECK(peer.is_closed());
  Peer flood{folder.socket()};
  flood.send(std::string(10'000'000, 'y'));  // ends early: nobody reads it all
  CHECK(is_served(folder.socket()));
}

TEST_CASE("half a line, and gone") {
  const Folder folder;
  const RunningServer server{folder.socket(), echo};
  for (int i = 0; i < 100; ++i) {
    Peer peer{folder.socket()};
    peer.send(i % 2 == 0 ? "{\"op\":" : "{\"op\":1}\n");  // and no look at the answer
  }
  Peer half{folder.socket()};
  half.send("{\"op\":");
  half.finish_sending();
  CHECK(half.is_closed());
  CHECK(is_served(folder.socket()));
}

TEST_CASE("connections are limited; one that ends makes room") {
  const Folder folder;
  const RunningServer server{folder.socket(), echo, {.connections = 2}};
  {
    Peer first{folder.socket()};
    Peer second{folder.socket()};
    first.send("{}\n");
    second.send("{}\n");
    CHECK(first.line() == R"({"ok":true,"asked":{}})");
    CHECK(second.line() == R"({"ok":true,"asked":{}})");
    Peer third{folder.socket()};
    CHECK(third.line() == R"({"ok":false,"error":"too many connections; close one of them"})");
    CHECK(third.is_closed());
  }
  bool is_room = false;
  for (int i = 0; i < 200 && !is_room; ++i) {
    is_room = is_served(folder.socket());
    if (!is_room) std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  CHECK(is_room);
}

TEST_CASE("a silent peer, and one that does not read, are closed after a while") {
  const Folder folder;
  const std::string big(50'000, 'x');
  const RunningServer server{folder.socket(),
                             [&](const json::object&) {
                               return json::object{{"big", big}};
                             },
                             {.silence = std::chrono::milliseconds{50}}};
  Peer silent{folder.socket()};
  silent.send("{\"op\"");
  CHECK(silent.is_closed());
  Peer deaf{folder.socket()};
  std::string many;
  for (int i = 0; i < 10'000; ++i) many += "{}\n";
  const std::size_t sent = deaf.send(many);  // 500 MB of answers that it does not take
  CHECK(sent <= many.size());
  std::this_thread::sleep_for(std::chrono::milliseconds{200});
  Peer other{folder.socket()};
  other.send("{}\n");
  CHECK(other.line().size() > big.size());
}

}  // namespace farlink::server::test
