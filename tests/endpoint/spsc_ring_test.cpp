// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <thread>

#include "dataplane/endpoint/channel.hpp"

using namespace farlink;
using endpoint::SpscRing;

TEST_CASE("a ring takes as many as it has room for, and gives them back in order") {
  SpscRing<int> ring{3};
  CHECK(ring.slots() == 4);
  int value = -1;
  CHECK_FALSE(ring.pop(value));
  CHECK(value == -1);
  for (int round = 0; round < 3; ++round) {
    for (int i = 0; i < 4; ++i) CHECK(ring.push(10 * round + i));
    CHECK_FALSE(ring.push(99));
    for (int i = 0; i < 4; ++i) {
      REQUIRE(ring.pop(value));
      CHECK(value == 10 * round + i);
    }
    CHECK_FALSE(ring.pop(value));
  }
}

TEST_CASE("a small ring between two threads loses nothing and tears nothing") {
  constexpr std::uint64_t count = 200'000;
  SpscRing<endpoint::Posted> ring{8};
  std::thread pusher{[&ring] {
    for (std::uint64_t i = 0; i < count;) {
      endpoint::Posted posted;
      posted.request.id = i;
      posted.request.remote_address = ~i;
      posted.qp = static_cast<std::uint32_t>(i);
      if (ring.push(posted))
        ++i;
      else
        std::this_thread::yield();
    }
  }};
  std::uint64_t seen = 0, torn = 0;
  while (seen < count) {
    endpoint::Posted posted;
    if (!ring.pop(posted)) {
      std::this_thread::yield();
      continue;
    }
    const bool is_whole = posted.request.id == seen && posted.request.remote_address == ~seen &&
                          posted.qp == static_cast<std::uint32_t>(seen);
    torn += is_whole ? 0U : 1U;
    ++seen;
  }
  pusher.join();
  CHECK(torn == 0);
}
