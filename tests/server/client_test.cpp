// SPDX-License-Identifier: Apache-2.0
// The client against a server, and against what is none.
#include "control/server/client.hpp"

#include <catch2/catch.hpp>

#include "control/server/unix_listener.hpp"
#include "tests/server/running_server.hpp"

namespace farlink::server::test {

TEST_CASE("the client asks, and throws what the run says against it") {
  const Folder folder;
  const RunningServer server{folder.socket(), echo};
  Client client{folder.socket()};
  CHECK(client.ask({{"op", "show"}}).at("asked") == json::object{{"op", "show"}});
  CHECK_THROWS_WITH(client.ask({{"fail", "because"}}), "no: because");
  CHECK(client.ask({{"op", "again"}}).at("asked") == json::object{{"op", "again"}});
}

TEST_CASE("what nobody serves") {
  const Folder folder;
  CHECK_THROWS_WITH(Client{folder.socket()},
                    Catch::EndsWith("there is no such socket; start a live run with farlink up"));
  CHECK_THROWS_WITH(Client{folder.path() / std::string(200, 'x')},
                    Catch::EndsWith("the path is too long for a socket"));
}

TEST_CASE("a server that does not answer, or not in our words") {
  const Folder folder;
  UnixListener listener{folder.socket()};
  Client client{folder.socket(), std::chrono::milliseconds{50}};
  CHECK_THROWS_WITH(client.ask({{"op", "show"}}), Catch::EndsWith("no answer within 50 ms"));

  const int connection = accept(listener.release(), nullptr, nullptr);
  const auto answers = [&](std::string_view bytes) {
    REQUIRE(send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size()));
  };
  answers("[1]\n");
  CHECK_THROWS_WITH(client.ask({{"op", "show"}}), Catch::EndsWith("what answers there is no farlink"));
  answers("{\"ok\":3}\n");
  CHECK_THROWS_WITH(client.ask({{"op", "show"}}), Catch::EndsWith("what answers there is no farlink"));
  answers("rubbish\n");
  CHECK_THROWS_WITH(client.ask({{"op", "show"}}), Catch::StartsWith("JSON line 1"));
  answers("{\"ok\":false}\n");
  CHECK_THROWS_WITH(client.ask({{"op", "show"}}), "refused");
  answers("{\"ok\":true");
  close(connection);
  CHECK_THROWS_WITH(client.ask({{"op", "show"}}), Catch::EndsWith("the run has closed the connection"));
}

}  // namespace farlink::server::test
