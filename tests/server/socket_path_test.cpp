// SPDX-License-Identifier: Apache-2.0
// Which socket is meant: the only one, one by name, or a path.
#include "control/server/socket_path.hpp"

#include <catch2/catch.hpp>
#include <optional>

#include "control/server/unix_listener.hpp"
#include "tests/server/running_server.hpp"

namespace farlink::server::test {
namespace {

// XDG_RUNTIME_DIR for as long as it lives.
class RuntimeFolder {
 public:
  explicit RuntimeFolder(const fs::path& path) {
    if (const char* before = std::getenv("XDG_RUNTIME_DIR")) before_ = before;
    setenv("XDG_RUNTIME_DIR", path.c_str(), 1);
  }
  RuntimeFolder(const RuntimeFolder&) = delete;
  RuntimeFolder& operator=(const RuntimeFolder&) = delete;
  ~RuntimeFolder() {
    if (before_) {
      setenv("XDG_RUNTIME_DIR", before_->c_str(), 1);
    } else {
      unsetenv("XDG_RUNTIME_DIR");
    }
  }

 private:
  std::optional<std::string> before_;
};

}  // namespace

TEST_CASE("sockets stand in the user's runtime folder") {
  const Folder folder;
  const RuntimeFolder runtime{folder.path()};
  CHECK(default_socket("lab") == folder.path() / "farlink" / "lab.sock");
  const UnixListener listener{default_socket("farlink-test-lab")};
  CHECK(choose_socket("farlink-test-lab") == listener.path());
  CHECK(choose_socket("./a/b.sock") == "./a/b.sock");
  CHECK_THROWS_WITH(choose_socket("farlink-test-other"),
                    Catch::Contains("--socket farlink-test-other: there is no such run"));
  const UnixListener second{default_socket("farlink-test-second")};
  CHECK_THROWS_WITH(choose_socket(""), Catch::Contains("several live runs are there: ") &&
                                           Catch::Contains("farlink-test-lab, farlink-test-second"));
}

TEST_CASE("a runtime folder that is none says nothing") {
  const RuntimeFolder runtime{"relative"};
  if (geteuid() == 0) {
    CHECK(socket_folders() == std::vector<fs::path>{"/run/farlink"});
  } else {
    CHECK_THROWS_WITH(socket_folders(), Catch::Contains("give --socket PATH"));
  }
}

}  // namespace farlink::server::test
