// SPDX-License-Identifier: Apache-2.0
// Captures through a session: how they end, what the file then is, and that a file which cannot be written harms
// nobody.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include "control/capture/error.hpp"
#include "control/live/session.hpp"
#include "tests/live/fake_dataplane.hpp"

namespace farlink::live::test {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    std::string name = (fs::temp_directory_path() / "farlink-live-XXXXXX").string();
    path_ = mkdtemp(name.data());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  std::string file(const std::string& name) const { return (path_ / name).string(); }
  std::size_t files() const { return static_cast<std::size_t>(std::distance(fs::directory_iterator{path_}, {})); }

 private:
  fs::path path_;
};

struct Lab {
  FakeDataplane dataplane{lab()};
  Session session{lab(), dataplane};
  Folder folder;

  CaptureOrder order(const std::string& name = "a.pcapng") const {
    CaptureOrder o;
    o.link = "west-east";
    o.file = folder.file(name);
    return o;
  }
  // Frames of 64 bytes of zeros with the first byte `mark`, one each microsecond.
  void push(std::size_t ring, std::uint8_t direction, int count) {
    const std::vector<std::byte> bytes(64);
    for (int i = 0; i < count; ++i)
      dataplane.rings.at(0).at(ring)->push(
          {at_us(i), 64, 0, direction, link::CapturePoint::access, std::span<const std::byte>{bytes}});
  }
};

}  // namespace

TEST_CASE("a capture ends with its number of frames, in order of both directions' stamps") {
  Lab lab;
  CaptureOrder order = lab.order();
  order.count = 5;
  lab.session.start_capture(order);
  CHECK(lab.session.until_work() == Duration::milliseconds(1));
  REQUIRE(lab.dataplane.requests.size() == 1);
  CHECK_FALSE(lab.dataplane.requests[0].direction.has_value());
  lab.push(0, 0, 3);
  lab.push(1, 1, 3);
  lab.session.work();
  const CaptureReport& report = lab.session.capture_report("west-east");
  CHECK(report.is_finished);
  CHECK(report.frames == 5);
  CHECK(report.missed == 0);
  CHECK(report.error.empty());
  CHECK(fs::file_size(order.file) > 5 * 64);
  CHECK(lab.folder.files() == 1);
  CHECK(lab.dataplane.stopped == 1);
  CHECK(lab.session.until_work() == Duration::milliseconds(100));
}

TEST_CASE("a capture ends with its time, on the links' clock") {
  Lab lab;
  CaptureOrder order = lab.order();
  order.duration = Duration::milliseconds(20);
  order.direction = scenario::DirectionChoice::reverse;
  lab.session.start_capture(order);
  CHECK(lab.dataplane.requests.at(0).direction == 1U);
  lab.push(0, 1, 4);
  lab.dataplane.run_until(at_us(19'999));
  lab.session.work();
  CHECK_FALSE(lab.session.capture_report("west-east").is_finished);
  CHECK_FALSE(fs::exists(order.file));
  lab.dataplane.run_until(at_ms(20));
  lab.session.work();
  CHECK(lab.session.capture_report("west-east").is_finished);
  CHECK(lab.session.capture_report("west-east").frames == 4);
  CHECK(fs::exists(order.file));
}

TEST_CASE("stopped, it writes what is left; a filter leaves out what it does not match") {
  Lab lab;
  CaptureOrder order = lab.order();
  order.filter = "udp port 4791";
  lab.session.start_capture(order);
  lab.push(0, 0, 10);
  CHECK(lab.session.stop_capture("west-east").frames == 0);
  CHECK(fs::exists(order.file));
  lab.session.start_capture(lab.order("b.pcapng"));
  lab.push(0, 0, 10);
  CHECK(lab.session.stop_capture("west-east").frames == 10);
  CHECK(lab.session.stop_capture("west-east").frames == 10);  // ended already
}

TEST_CASE("frames that found the ring full are counted") {
  Lab lab;
  lab.session.start_capture(lab.order());
  lab.push(0, 0, 5'000);
  lab.session.work();
  const CaptureReport& report = lab.session.stop_capture("west-east");
  CHECK(report.frames == 4'096);
  CHECK(report.missed == 904);
}

TEST_CASE("a capture nobody asks about is completed") {
  Lab lab;
  lab.session.start_capture(lab.order());
  lab.dataplane.run_until(at_ms(10'000));
  lab.session.work();
  CHECK_FALSE(fs::exists(lab.order().file));
  lab.session.capture_report("west-east");
  lab.dataplane.run_until(at_ms(20'000));
  lab.session.work();
  CHECK_FALSE(fs::exists(lab.order().file));
  lab.dataplane.run_until(at_ms(20'001));
  lab.session.work();
  CHECK(fs::exists(lab.order().file));
}

TEST_CASE("the end of the session completes captures") {
  Lab lab;
  lab.session.start_capture(lab.order());
  lab.push(0, 0, 2);
  lab.session.finish();
  CHECK(fs::exists(lab.order().file));
}

TEST_CASE("captures that cannot be leave nothing behind") {
  Lab lab;
  CaptureOrder order = lab.order();
  order.file = "a.pcapng";
  CHECK_THROWS_WITH(lab.session.start_capture(order), "'a.pcapng': a capture goes to a file by its whole path");
  order.file = "-";
  CHECK_THROWS_AS(lab.session.start_capture(order), capture::CaptureError);
  order.file = lab.folder.file("no/such/folder.pcapng");
  CHECK_THROWS_AS(lab.session.start_capture(order), capture::CaptureError);
  order = lab.order();
  order.filter = "udp porrt";
  CHECK_THROWS_AS(lab.session.start_capture(order), capture::CaptureError);
  order = lab.order("pipe");
  REQUIRE(mkfifo(order.file.c_str(), 0600) == 0);
  CHECK_THROWS_WITH(lab.session.start_capture(order), Catch::Contains("no ordinary file"));
  order = lab.order();
  order.link = "wst-east";
  CHECK_THROWS_WITH(lab.session.start_capture(order), "'wst-east' is no link; did you mean 'west-east'?");
  CHECK_THROWS_WITH(lab.session.capture_report("west-east"), "capture: link 'west-east' is not being captured");
  CHECK(lab.dataplane.requests.empty());
  CHECK(lab.folder.files() == 1);  // the pipe

  lab.session.start_capture(lab.order());
  CHECK_THROWS_WITH(lab.session.start_capture(lab.order("b.pcapng")), Catch::Contains("one capture per link"));
  CHECK(lab.dataplane.requests.size() == 1);
}

}  // namespace farlink::live::test
