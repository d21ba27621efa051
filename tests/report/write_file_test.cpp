// SPDX-License-Identifier: Apache-2.0
#include "control/report/write_file.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace fs = std::filesystem;
using farlink::report::write_file;

namespace {

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "farlink-write-XXXXXX").string();
    path = ::mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path); }

  std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator{path}, fs::directory_iterator{}); }

  fs::path path;
};

std::string read(const fs::path& path) {
  std::ifstream file{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

}  // namespace

TEST_CASE("a file is written whole, replaced whole, and nothing lies beside it") {
  const Folder folder;
  const fs::path path = folder.path / "result.json";
  write_file(path, std::string("one\0two", 7));
  CHECK(read(path) == std::string("one\0two", 7));
  const std::string large(3'000'000, 'x');
  write_file(path, large);
  CHECK(read(path) == large);
  CHECK(folder.entries() == 1);

  const mode_t mask = ::umask(0);
  ::umask(mask);
  CHECK((fs::status(path).permissions() & fs::perms::mask) == fs::perms{0666U & ~mask});
}

TEST_CASE("a failed rename leaves the target as it was and no temporary name") {
  const Folder folder;
  const fs::path target = folder.path / "report.html";
  fs::create_directory(target);  // a folder cannot be replaced by a file
  std::ofstream{target / "inside"} << "kept";
  CHECK_THROWS_AS(write_file(target, "text"), fs::filesystem_error);
  CHECK(folder.entries() == 1);
  CHECK(read(target / "inside") == "kept");
}

TEST_CASE("a missing folder is named in the message") {
  const Folder folder;
  const fs::path path = folder.path / "missing" / "report.html";
  CHECK_THROWS_WITH(write_file(path, "text"),
                    Catch::Contains("missing/report.html") && Catch::Contains("No such file"));
  CHECK(folder.entries() == 0);
}
