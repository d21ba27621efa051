// SPDX-License-Identifier: Apache-2.0
#include <catch2/catch.hpp>
#include <limits>

#include "control/report/to_json.hpp"
#include "control/report/to_text.hpp"
#include "tests/report/fixture.hpp"
#include "tests/report/schema_check.hpp"

using namespace farlink;
using report::result_schema;
using report::to_json;
using test::schema_errors;

namespace {
using Errors = std::vector<std::string>;
}

TEST_CASE("every kind of result follows the schema") {
  const json::value schema = result_schema();
  for (const report::Result& result : {test::training_result(), test::lab_result(), test::hostile_result(),
                                       test::invalid_result(), report::Result{}}) {
    for (const bool deterministic : {false, true}) {
      const json::value document = to_json(result, deterministic);
      CHECK(schema_errors(schema, document) == Errors{});
      CHECK(json::parse(json::to_text(document)) == document);  // hostile text included
    }
  }
}

TEST_CASE("events and new queue pairs are told when there were any, and only then") {
  report::Result result = test::training_result();
  CHECK(to_json(result, true).as_object().if_contains("events") == nullptr);
  CHECK(to_json(result, true).as_object().if_contains("reconnects") == nullptr);
  result.across_sites.fabric.events = {{1.5, "west-east", "both", "cut 50ms"}, {1.55, "west-east", "both", "cut ends"}};
  result.across_sites.fabric.reconnects = 3;
  const json::value v = to_json(result, true);
  CHECK(schema_errors(result_schema(), v) == Errors{});
  CHECK(v.at("events").at(0).at("at_seconds").as_double() == 1.5);
  CHECK(v.at("events").at(1).at("what") == "cut ends");
  CHECK(v.at("events").at(0).as_object().if_contains("lag_seconds") == nullptr);
  result.across_sites.fabric.events[0].lag_seconds = 2.5e-6;  // of a live run
  const json::value live = to_json(result, true);
  CHECK(schema_errors(result_schema(), live) == Errors{});
  CHECK(live.at("events").at(0).at("lag_seconds").as_double() == 2.5e-6);
  CHECK(v.at("reconnects").to_number<int>() == 3);
}

TEST_CASE("steps are told one by one when there are several, with exact percentiles") {
  report::Result result = test::training_result();
  CHECK_FALSE(to_json(result, true).as_object().contains("step_distribution"));
  result.single_site.steady_steps = {2, 1};
  for (int i = 200; i > 0; --i) result.across_sites.steady_steps.push_back(i);
  const json::value v = to_json(result, true);
  CHECK(schema_errors(result_schema(), v) == Errors{});
  const json::value& across = v.at("step_distribution").at("across_sites");
  CHECK(across.at("steps").to_number<int>() == 200);
  CHECK(across.at("min_seconds").as_double() == 1);
  CHECK(across.at("p50_seconds").as_double() == 100);
  CHECK(across.at("p99_seconds").as_double() == 198);
  CHECK(across.at("max_seconds").as_double() == 200);
  CHECK(across.at("seconds").as_array().size() == 200);
  CHECK(across.at("seconds").at(0).as_double() == 200);  // in their order
  CHECK(v.at("step_distribution").at("single_site").at("p50_seconds").as_double() == 1);
  const std::string text = report::to_text(result, true);
  CHECK(text.find("p99") != std::string::npos);
  CHECK(text.find("of 2 and 200 steps") != std::string::npos);
}

TEST_CASE("several seeds: errors beside the means, and what each seed gave") {
  report::Result result = test::training_result();
  for (const char* key : {"errors", "by_seed"}) CHECK_FALSE(to_json(result, true).as_object().contains(key));
  result.seeds = 2;
  result.efficiency_error = 0.0003;
  result.errors = report::SeedErrors{.step_single_site = 0.5,
                                     .step_across_sites = 0.25,
                                     .exposed_single_site = 0.125,
                                     .exposed_across_sites = 0.0625,
                                     .mfu_single_site = 0.01,
                                     .mfu_across_sites = {}};
  result.by_seed = {{.seed = 1, .efficiency = 0.97}, {.seed = 2, .efficiency = 0.98}};
  result.attribution[0].points_error = 0.07;
  const json::value v = to_json(result, true);
  CHECK(schema_errors(result_schema(), v) == Errors{});
  CHECK(v.at("errors").at("step_seconds").at("across_sites").as_double() == 0.25);
  CHECK(v.at("errors").at("mfu").at("single_site").as_double() == 0.01);
  CHECK(v.at("errors").at("mfu").at("across_sites").is_null());
  CHECK(v.at("errors").at("exposed_communication_single_site_seconds").as_double() == 0.125);
  CHECK(v.at("by_seed").at(1).at("seed").to_number<int>() == 2);
  CHECK(v.at("by_seed").at(1).at("efficiency").as_double() == 0.98);
  CHECK(v.at("attribution").at(0).at("points_error").as_double() == 0.07);
  CHECK_FALSE(v.at("attribution").at(1).as_object().contains("points_error"));
  const std::string text = report::to_text(result, true);
  CHECK(text.find("+- 500 ms, 250 ms") != std::string::npos);
  CHECK(text.find("+- 0.07") != std::string::npos);
}

TEST_CASE("traffic of others has its own counts, where there is any") {
  report::Result result = test::training_result();
  CHECK_FALSE(to_json(result, true).at("links").at(0).as_object().contains("frames_background"));
  fabric::LinkStatistics& link = result.across_sites.fabric.links[0];
  link.frames_background = link.frames_generated = 1'000;
  link.background_dropped = link.dropped.queue = 10;
  link.frames_absorbed = 990;
  const json::value v = to_json(result, true);
  CHECK(schema_errors(result_schema(), v) == Errors{});
  CHECK(v.at("links").at(0).at("frames_background").to_number<int>() == 1'000);
  CHECK(v.at("links").at(0).at("background_dropped").to_number<int>() == 10);
  CHECK(report::to_text(result, true).find("traffic of others 1,000 frames, dropped 10") != std::string::npos);
}

TEST_CASE("hours of training are told when there were any, and only then") {
  report::Result result = test::training_result();
  CHECK(to_json(result, true).as_object().if_contains("goodput") == nullptr);
  CHECK(report::to_text(result, true).find("goodput") == std::string::npos);
  result.goodput = test::day_of_training();
  const json::value v = to_json(result, true);
  CHECK(schema_errors(result_schema(), v) == Errors{});
  const json::value& g = v.at("goodput");
  CHECK(g.at("duration_seconds").as_double() == 86'400);
  CHECK(g.at("across_sites").as_double() == 0.9);
  CHECK(g.at("steps").at("single_site").as_double() == 2'900.4);
  CHECK(g.at("spent").at("rework").as_double() == 0.03);
  CHECK(g.at("effects").at(0).at("moments").at(2).at("aborts").as_bool());
  const std::string text = report::to_text(result, true);
  CHECK(text.find("  over 24 h, 1,000 histories\n") != std::string::npos);
  CHECK(text.find(
            "  goodput                        93.00 %       90.00 %   +- 0.05 %; nine in ten 85.00 % to 94.00 %\n") !=
        std::string::npos);
  CHECK(text.find("  steps that count               2,900.4       2,736.0   94.33 % of one site\n") !=
        std::string::npos);
  CHECK(text.find("    rework                                      3.00 %\n") != std::string::npos);
  CHECK(text.find("    stalls") == std::string::npos);
  CHECK(text.find("7.0   4.0 failures, 3.0 cuts of which 1.5 abort\n") != std::string::npos);
  CHECK(
      text.find("  a cut of west-east for 10 s: +12 s to +13 s in 30.0 % of a step, aborts after 8.6 s in 25.0 % of a "
                "step, else nothing\n") != std::string::npos);
  result.is_valid = false;
  CHECK(report::to_text(result, true).find("goodput") == std::string::npos);
}

TEST_CASE("the schema refuses what the report does not write") {
  const json::value schema = result_schema();
  const json::value good = to_json(test::training_result(), true);
  json::value bad = good;
  bad.as_object()["efficiency"] = "97%";
  CHECK(schema_errors(schema, bad) == Errors{"/efficiency: has the wrong type"});
  bad = good;
  bad.as_object().erase("links");
  CHECK(schema_errors(schema, bad) == Errors{": lacks links"});
  bad = good;
  bad.as_object()["links"].as_array()[0].as_object()["dropped"].as_object()["gremlins"] = 1;
  CHECK(schema_errors(schema, bad) == Errors{"/links/0/dropped: has an unknown key gremlins"});
  bad = good;
  bad.as_object()["attribution"].as_array()[0].as_object()["cause"] = "moon";
  CHECK(schema_errors(schema, bad) == Errors{"/attribution/0/cause: is none of the allowed values"});
  bad = good;
  bad.as_object()["links"].as_array()[1].as_object()["utilisation"] = 1.5;
  CHECK(schema_errors(schema, bad) == Errors{"/links/1/utilisation: is too large"});
}

TEST_CASE("scripts find the figures under their keys") {
  const json::value v = to_json(test::training_result(), false);
  CHECK(v.at("schema") == 1);
  CHECK(v.at("scenario") == "unicom-lingang-300km");
  CHECK(v.at("scenario_hash") == "0123456789abcdef");
  CHECK(v.at("seed").to_number<int>() == 1);
  CHECK(v.at("valid").as_bool());
  CHECK(v.at("efficiency").as_double() == 0.9721);
  CHECK(v.at("efficiency_error").is_null());
  CHECK(v.at("step_seconds").at("single_site").as_double() == 28.541);
  CHECK(v.at("step_seconds").at("across_sites").as_double() == 29.36);
  CHECK(v.at("mfu").at("across_sites").as_double() == 0.3997);
  CHECK(v.at("exposed_communication_seconds").as_double() == 4.429);
  CHECK(v.at("exposed_communication_single_site_seconds").as_double() == 3.61);
  CHECK(v.at("attribution").as_array().size() == 5);
  CHECK(v.at("attribution").at(0).at("cause") == "loss");
  CHECK(v.at("attribution").at(0).at("points").as_double() == 0.42);
  const json::value& link = v.at("links").at(0);
  CHECK(link.at("name") == "west-east");
  CHECK(link.at("direction") == "west->east");
  CHECK(link.at("frames_in").to_number<std::uint64_t>() == 83'886'080);
  CHECK(link.at("dropped").at("random").to_number<int>() == 84);
  CHECK(link.at("dropped").as_object().size() == 7);
  CHECK(link.at("dropped").at("bit-error").to_number<int>() == 0);
  CHECK(link.at("queue_peak_bytes").to_number<std::uint64_t>() == 134'217'728);
  for (const char* key :
       {"far_queue_peak_bytes", "far_buffer_bytes", "far_pauses", "pause_frames", "pauses_expired", "watchdog_dropped"})
    CHECK(link.at(key).to_number<std::uint64_t>() == 0);
  CHECK(link.at("far_paused_seconds").as_double() == 0);
  CHECK(v.at("flows").as_array().empty());
  for (const char* key : {"cnps_sent", "cnps_received", "rate_cuts"}) CHECK(v.at(key).to_number<int>() == 0);
  CHECK(v.at("engine").at("frames").to_number<std::uint64_t>() == 167'772'160);
  CHECK(v.at("engine").at("wall_seconds").as_double() == 12.5);
  CHECK(v.at("engine").at("frames_per_second").as_double() == 167'772'160 / 12.5);
  CHECK(v.at("engine").at("threads").to_number<int>() == 1);
}

TEST_CASE("CNPs of a near edge are told where there were any") {
  report::Result result = test::lab_result();
  CHECK_FALSE(to_json(result, true).at("links").at(0).as_object().contains("near_cnps"));
  CHECK(report::to_text(result, true).find("near edge:") == std::string::npos);
  fabric::LinkStatistics& link = result.across_sites.fabric.links[0];
  link.near_cnps = 12'345;
  link.frames_generated += 12'345;
  link.frames_out += 12'345;
  CHECK(link.is_conserved());
  const json::value v = to_json(result, true);
  CHECK(schema_errors(result_schema(), v) == Errors{});
  CHECK(v.at("links").at(0).at("near_cnps").to_number<int>() == 12'345);
  CHECK(report::to_text(result, true).find("near edge: 12,345 CNPs sent to the senders\n") != std::string::npos);
}

TEST_CASE("lab flows have goodput and no efficiency") {
  const json::value v = to_json(test::lab_result(), false);
  CHECK(v.at("efficiency").is_null());
  CHECK(v.at("step_seconds").at("across_sites").is_null());
  CHECK(v.at("attribution").as_array().empty());
  const json::value& flow = v.at("flows").at(0);
  CHECK(flow.at("goodput_bps").as_double() == 187.5e9);
  CHECK(flow.at("sent").to_number<std::uint64_t>() == 200'000'000);
  CHECK(flow.at("retransmitted").to_number<std::uint64_t>() == 4'194'304);
  CHECK(flow.at("timeouts").to_number<std::uint64_t>() == 3);
  CHECK(flow.at("completion").at("p99_seconds").as_double() == 0.0311);
  CHECK(flow.at("completion").at("messages").to_number<int>() == 380);
}

TEST_CASE("a live run says how well it kept its time, and a virtual one has nothing to say") {
  report::Result result = test::lab_result();
  CHECK_FALSE(to_json(result, false).as_object().contains("live"));
  CHECK(report::to_text(result, false).find("kept time") == std::string::npos);
  result.across_sites.fabric.live = fabric::LiveStatistics{.lag_median_ns = 210,
                                                           .lag_p99_ns = 1'500,
                                                           .lag_max_ns = 96'000,
                                                           .control_lag_p99_ns = 5'120,
                                                           .excess_delay_median_ns = 700,
                                                           .stolen_seconds = 0.0021,
                                                           .control_stolen_seconds = 0.004,
                                                           .longest_gap_seconds = 0.0018};
  const json::value v = to_json(result, false);
  CHECK(schema_errors(result_schema(), v) == Errors{});
  CHECK(v.at("live").as_object().size() == 8);
  CHECK(v.at("live").at("lag_median_ns").as_double() == 210);
  CHECK(v.at("live").at("lag_p99_ns").as_double() == 1'500);
  CHECK(v.at("live").at("lag_max_ns").as_double() == 96'000);
  CHECK(v.at("live").at("stolen_seconds").as_double() == 0.0021);
  CHECK(v.at("live").at("longest_gap_seconds").as_double() == 0.0018);
  CHECK(report::to_text(result, false)
            .find("frames late by p50 210 ns, p99 1.5 us, max 96 us; stolen from the link "
                  "2.1 ms, longest pause 1.8 ms; from the workload 4 ms") != std::string::npos);
}

TEST_CASE("an invalid run has a reason and no efficiency") {
  const json::value v = to_json(test::invalid_result(), false);
  CHECK_FALSE(v.at("valid").as_bool());
  CHECK(v.at("why_invalid") == "queue pair 3 of west rank 12 ran out of retries at 1.25 s");
  CHECK(v.at("efficiency").is_null());
}

TEST_CASE("only engine may differ between runs with one seed, and nothing when deterministic") {
  report::Result first = test::training_result();
  report::Result second = first;
  second.across_sites.fabric.wall_seconds = 99;
  second.across_sites.fabric.threads = 4;
  second.host = "elsewhere";
  CHECK(json::to_text(to_json(first, true)) == json::to_text(to_json(second, true)));
  CHECK(to_json(first, true).at("engine").as_object().size() == 2);

  json::value a = to_json(first, false);
  json::value b = to_json(second, false);
  CHECK(a != b);
  CHECK(b.at("engine").at("host") == "elsewhere");
  a.as_object().erase("engine");
  b.as_object().erase("engine");
  CHECK(json::to_text(a) == json::to_text(b));
}

TEST_CASE("what is not finite is null, never a broken document") {
  report::Result r = test::training_result();
  r.efficiency = std::numeric_limits<double>::infinity();
  CHECK(to_json(r, false).at("efficiency").is_null());
}
