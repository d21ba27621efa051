// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "control/json/json.hpp"
#include "control/report/page_data.hpp"
#include "control/report/page_text.hpp"
#include "control/report/to_html.hpp"
#include "tests/report/fixture.hpp"

using namespace farlink;
using report::to_html;

namespace {

std::size_t occurrences(std::string_view text, std::string_view what) {
  std::size_t n = 0;
  for (std::size_t at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1)) ++n;
  return n;
}

std::string_view data_of(std::string_view html) {
  constexpr std::string_view open = R"(<script type="application/json" id="farlink-data">)";
  const std::size_t from = html.find(open) + open.size();
  return html.substr(from, html.find("</script>", from) - from);
}

}  // namespace

TEST_CASE("the page carries its data as JSON that reads back equal") {
  const report::Result result = test::training_result();
  const std::string html = to_html(result);
  CHECK(json::parse(data_of(html)) == json::parse(serialize(report::page_data(result, false))));
  CHECK(occurrences(html, report::data_mark) == 0);
  CHECK(occurrences(html, report::text_mark) == 0);
}

TEST_CASE("hostile text stays data") {
  const std::string plain = to_html(test::training_result());
  const std::string hostile = to_html(test::hostile_result());
  for (const std::string_view mark : {"<script", "</script", "<!--", "<img", "<pre>", "</noscript>"}) {
    INFO(mark);
    CHECK(occurrences(hostile, mark) == occurrences(plain, mark));
  }
  CHECK(data_of(hostile).find('<') == std::string_view::npos);
  const json::value data = json::parse(data_of(hostile));
  CHECK(data.at("result").at("scenario").as_string().find("</script><script>") != json::value("").as_string().npos);
  CHECK(data.at("result").at("workload").as_string().ends_with("@FARLINK_DATA@ @FARLINK_TEXT@"));
}

TEST_CASE("the file is complete and loads nothing") {
  const std::string html = to_html(test::training_result());
  CHECK(html.find("src=\"http") == std::string::npos);
  CHECK(html.find("href=\"http") == std::string::npos);
  CHECK(html.find("@import") == std::string::npos);
  CHECK(html.find("default-src 'none'") != std::string::npos);
  CHECK(report::page_text().size() < 1'200'000);
  CHECK(html.size() < 3'000'000);
}

TEST_CASE("licences of the bundled libraries are in the page") {
  const std::string_view page = report::page_text();
  CHECK(page.find("This product includes software developed at\nThe Apache Software Foundation") !=
        std::string_view::npos);
  CHECK(page.find("Apache License") != std::string_view::npos);
  CHECK(page.find("<summary>ZRender") != std::string_view::npos);
  CHECK(page.find("Redistribution and use in source and binary forms") != std::string_view::npos);
  CHECK(page.find("<summary>tslib") != std::string_view::npos);
}

TEST_CASE("equal seeds give an equal page when deterministic") {
  report::Result first = test::training_result();
  report::Result second = first;
  second.across_sites.fabric.wall_seconds = 99;
  second.across_sites.fabric.threads = 4;
  CHECK(to_html(first, true) == to_html(second, true));
  CHECK(to_html(first) != to_html(second));
}

TEST_CASE("sixteen lanes of 400 intervals in two runs stay small") {
  report::Result r = test::training_result();
  report::Lane lane{"stage 0 (west)", {}};
  for (int i = 0; i < 400; ++i) {
    lane.intervals.push_back({i * 0.0712345678, i * 0.0712345678 + 0.0612345, trace::Phase::forward, i % 2 == 0, 17});
  }
  r.single_site.timeline.assign(16, lane);
  r.across_sites.timeline.assign(16, lane);
  CHECK(serialize(report::page_data(r, false)).size() < 600'000);
}

TEST_CASE("intervals are packed as gap, duration, phase and microbatch in nanoseconds") {
  report::Result r;
  r.across_sites.timeline = {
      {"stage 0", {{0.5, 0.75, trace::Phase::forward, false, 3}, {0.7, 0.9, trace::Phase::activation, true, 4}}}};
  const json::value data = report::page_data(r, true);
  const json::value& packed = data.at("timeline").at("across_sites").at(0);
  CHECK(packed.at("name") == "stage 0");
  CHECK(packed.at("intervals") == json::parse("[500000000, 250000000, 1, 3, -50000000, 200000000, 20, 4]"));
  CHECK(data.at("phases").at(4) == "activation");
}
