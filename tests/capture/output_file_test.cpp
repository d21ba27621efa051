// SPDX-License-Identifier: Apache-2.0
// A capture file is there whole or not at all, a pipe is written to as it is, and refusals say why.
#include "control/capture/output_file.hpp"

#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <future>
#include <sys/stat.h>

#include "control/capture/error.hpp"

namespace farlink::capture {
namespace {

namespace fs = std::filesystem;
using Catch::Matchers::Contains;

// A folder of its own that goes with the test.
class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "farlink-capture-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    path_ = name;
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  std::string operator/(const char* name) const { return (path_ / name).string(); }
  std::ptrdiff_t entries() const { return std::distance(fs::directory_iterator{path_}, fs::directory_iterator{}); }

 private:
  fs::path path_;
};

std::string read(const std::string& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span{text}); }

TEST_CASE("a file appears when it is closed, and replaces what was there") {
  const Folder folder;
  const std::string path = folder / "a.pcapng";
  std::ofstream{path} << "old";
  {
    OutputFile file{path};
    file.write(bytes("new "));
    file.flush();
    file.write(bytes("text"));
    CHECK(read(path) == "old");
    CHECK(folder.entries() == 2);
    file.close();
    CHECK(read(path) == "new text");
    file.close();
  }
  CHECK(read(path) == "new text");
  CHECK(folder.entries() == 1);
}

TEST_CASE("what is not closed leaves nothing behind") {
  const Folder folder;
  { OutputFile{folder / "a.pcapng"}.write(bytes("half")); }
  CHECK(folder.entries() == 0);
}

TEST_CASE("more than the buffer holds") {
  const Folder folder;
  std::string text(3'000'000, 'x');
  OutputFile file{folder / "a.pcapng"};
  file.write(bytes("head"));
  file.write(bytes(text));
  file.write(bytes("tail"));
  file.close();
  CHECK(read(folder / "a.pcapng") == "head" + text + "tail");
}

TEST_CASE("a named pipe is written to and stays a pipe") {
  const Folder folder;
  const std::string path = folder / "pipe";
  REQUIRE(::mkfifo(path.c_str(), 0600) == 0);
  auto reader = std::async(std::launch::async, [&path] { return read(path); });
  {
    OutputFile file{path};
    file.write(bytes("through the pipe"));
    file.close();
  }
  CHECK(reader.get() == "through the pipe");
  CHECK(fs::is_fifo(path));
}

TEST_CASE("refusals name the file and the reason") {
  const Folder folder;
  CHECK_THROWS_WITH(OutputFile{folder / "no/such/a.pcapng"}, Contains("no/such/a.pcapng") && Contains("No such file"));
  CHECK_THROWS_AS(OutputFile{folder / "."}, CaptureError);
  OutputFile full{"/dev/full"};
  full.write(bytes("does not fit"));
  CHECK_THROWS_WITH(full.flush(), Contains("/dev/full") && Contains("No space left"));
}

}  // namespace
}  // namespace farlink::capture
