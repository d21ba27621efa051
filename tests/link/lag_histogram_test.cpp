// SPDX-License-Identifier: Apache-2.0
// Buckets, quantiles and sums of release lags, on numbers that can be checked by hand.
#include "dataplane/link/lag_histogram.hpp"

#include "tests/support/print_units.hpp"

namespace farlink::link {
namespace {

using units::Duration;

TEST_CASE("each bucket begins where the one below ends, and is a sixteenth of its value wide at most") {
  std::uint64_t begin = 0;
  for (std::uint32_t bucket = 0; bucket < LagHistogram::buckets; ++bucket) {
    const std::uint64_t last = LagHistogram::upper_ns(bucket);
    REQUIRE(last >= begin);
    REQUIRE(LagHistogram::bucket_of(begin) == bucket);
    REQUIRE(LagHistogram::bucket_of(last) == bucket);
    REQUIRE((last - begin) * 16 <= begin);
    begin = last + 1;
  }
  CHECK(begin == std::uint64_t{1} << 35);
  CHECK(LagHistogram::bucket_of(begin) == LagHistogram::buckets - 1);  // and all beyond
  CHECK(LagHistogram::bucket_of(~std::uint64_t{0}) == LagHistogram::buckets - 1);
  CHECK(LagHistogram::upper_ns(15) == 15);
  CHECK(LagHistogram::upper_ns(32) == 33);
  CHECK(LagHistogram::upper_ns(47) == 63);
}

TEST_CASE("nothing recorded") {
  const LagHistogram lags;
  CHECK(lags.count() == 0);
  CHECK(lags.quantile(0.5) == Duration::zero());
  CHECK(lags.largest() == Duration::zero());
}

TEST_CASE("quantiles of 0 to 15 ns are exact") {
  LagHistogram lags;
  for (int ns = 0; ns < 16; ++ns) lags.record(Duration::nanoseconds(ns));
  CHECK(lags.count() == 16);
  CHECK(lags.quantile(0) == Duration::zero());
  CHECK(lags.quantile(0.5) == Duration::nanoseconds(7));
  CHECK(lags.quantile(1) == Duration::nanoseconds(15));
  CHECK(lags.largest() == Duration::nanoseconds(15));
}

TEST_CASE("a quantile is the upper end of its bucket, never above the largest") {
  LagHistogram lags;
  for (int i = 0; i < 99; ++i) lags.record(Duration::nanoseconds(100));  // bucket 100-103
  lags.record(Duration::microseconds(50));                               // 50,000: bucket 49,152-51,199
  CHECK(lags.in_bucket(LagHistogram::bucket_of(100)) == 99);
  CHECK(lags.in_bucket(LagHistogram::bucket_of(50'000)) == 1);
  CHECK(lags.quantile(0.5) == Duration::nanoseconds(103));
  CHECK(lags.quantile(0.98) == Duration::nanoseconds(103));
  CHECK(lags.quantile(1) == Duration::microseconds(50));
  CHECK(lags.largest() == Duration::microseconds(50));
}

TEST_CASE("whole nanoseconds count; a release before its time is counted apart") {
  LagHistogram lags;
  lags.record(Duration::picoseconds(999));
  lags.record(Duration::picoseconds(1'999));
  lags.record(Duration::picoseconds(-1));
  CHECK(lags.count() == 2);
  CHECK(lags.early() == 1);
  CHECK(lags.in_bucket(0) == 1);
  CHECK(lags.in_bucket(1) == 1);
}

TEST_CASE("beyond 34 s the last bucket counts on, and the largest stays true") {
  LagHistogram lags;
  lags.record(Duration::seconds(100));
  CHECK(lags.in_bucket(LagHistogram::buckets - 1) == 1);
  CHECK(lags.largest() == Duration::seconds(100));
  CHECK(lags.quantile(1) == Duration::nanoseconds((std::int64_t{1} << 35) - 1));
}

TEST_CASE("a sum is what one histogram would have seen") {
  LagHistogram a, b, both;
  for (int i = 0; i < 1'000; ++i) {
    const Duration lag = Duration::nanoseconds(i * i - 10);
    (i % 3 == 0 ? a : b).record(lag);
    both.record(lag);
  }
  a.add(b);
  CHECK(a.count() == both.count());
  CHECK(a.early() == 4);  // 0, 1, 4, 9 minus 10
  CHECK(both.early() == 4);
  CHECK(a.largest() == Duration::nanoseconds(999 * 999 - 10));
  for (std::uint32_t i = 0; i < LagHistogram::buckets; ++i) REQUIRE(a.in_bucket(i) == both.in_bucket(i));
  for (const double share : {0.0, 0.1, 0.5, 0.99, 1.0}) CHECK(a.quantile(share) == both.quantile(share));
}

}  // namespace
}  // namespace farlink::link
