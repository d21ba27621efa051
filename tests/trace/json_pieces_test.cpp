// SPDX-License-Identifier: Apache-2.0
#include "control/trace/json_pieces.hpp"

#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "control/trace/error.hpp"

using farlink::trace::ByteSource;
using farlink::trace::TraceError;
namespace json = farlink::json;
using farlink::units::Bytes;

namespace {

// Hands out `portion` bytes at a time: where a text is cut must not matter.
class Portions final : public ByteSource {
 public:
  Portions(std::string_view text, std::size_t portion) : left_{text}, portion_{portion} {}
  std::size_t read(std::span<std::uint8_t> into) override {
    const std::size_t count = std::min({into.size(), left_.size(), portion_});
    std::copy_n(left_.begin(), count, into.begin());
    left_.remove_prefix(count);
    return count;
  }

 private:
  std::string_view left_;
  std::size_t portion_;
};

std::vector<std::string> read(json::Cut how, std::string_view text, std::size_t portion = 7,
                              Bytes limit = Bytes::mebi(1)) {
  Portions source{text, portion};
  std::vector<std::string> pieces;
  farlink::trace::read_json(
      source, how,
      [&pieces](const json::Place& place, const json::value& piece) {
        std::string line{place.key};
        line.append("#").append(std::to_string(place.number)).append(" ").append(json::to_line(piece));
        pieces.push_back(std::move(line));
      },
      limit);
  return pieces;
}

constexpr auto pieces_of = json::Cut::pieces;
constexpr auto documents_of = json::Cut::documents;
using Lines = std::vector<std::string>;

}  // namespace

TEST_CASE("A JSON text is handed out piece by piece wherever it is cut", "[trace][json]") {
  const std::string text = R"( {"schema": "1.1", "nodes": [{"id": 1, "in": [[1, 2], "x\"y"]}, 2.5, [3]], "empty": [],
                              "info": {"ranks": [0, 1]}, "pid": 7, "none": null, "more": [true]} )";
  const Lines expected{R"(schema#0 "1.1")",
                       R"(nodes#0 {"id":1,"in":[[1,2],"x\"y"]})",
                       "nodes#1 2.5",
                       "nodes#2 [3]",
                       R"(info#0 {"ranks":[0,1]})",
                       "pid#0 7",
                       "none#0 null",
                       "more#0 true"};
  for (const std::size_t portion : {1U, 2U, 3U, 16U, 1000U}) CHECK(read(pieces_of, text, portion) == expected);
}

TEST_CASE("Elements of an outermost array are pieces", "[trace][json]") {
  CHECK(read(pieces_of, R"([{"a": [1]}, [2, 3], 4])") == Lines{R"(#0 {"a":[1]})", "#1 [2,3]", "#2 4"});
  CHECK(read(pieces_of, "[]").empty());
  CHECK(read(pieces_of, "17") == Lines{"#0 17"});
}

TEST_CASE("Documents that follow one another are handed out whole", "[trace][json]") {
  const Lines expected{R"(#0 {"a":[1,2]})", R"(#1 {"b":1})", "#2 [3]"};
  for (const std::size_t portion : {1U, 5U, 1000U})
    CHECK(read(documents_of, "{\"a\": [1, 2]}\n{\"b\": 1}[3]\n\n", portion) == expected);
}

TEST_CASE("What is no JSON is refused with its place", "[trace][json]") {
  using Catch::Matchers::Contains;
  CHECK_THROWS_WITH(read(pieces_of, R"({"nodes": [1, 2, x]})"), Contains("member 'nodes', element 2: "));
  CHECK_THROWS_WITH(read(pieces_of, R"({"nodes": [1, 2)"), Contains("element 2: incomplete"));
  CHECK_THROWS_WITH(read(pieces_of, "  "), Contains("nothing in it"));
  CHECK_THROWS_WITH(read(pieces_of, "[1] [2]"), Contains("behind the end"));
  CHECK_THROWS_WITH(read(pieces_of, std::string(100, '[')), Contains("deep"));
}

TEST_CASE("A piece above the limit is refused before it is whole", "[trace][json]") {
  const std::string long_text(1 << 20, 'a');
  CHECK_THROWS_WITH(read(pieces_of, R"({"nodes": [1, ")" + long_text, 1000, Bytes{100'000}),
                    Catch::Matchers::Contains("member 'nodes', element 1: it is longer than 100000 bytes"));
  CHECK_THROWS_WITH(read(pieces_of, "{\"" + long_text, 1000, Bytes{100'000}), Catch::Matchers::Contains("longer than"));
}

TEST_CASE("What a visitor throws gets its place", "[trace][json]") {
  Portions source{"[1, 2, 3]", 100};
  std::size_t visited = 0;
  const auto visit = [&visited](const json::Place&, const json::value&) {
    if (++visited == 2) throw TraceError("enough");
  };
  CHECK_THROWS_WITH(farlink::trace::read_json(source, json::Cut::pieces, visit), "element 1: enough");
  CHECK(visited == 2);
}
