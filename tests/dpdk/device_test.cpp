// SPDX-License-Identifier: Apache-2.0
// Devices as a scenario writes them: arguments, the right to an interface or a socket, and the slots of packet sockets.
#include <catch2/catch.hpp>
#include <filesystem>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dataplane/dpdk/device_claim.hpp"
#include "dataplane/dpdk/device_text.hpp"
#include "dataplane/dpdk/error.hpp"
#include "dataplane/dpdk/packet_ring.hpp"

namespace farlink::dpdk {
namespace {

namespace fs = std::filesystem;

fs::path scratch(const std::string& name) {
  return fs::temp_directory_path() / ("farlink-device-" + std::to_string(::getpid()) + "-" + name);
}

// Another process's socket, as far as one can tell.
int listen_at(const fs::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  REQUIRE(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  REQUIRE(::listen(listener, 4) == 0);
  return listener;
}

}  // namespace

TEST_CASE("a device's name and arguments") {
  CHECK(device_name("net_null0") == "net_null0");
  CHECK(device_name("net_vhost0,iface=a.sock,queues=1") == "net_vhost0");
  CHECK(device_argument("net_vhost0,iface=a.sock,queues=1", "iface") == "a.sock");
  CHECK(device_argument("net_vhost0,iface=a.sock,queues=1", "queues") == "1");
  CHECK_FALSE(device_argument("net_vhost0,iface=a.sock", "face"));
  CHECK_FALSE(device_argument("net_vhost0,iface=a.sock", "queues"));
  CHECK_FALSE(device_argument("net_vhost0,iface", "iface"));
  CHECK(device_argument("net_tap0,iface=", "iface") == "");
  CHECK_FALSE(device_argument("0000:3b:00.0", "iface"));
}

TEST_CASE("an interface is one port's alone, until that port ends") {
  const std::string interface = "fl-" + std::to_string(::getpid());
  const std::string device = "net_af_packet0,iface=" + interface;
  {
    const DeviceClaim first{device};
    CHECK_THROWS_WITH(DeviceClaim("net_af_xdp3,iface=" + interface),
                      Catch::Contains("port net_af_xdp3,iface=" + interface) && Catch::Contains("carried twice") &&
                          Catch::Contains("stop that one"));
    const DeviceClaim other{device + "x"};  // a name that only begins alike
  }
  CHECK_NOTHROW(DeviceClaim(device));
}

TEST_CASE("a vhost socket that somebody serves is refused and stays; one that nobody serves is cleared away") {
  const fs::path path = scratch("vhost.sock");
  fs::remove(path);
  const std::string device = "net_vhost0,iface=" + path.string() + ",queues=1";
  CHECK_NOTHROW(DeviceClaim(device));  // nothing is there
  const int other = listen_at(path);
  CHECK_THROWS_AS(DeviceClaim(device), DeviceError);
  CHECK_THROWS_WITH(DeviceClaim(device), Catch::Contains(path.string()) && Catch::Contains("a socket of its own"));
  CHECK_NOTHROW(DeviceClaim(device + ",client=1"));  // a client wants it served
  CHECK(fs::exists(path));
  ::close(other);  // as a process does that is killed
  CHECK(fs::exists(path));
  CHECK_NOTHROW(DeviceClaim(device));
  CHECK_FALSE(fs::exists(path));
}

TEST_CASE("a file that is no socket is left alone") {
  const fs::path path = scratch("file");
  fs::create_directory(path);
  CHECK_NOTHROW(DeviceClaim("net_vhost0,iface=" + path.string()));
  CHECK(fs::exists(path));
  fs::remove(path);
}

TEST_CASE("a packet socket's slots hold what an mbuf holds, and what passes whole is known") {
  // The frame begins 66 bytes behind the slot's start: 9022 of 9088 are left. 32 slots fill 71 pages.
  const PacketRing jumbo{"net_af_packet0,iface=a", 9'088, 2'048};
  CHECK(jumbo.device() == "net_af_packet0,iface=a,framesz=9088,blocksz=290816,framecnt=2048");
  CHECK(jumbo.largest_frame() == 9'022);
  const PacketRing given{"net_af_packet0,iface=a,framesz=2048,blocksz=4096,framecnt=512", 9'088, 2'048};
  CHECK(given.device() == "net_af_packet0,iface=a,framesz=2048,blocksz=4096,framecnt=512");
  CHECK(given.largest_frame() == 1'982);
  for (std::uint32_t frame = 1'514; frame <= 9'216; ++frame) {  // whatever is asked for, with the room beside it
    const std::uint32_t mbuf = (frame + PacketRing::room_beside_frame + 63) / 64 * 64;  // as Buffers makes them
    const PacketRing ring{"net_af_packet0,iface=a", mbuf, 2'048};
    if (ring.largest_frame() < frame) FAIL(frame << " bytes do not fit into " << ring.device());
  }
  CHECK_THROWS_WITH(PacketRing("net_af_packet0,iface=a,framesz=9120,blocksz=65536", 9'088, 64),
                    Catch::Contains("blocksz must be a multiple of framesz"));
  CHECK_THROWS_WITH(PacketRing("net_af_packet0,iface=a,framesz=big", 9'088, 64), Catch::Contains("framesz=big"));
  CHECK_THROWS_WITH(PacketRing("net_af_packet0,iface=a,framesz=64", 9'088, 64), Catch::Contains("framesz=64"));
}

}  // namespace farlink::dpdk
