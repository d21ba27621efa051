// SPDX-License-Identifier: Apache-2.0
// Who may have the path: a second server may not, the heir of a dead one may.
#include <catch2/catch.hpp>
#include <fstream>
#include <memory>

#include "control/server/unix_listener.hpp"
#include "tests/server/running_server.hpp"

namespace farlink::server::test {

TEST_CASE("a path that somebody serves is refused") {
  const Folder folder;
  const UnixListener first{folder.socket()};
  CHECK_THROWS_WITH(UnixListener{folder.socket()},
                    "control socket " + folder.socket().string() +
                        ": another farlink serves it; stop that one, or choose another path with --socket");
  CHECK(fs::is_socket(folder.socket()));
}

TEST_CASE("a socket that a dead server left is taken over") {
  const Folder folder;
  {
    UnixListener dead{folder.socket()};
    close(dead.release());
    fs::rename(folder.socket(), folder.path() / "kept.sock");  // out of reach of its destructor
  }
  fs::rename(folder.path() / "kept.sock", folder.socket());
  REQUIRE(fs::is_socket(folder.socket()));
  {
    const UnixListener heir{folder.socket()};
    CHECK_NOTHROW(Peer{folder.socket()});
  }
  CHECK(fs::is_empty(folder.path()));
}

TEST_CASE("at the end only the own socket is removed") {
  const Folder folder;
  auto first = std::make_unique<UnixListener>(folder.socket());
  fs::remove(folder.socket());
  const UnixListener second{folder.socket()};
  first.reset();
  CHECK(fs::is_socket(folder.socket()));
  CHECK_NOTHROW(Peer{folder.socket()});
}

TEST_CASE("what is no socket stays what it is") {
  const Folder folder;
  std::ofstream{folder.socket()} << "mine";
  CHECK_THROWS_WITH(UnixListener{folder.socket()}, Catch::Contains("is something else than a socket"));
  CHECK(fs::file_size(folder.socket()) == 4);
}

TEST_CASE("the folder is made, for its owner alone") {
  const Folder folder;
  const UnixListener listener{folder.path() / "a" / "b" / "lab.sock"};
  CHECK(fs::status(folder.path() / "a" / "b").permissions() == fs::perms::owner_all);
}

TEST_CASE("a path that no socket can have") {
  const Folder folder;
  CHECK_THROWS_WITH(UnixListener{folder.path() / std::string(120, 'x')}, Catch::Contains("at most 107 letters"));
  CHECK(fs::is_empty(folder.path()));
  std::ofstream{folder.path() / "file"} << "x";
  CHECK_THROWS_WITH(UnixListener{folder.path() / "file" / "lab.sock"}, Catch::Contains("control socket"));
}

}  // namespace farlink::server::test
