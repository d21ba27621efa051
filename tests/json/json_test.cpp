// SPDX-License-Identifier: Apache-2.0
// JSON text: key order, indentation, shortest doubles, and positions of errors.
#include "control/json/json.hpp"

#include <catch2/catch.hpp>
#include <limits>
#include <string>
#include <string_view>

namespace json = farlink::json;

TEST_CASE("objects keep the order of their keys and are indented by two") {
  const json::value v{
      {"zebra", 1}, {"apple", {{"b", true}, {"a", nullptr}}}, {"list", json::array{}}, {"none", json::object{}}};
  CHECK(json::to_text(v) ==
        "{\n"
        "  \"zebra\": 1,\n"
        "  \"apple\": {\n"
        "    \"b\": true,\n"
        "    \"a\": null\n"
        "  },\n"
        "  \"list\": [],\n"
        "  \"none\": {}\n"
        "}\n");
}

TEST_CASE("arrays of plain values stay on one line, others do not") {
  CHECK(json::to_text(json::array{1, 2.5, "x"}) == "[1, 2.5, \"x\"]\n");
  CHECK(json::to_text(json::array{json::object{{"a", 1}}, json::array{2}}) == "[\n  {\n    \"a\": 1\n  },\n  [2]\n]\n");
}

TEST_CASE("doubles have the fewest digits that read back equal") {
  const auto text = [](double d) { return json::to_text(json::value(d)); };
  CHECK(text(0.1) == "0.1\n");
  CHECK(text(1.0) == "1.0\n");
  CHECK(text(-0.0) == "-0.0\n");
  CHECK(text(0.1 + 0.2) == "0.30000000000000004\n");
  CHECK(text(1e-6) == "1e-06\n");
  CHECK(text(6.4e12) == "6.4e+12\n");
  CHECK(text(1.0 / 3.0) == "0.3333333333333333\n");
}

TEST_CASE("numbers without a JSON form become null") {
  CHECK(json::to_text(json::value(std::numeric_limits<double>::infinity())) == "null\n");
  CHECK(json::to_text(json::value(-std::numeric_limits<double>::infinity())) == "null\n");
  CHECK(json::to_text(json::value(std::numeric_limits<double>::quiet_NaN())) == "null\n");
}

TEST_CASE("integers keep all their digits") {
  CHECK(json::to_text(json::value(std::numeric_limits<std::uint64_t>::max())) == "18446744073709551615\n");
  CHECK(json::to_text(json::value(std::numeric_limits<std::int64_t>::min())) == "-9223372036854775808\n");
}

TEST_CASE("strings are escaped") { CHECK(json::to_text(json::value("a\"b\\\n\x01")) == "\"a\\\"b\\\\\\n\\u0001\"\n"); }

TEST_CASE("what was written reads back equal") {
  const json::value v{{"a", {1, 2.5, nullptr, "text"}}, {"b", {{"c", false}}}};
  CHECK(json::parse(json::to_text(v)) == v);
}

TEST_CASE("the position of the first error is named") {
  struct Row {
    std::string_view text, position;
  };
  for (const Row& row :
       {Row{"{\"a\": 1,\n \"b\": ?}", "JSON line 2, column 7: "}, Row{"[1, 2", "JSON line 1, column 6: "},
        Row{"1 2", "JSON line 1, column 3: "}, Row{"", "JSON line 1, column 1: "}}) {
    INFO(row.text);
    CHECK_THROWS_WITH(json::parse(row.text), Catch::StartsWith(std::string{row.position}));
  }
}

TEST_CASE("a value in one line") {
  const json::value v = json::object{{"a", json::array{1, 2.0, "x\ny", nullptr, json::array{}, json::object{}}},
                                     {"b", json::object{{"c", true}}}};
  CHECK(json::to_line(v) == R"({"a":[1,2.0,"x\ny",null,[],{}],"b":{"c":true}})");
  CHECK(json::to_line(0.1) == "0.1");
  CHECK(json::parse(json::to_line(v)) == v);
}
