// SPDX-License-Identifier: Apache-2.0
#include "control/report/format.hpp"

#include <catch2/catch.hpp>

using namespace farlink::report;

TEST_CASE("seconds take the unit that fits") {
  CHECK(seconds_text(0) == "0 s");
  CHECK(seconds_text(29.215) == "29.21 s");
  CHECK(seconds_text(1) == "1 s");
  CHECK(seconds_text(0.99999) == "1 s");
  CHECK(seconds_text(0.001478) == "1.478 ms");
  CHECK(seconds_text(-0.0125) == "-12.5 ms");
  CHECK(seconds_text(250e-6) == "250 us");
  CHECK(seconds_text(1e-9) == "1 ns");
  CHECK(seconds_text(123456) == "123456 s");
  CHECK(seconds_text(1.0 / 0.0) == "inf s");
}

TEST_CASE("sizes, rates, counts and shares") {
  CHECK(bytes_text(0) == "0 B");
  CHECK(bytes_text(1023) == "1023 B");
  CHECK(bytes_text(1536) == "1.5 KiB");
  CHECK(bytes_text(268'435'456) == "256 MiB");
  CHECK(rate_text(6.4e12) == "6.4 Tb/s");
  CHECK(rate_text(187.5e9) == "187.5 Gb/s");
  CHECK(rate_text(0) == "0 b/s");
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(1000) == "1,000");
  CHECK(count_text(83'886'080) == "83,886,080");
  CHECK(count_text(18'446'744'073'709'551'615U) == "18,446,744,073,709,551,615");
  CHECK(percent_text(0.9721) == "97.21 %");
  CHECK(percent_text(0.0075, 1) == "0.8 %");
}

TEST_CASE("printable text has neither control characters nor broken UTF-8") {
  CHECK(printable("plain, \xC3\xA9 and \xF0\x9F\x9A\x80") == "plain, \xC3\xA9 and \xF0\x9F\x9A\x80");
  CHECK(printable("\x1B[31m") == "\xEF\xBF\xBD[31m");
  CHECK(printable("a\nb") ==
        "a\xEF\xBF\xBD"
        "b");
  CHECK(printable("\xFF") == "\xEF\xBF\xBD");
  CHECK(printable("\xC2\x9B"
                  "x") == "\xEF\xBF\xBDx");                                    // C1 control: CSI
  CHECK(printable("\xC0\xAF") == "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong
  CHECK(printable("\xED\xA0\x80") == "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // surrogate
  CHECK(printable("\xE2\x82") == "\xEF\xBF\xBD\xEF\xBF\xBD");                  // cut off
}

TEST_CASE("columns count code points") {
  CHECK(width("\xE2\x96\x88\xE2\x96\x88") == 2);
  CHECK(left("ab", 4) == "ab  ");
  CHECK(right("ab", 4) == "  ab");
  CHECK(right("abcdef", 4) == "abcdef");
}
