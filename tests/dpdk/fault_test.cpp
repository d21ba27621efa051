// SPDX-License-Identifier: Apache-2.0
// What cannot work says what, where, and how to mend it, and leaves the rest usable: missing and busy ports, too little
// memory, CPUs that are not there.

#include "dataplane/dpdk/error.hpp"
#include "tests/dpdk/lab.hpp"

namespace farlink::dpdk::test {
namespace {

// The message of the DeviceError that `act` throws; "" when it throws none.
template <typename Act>
std::string device_error(Act act) {
  try {
    act();
  } catch (const DeviceError& error) {
    return error.what();
  }
  return {};
}

// As `farlink up` would find it: two sites, one port each.
std::string start_with(
    const std::string& west, const std::string& east,
    const std::function<void(ForwarderConfig&)>& change = [](ForwarderConfig&) {}) {
  environment();
  ForwarderConfig config = plain_config({{west}, {east}});
  config.name = "fault";
  config.mbufs = 4'095;
  change(config);
  return device_error([&] { const Forwarder forwarder{config, {1}}; });
}

void check_says(const std::string& message, std::initializer_list<const char*> words) {
  CHECK_FALSE(message.empty());
  for (const char* word : words) CHECK_THAT(message, Catch::Contains(word));
}

}  // namespace

TEST_CASE("a CPU that is not there is refused by its number, before DPDK starts") {
  EalOptions options;
  options.cpus = {4'242};
  check_says(device_error([&] { const Eal eal{options}; }), {"dpdk.lcores", "CPU 4242", "taskset"});
}

TEST_CASE("a port that is not there names the device and what to look at") {
  check_says(start_with("net_af_packet7,iface=farlink-nowhere", "net_null1"),
             {"port net_af_packet7,iface=farlink-nowhere", "cannot be attached", "does the interface exist"});
  check_says(start_with("net_afpacket0,iface=lo", "net_null1"), {"port net_afpacket0", "is the name one of"});
  check_says(start_with("0000:ff:1f.7", "net_null1"), {"port 0000:ff:1f.7", "vfio-pci"});
  check_says(start_with("net_vhost9,iface=/nowhere/at/all.sock", "net_null1"),
             {"port net_vhost9", "socket path writable"});
}

TEST_CASE("a forwarder that failed half way leaves its ports free for the next") {
  RingPort west{"half-west", 64}, east{"half-east", 64};
  for (int again = 0; again < 3; ++again)
    check_says(start_with("net_null0", "net_af_packet7,iface=farlink-nowhere"), {"net_af_packet7"});
  CHECK(start_with("net_null0", "net_null1").empty());
  CHECK(start_with("net_null0", "net_null1").empty());
}

TEST_CASE("the same device for two ports is busy, and the first goes on") {
  check_says(start_with("net_null5", "net_null5"), {"port net_null5", "in use"});
  CHECK(start_with("net_null5", "net_null6").empty());
}

TEST_CASE("two in-process ports of one name are refused") {
  environment();
  const RingPort first{"twin", 64};
  check_says(device_error([] { const RingPort second{"twin", 64}; }), {"ring twin", "File exists"});
  check_says(device_error([] { const RingPort crooked{"crooked", 100}; }), {"ring crooked", "power of two"});
}

TEST_CASE("too little memory is refused with the number that would fit") {
  const std::string message = start_with("net_null0", "net_null1", [](ForwarderConfig& config) {
    config.mbufs = 1'048'575;  // 9.6 GiB of 256 MiB
  });
  check_says(message,
             {"memory for 1048575 mbufs of 9", "MiB) is not there", "would fit", "dpdk.memory", "plan --live"});
  const std::size_t end = message.find(" would fit");
  const std::size_t begin = message.rfind(' ', end - 1) + 1;
  const auto fitting = static_cast<std::uint32_t>(std::stoul(message.substr(begin, end - begin)));
  CHECK(fitting > 10'000);  // 257 MiB hold 28,000 mbufs of 9.5 KB
  CHECK(fitting < 29'000);
  // Nine tenths of it, since the pool's own ring and the links' state come on top.
  CHECK(
      start_with("net_null0", "net_null1", [&](ForwarderConfig& config) { config.mbufs = fitting / 10 * 9; }).empty());
}

}  // namespace farlink::dpdk::test
