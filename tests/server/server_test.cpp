// SPDX-License-Identifier: Apache-2.0
// Requests and answers, and the turns that serving and working take.
#include <algorithm>
#include <catch2/catch.hpp>
#include <vector>

#include "tests/server/running_server.hpp"

namespace farlink::server::test {

using Clock = std::chrono::steady_clock;

TEST_CASE("a line is answered by a line, several on one connection, in order") {
  const Folder folder;
  const RunningServer server{folder.socket(), echo};
  Peer peer{folder.socket()};
  peer.send("{\"op\":\"a\"}\n");
  CHECK(peer.line() == R"({"ok":true,"asked":{"op":"a"}})");
  peer.send("{\"op\":\"b\"}\n{\"fail\":\"c\"}\n  {\"op\": \"d\"}  \n");
  CHECK(peer.line() == R"({"ok":true,"asked":{"op":"b"}})");
  CHECK(peer.line() == R"({"ok":false,"error":"no: c"})");
  CHECK(peer.line() == R"({"ok":true,"asked":{"op":"d"}})");
  peer.send("{\"op\":");
  peer.send("\"e\"}\n");
  CHECK(peer.line() == R"({"ok":true,"asked":{"op":"e"}})");
}

TEST_CASE("a peer that is done sending still gets its answer") {
  const Folder folder;
  const RunningServer server{folder.socket(), echo};
  Peer peer{folder.socket()};
  peer.send("{}\n");
  peer.finish_sending();
  CHECK(peer.line() == R"({"ok":true,"asked":{}})");
  CHECK(peer.is_closed());
}

TEST_CASE("the socket is its owner's alone, and gone afterwards") {
  const Folder folder;
  {
    const RunningServer server{folder.socket(), echo};
    CHECK(fs::is_socket(folder.socket()));
    CHECK(fs::status(folder.socket()).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
  }
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("work is done when it is due, also between requests, and the end is asked for after each") {
  const Folder folder;
  bool is_over = false;
  Server server{folder.socket(), [&](const json::object&) {
                  is_over = true;
                  return json::object{};
                }};
  Peer peer{folder.socket()};
  int worked = 0;
  const auto work = [&]() -> std::chrono::nanoseconds {
    if (++worked == 5) peer.send("{}\n");
    return std::chrono::milliseconds{1};
  };
  server.run(work, [&] { return is_over; });
  CHECK(worked >= 5);
  CHECK(peer.line() == R"({"ok":true})");  // the answer to the request that ended it
}

TEST_CASE("a rest is as long as work says, and 100 ms at most") {
  const Folder folder;
  Server server{folder.socket(), echo};
  constexpr std::size_t long_rests = 4, rests = 12;  // the first ends with the server's own start
  std::vector<Clock::time_point> times;
  const auto work = [&]() -> std::chrono::nanoseconds {
    times.push_back(Clock::now());
    return times.size() <= long_rests ? std::chrono::nanoseconds{std::chrono::hours{1}} : std::chrono::milliseconds{5};
  };
  server.run(work, [&] { return times.size() == rests + 1; });
  auto shortest_long = Clock::duration::max(), shortest_short = Clock::duration::max();
  for (std::size_t i = 1; i < rests; ++i) {
    auto& shortest = i < long_rests ? shortest_long : shortest_short;
    shortest = std::min(shortest, times[i + 1] - times[i]);
  }
  CHECK(shortest_long >= std::chrono::milliseconds{99});
  CHECK(shortest_short >= std::chrono::milliseconds{4});
  CHECK(shortest_short < shortest_long / 2);
}

}  // namespace farlink::server::test
