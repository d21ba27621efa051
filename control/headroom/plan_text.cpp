// SPDX-License-Identifier: Apache-2.0
#include "control/headroom/plan_text.hpp"

#include "control/report/format.hpp"

namespace farlink::headroom {

using report::left, report::right;

namespace {

std::string direction_text(const DirectionPlan& d) { return d.link + ": " + d.from + "->" + d.to; }

std::string bytes_cell(Bytes bytes) { return right(bytes == Bytes{} ? "-" : report::bytes_text(bytes.count()), 12); }

json::object to_json(const Bounds& bounds) {
  return {{"headroom_bytes", bounds.headroom.count()},
          {"xon_bytes", bounds.xon.count()},
          {"xoff_bytes", bounds.xoff.count()},
          {"buffer_bytes", bounds.total.count()}};
}

}  // namespace

std::string to_text(const Plan& plan) {
  std::string text = left("direction", 26) + right("rate", 12) + right("round trip", 12) + right("in flight", 12) +
                     right("pfc", 14) + right("", 8) + right("headroom", 12) + right("XON", 12) + right("XOFF", 12) +
                     right("far buffer", 12) + "\n";
  for (const DirectionPlan& d : plan.directions) {
    const auto row = [&](const char* what, const Bounds& b) {
      return right(what, 8) + bytes_cell(b.headroom) + bytes_cell(b.xon) + bytes_cell(b.xoff) + bytes_cell(b.total) +
             "\n";
    };
    text += left(direction_text(d), 26) +
            right(report::rate_text(static_cast<double>(d.path.rate.bits_per_second())), 12) +
            right(report::seconds_text(d.path.round_trip.seconds()), 12) + bytes_cell(d.in_flight) +
            right(scenario::to_text(d.mode), 14) + row("needs", d.need) + left("", 76) + row("has", d.has);
  }
  text += "\n" + left("far buffer by mode", 26) + right("segmented", 14) + right("end-to-end", 14) +
          right("relay", 14) + right("rate-matched", 14) + "\n";
  for (const DirectionPlan& d : plan.directions) {
    text += left(direction_text(d), 26);
    for (const Bounds* b : {&d.segmented, &d.end_to_end, &d.relay, &d.rate_matched})
      text += right(report::bytes_text(b->total.count()), 14);
    text += "\n";
  }
  for (const std::string& note : plan.notes) text += "\nnote: " + note;
  return plan.notes.empty() ? text : text + "\n";
}

json::object to_json(const Plan& plan) {
  json::array directions;
  for (const DirectionPlan& d : plan.directions) {
    directions.push_back(json::object{{"link", d.link},
                                      {"direction", d.from + "->" + d.to},
                                      {"pfc", scenario::to_text(d.mode)},
                                      {"rate_bps", d.path.rate.bits_per_second()},
                                      {"round_trip_s", d.path.round_trip.seconds()},
                                      {"in_flight_bytes", d.in_flight.count()},
                                      {"need", to_json(d.need)},
                                      {"has", to_json(d.has)},
                                      {"modes", json::object{{"segmented", to_json(d.segmented)},
                                                             {"end-to-end", to_json(d.end_to_end)},
                                                             {"relay", to_json(d.relay)},
                                                             {"rate-matched", to_json(d.rate_matched)}}}});
  }
  json::array notes;
  for (const std::string& note : plan.notes) notes.push_back(json::value(note));
  return {{"directions", std::move(directions)}, {"notes", std::move(notes)}};
}

}  // namespace farlink::headroom
