// SPDX-License-Identifier: Apache-2.0
// Text to units and back: exact values, round trips, and refusals that name what is allowed.
#include "dataplane/units/text.hpp"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <string>

#include "tests/support/print_units.hpp"

using namespace farlink::units;
using Catch::Matchers::Equals;

TEST_CASE("durations are read exactly") {
  CHECK(parse_duration("1.5ms") == Duration::microseconds(1'500));
  CHECK(parse_duration("0.000001us") == Duration::picoseconds(1));
  CHECK(parse_duration("4.096us") == Duration::nanoseconds(4'096));
  CHECK(parse_duration("123456789.123456789us") == Duration::picoseconds(123'456'789'123'457));
  CHECK(parse_duration("61.6 us") == Duration::nanoseconds(61'600));
  CHECK(parse_duration("2min") == Duration::seconds(120));
  CHECK(parse_duration("1.5h") == Duration::seconds(5'400));
  CHECK(parse_duration("1e-3s") == Duration::milliseconds(1));
  CHECK(parse_duration("0") == Duration::zero());
  CHECK(parse_duration("0.0") == Duration::zero());
  CHECK(parse_duration("0ms") == Duration::zero());
  CHECK(parse_duration("9223372.036854775807s") == Duration::max());
  // Half a picosecond rounds up, less is rounded to what is nearest.
  CHECK(parse_duration("1.5ps") == Duration::picoseconds(2));
  CHECK(parse_duration("1.49ps") == Duration::picoseconds(1));
}

TEST_CASE("bytes, rates and distances are read exactly") {
  CHECK(parse_bytes("64MiB") == Bytes::mebi(64));
  CHECK(parse_bytes("1.5KiB") == Bytes{1'536});
  CHECK(parse_bytes("175GB") == Bytes{175'000'000'000});
  CHECK(parse_bytes("4178B") == Bytes{4'178});
  CHECK(parse_bytes("0.1GiB") == Bytes{107'374'182});
  CHECK(parse_bytes("18446744073709551615B") == Bytes{std::numeric_limits<std::uint64_t>::max()});
  CHECK(parse_bytes("0") == Bytes{});
  CHECK(parse_bit_rate("6.4tbit") == BitRate::gigabits(6'400));
  CHECK(parse_bit_rate("2.5gbit") == BitRate::megabits(2'500));
  CHECK(parse_bit_rate("100mbit") == BitRate::megabits(100));
  CHECK(parse_bit_rate("9600bit") == BitRate::bits_per_second(9'600));
  CHECK(parse_bit_rate("51.2tbit") == BitRate::gigabits(51'200));
  CHECK(parse_distance("300km") == Distance::kilometres(300));
  CHECK(parse_distance("0.5m") == Distance::millimetres(500));
  CHECK(parse_distance("409.61km") == Distance::metres(409'610));
}

TEST_CASE("probabilities, ratios and operations per second") {
  CHECK(parse_probability("0.1%") == Probability::of(1e-3));
  CHECK(parse_probability("1ppm") == Probability::of(1e-6));
  CHECK(parse_probability("2.5ppb") == Probability::of(2.5e-9));
  CHECK(parse_probability("1e-12") == Probability::of(1e-12));
  CHECK(parse_probability("100%") == Probability::always());
  CHECK(parse_probability("0") == Probability::never());
  CHECK(parse_probability("0%") == Probability::never());
  CHECK(parse_ratio("45%") == 0.45);
  CHECK(parse_ratio("0.45") == 0.45);
  CHECK(parse_ratio("0.1%") == 0.001);
  CHECK(parse_ratio("16") == 16.0);
  CHECK(parse_flops("312tflops") == 312e12);
  CHECK(parse_flops("989.5tflops") == 989.5e12);
  CHECK(parse_flops("2pflops") == 2e15);
}

TEST_CASE("refusals name the units that are allowed") {
  CHECK_THROWS_WITH(parse_duration("80"), Equals("'80': missing unit; one of ps, ns, us, ms, s, min, h"));
  CHECK_THROWS_WITH(parse_duration("80km"), Equals("'80km': unknown unit 'km'; one of ps, ns, us, ms, s, min, h"));
  CHECK_THROWS_WITH(parse_bytes("64"), Equals("'64': missing unit; one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"));
  CHECK_THROWS_WITH(parse_bytes("64mb"),
                    Equals("'64mb': unknown unit 'mb'; one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB"));
  CHECK_THROWS_WITH(parse_bit_rate("400"), Equals("'400': missing unit; one of bit, kbit, mbit, gbit, tbit"));
  CHECK_THROWS_WITH(parse_bit_rate("400G"), Equals("'400G': unknown unit 'G'; one of bit, kbit, mbit, gbit, tbit"));
  CHECK_THROWS_WITH(parse_distance("300"), Equals("'300': missing unit; one of m, km"));
  CHECK_THROWS_WITH(parse_probability("0.001"),
                    Equals("'0.001': missing unit; one of %, ppm, ppb, or an exponent such as 1e-12"));
  CHECK_THROWS_WITH(parse_flops("312"), Equals("'312': missing unit; one of gflops, tflops, pflops"));
  CHECK_THROWS_WITH(parse_ratio("45ms"), Equals("'45ms': unknown unit 'ms'; a ratio is a plain number or one with %"));
}

TEST_CASE("impossible values are refused with the bound") {
  CHECK_THROWS_WITH(parse_probability("120%"), Equals("'120%': a probability is at most 100%"));
  CHECK_THROWS_WITH(parse_probability("1e-30"), Equals("'1e-30': too small; the smallest step is 1.1e-19"));
  CHECK_THROWS_WITH(parse_duration("-1ms"), Equals("'-1ms': must not be negative"));
  CHECK_THROWS_WITH(parse_duration("0.1ps"), Equals("'0.1ps': too small; the smallest step is 1ps"));
  CHECK_THROWS_WITH(parse_duration("10000h"), Equals("'10000h': too large; at most 9223372s (106 days)"));
  CHECK_THROWS_AS(parse_duration("1e999999999s"), UnitError);
  CHECK_THROWS_AS(parse_duration("1e99999999999s"), UnitError);
  CHECK_THROWS_AS(parse_bytes("18446744073709551616B"), UnitError);
  CHECK_THROWS_AS(parse_ratio("1e400"), UnitError);
  CHECK_THROWS_AS(parse_flops("1e400tflops"), UnitError);
}

TEST_CASE("what is no number is refused") {
  for (const char* text : {"", "ms", ".", ".ms", "1.", "1..5ms", "+1ms", "1,5ms", "nan", "inf", "0x10ms", "1e", "1ems",
                           "1 ", "1  ms", " 1ms", "1ms ", "99999999999999999999999s"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(parse_duration(text), UnitError);
  }
}

TEST_CASE("printing takes the fewest digits and the larger unit") {
  CHECK(to_text(Duration::microseconds(1'500)) == "1.5ms");
  CHECK(to_text(Duration::zero()) == "0s");
  CHECK(to_text(Duration::seconds(90)) == "90s");
  CHECK(to_text(Duration::picoseconds(334'240)) == "334.24ns");
  CHECK(to_text(-Duration::microseconds(1'500)) == "-1.5ms");
  CHECK(to_text(BitRate::gigabits(6'400)) == "6.4tbit");
  CHECK(to_text(BitRate::gigabits(400)) == "400gbit");
  CHECK(to_text(BitRate::gigabits(400) / 3) == "133.333333333gbit");
  CHECK(to_text(BitRate{}) == "0bit");
  CHECK(to_text(Bytes::mebi(256)) == "256MiB");
  CHECK(to_text(Bytes{175'000'000'000}) == "175GB");
  CHECK(to_text(Bytes{1'536}) == "1.5KiB");
  CHECK(to_text(Bytes{100}) == "100B");
  CHECK(to_text(Bytes{}) == "0B");
  CHECK(to_text(Distance::kilometres(300)) == "300km");
  CHECK(to_text(Distance::metres(409'610)) == "409.61km");
  CHECK(to_text(Distance::millimetres(5)) == "0.005m");
  CHECK(to_text(Distance{}) == "0km");
  CHECK(to_text(Probability::of(1e-6)) == "1ppm");
  CHECK(to_text(Probability::of(1e-3)) == "0.1%");
  CHECK(to_text(Probability::of(2.5e-9)) == "2.5ppb");
  CHECK(to_text(Probability::of(1e-12)) == "1e-12");
  CHECK(to_text(Probability::always()) == "100%");
  CHECK(to_text(Probability::never()) == "0%");
}

TEST_CASE("what is printed reads back to the same value") {
  std::uint64_t state = 1;
  for (int i = 0; i < 2'000; ++i) {
    state = state * 6'364'136'223'846'793'005U + 1'442'695'040'888'963'407U;
    const std::uint64_t value = state >> (state >> 58);
    const auto positive = static_cast<std::int64_t>(value >> 1);
    CAPTURE(value);
    REQUIRE(parse_duration(to_text(Duration::picoseconds(positive))) == Duration::picoseconds(positive));
    REQUIRE(parse_bytes(to_text(Bytes{value})) == Bytes{value});
    REQUIRE(parse_bit_rate(to_text(BitRate::bits_per_second(value))) == BitRate::bits_per_second(value));
    REQUIRE(parse_distance(to_text(Distance::millimetres(positive))) == Distance::millimetres(positive));
    const Probability probability = Probability::of(static_cast<double>(value) * 0x1p-64);
    REQUIRE(parse_probability(to_text(probability)) == probability);
  }
}
