// SPDX-License-Identifier: Apache-2.0
#include "control/server/live_service.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <vector>

#include "control/scenario/change.hpp"
#include "dataplane/units/text.hpp"

namespace farlink::server {
namespace {

using units::Duration;

[[noreturn]] void refuse(const std::string& what) { throw std::runtime_error(what); }

void check_members(const json::object& request, std::initializer_list<std::string_view> allowed) {
  for (const auto& member : request) {
    const std::string_view key = member.key();
    if (key == "op" || std::find(allowed.begin(), allowed.end(), key) != allowed.end()) continue;
    std::string all;
    for (const std::string_view name : allowed) all += (all.empty() ? "" : ", ") + std::string{name};
    refuse("'" + std::string{key} + "' is no member of this request; allowed: " + (all.empty() ? "op" : all));
  }
}

std::string text_of(const json::object& request, std::string_view key, const char* fallback = nullptr) {
  const json::value* value = request.if_contains(key);
  if (value == nullptr && fallback != nullptr) return fallback;
  if (value == nullptr || !value->is_string()) refuse("'" + std::string{key} + "' must be there, and a text");
  return std::string{value->get_string()};
}

std::vector<std::string> texts_of(const json::object& request, std::string_view key) {
  const json::value* list = request.if_contains(key);
  if (list == nullptr || !list->is_array()) refuse("'" + std::string{key} + "' must be there, and a list of texts");
  std::vector<std::string> texts;
  for (const json::value& item : list->get_array()) {
    if (!item.is_string()) refuse("'" + std::string{key} + "' is a list of texts, such as [\"loss=1%\"]");
    texts.emplace_back(item.get_string());
  }
  return texts;
}

std::uint64_t whole_of(const json::object& request, std::string_view key, std::uint64_t fallback, std::uint64_t most) {
  const json::value* value = request.if_contains(key);
  if (value == nullptr) return fallback;
  if (!value->is_int64() || value->get_int64() < 1 || static_cast<std::uint64_t>(value->get_int64()) > most)
    refuse("'" + std::string{key} + "' is a whole number from 1 to " + std::to_string(most));
  return static_cast<std::uint64_t>(value->get_int64());
}

// As events of a scenario file have them.
Duration microseconds_of(const json::object& request, std::string_view key) {
  const std::string text = text_of(request, key, "0");
  const Duration value = units::parse_duration(text);
  if (value > Duration::seconds(1'000'000)) refuse("'" + text + "': too large; at most 1000000s");
  if (value.picoseconds() % Duration::microseconds(1).picoseconds() != 0)
    refuse("'" + text + "' is finer than the timeline; write whole microseconds");
  return value;
}

Duration positive_duration_of(const json::object& request, std::string_view key) {
  const Duration value = microseconds_of(request, key);
  if (value == Duration::zero()) refuse("'" + std::string{key} + "' must be above 0");
  return value;
}

link::CapturePoint point_of(const std::string& text) {
  if (text == "access") return link::CapturePoint::access;
  if (text == "line") return link::CapturePoint::line;
  if (text == "exit") return link::CapturePoint::exit;
  refuse("'" + text + "' is no place of a capture; one of access, line, exit");
}

scenario::DirectionChoice direction_of(const json::object& request, const scenario::Scenario& scenario,
                                       const std::string& link) {
  const scenario::Link& found = scenario.links[scenario::link_number(scenario, link)];
  return scenario::parse_direction(found, text_of(request, "direction", "both"));
}

}  // namespace

json::object LiveService::answer(const json::object& request) {
  const std::string op = text_of(request, "op");
  if (op == "set") return set(request);
  if (op == "event") return event(request);
  if (op == "capture-start") return capture_start(request);
  if (op == "capture-status" || op == "capture-stop") {
    check_members(request, {"link"});
    const std::string link = text_of(request, "link");
    return {{"capture", to_json(op == "capture-stop" ? session_.stop_capture(link) : session_.capture_report(link))}};
  }
  if (op != "show" && op != "stop")
    refuse("'" + op + "' is no request; one of show, set, event, capture-start, capture-status, capture-stop, stop");
  check_members(request, {});
  if (op == "show") return {{"state", session_.state()}};
  is_stop_wanted_ = true;
  return {};
}

json::object LiveService::set(const json::object& request) {
  check_members(request, {"link", "values", "direction"});
  const std::string link = text_of(request, "link");
  const std::string direction = text_of(request, "direction", "both");
  const std::size_t changed = session_.set(link, direction, texts_of(request, "values"));
  return {{"changed", changed}};
}

json::object LiveService::event(const json::object& request) {
  check_members(request, {"link", "cut", "values", "in", "direction"});
  scenario::Event event;
  event.link = text_of(request, "link");
  event.direction = direction_of(request, session_.scenario(), event.link);
  if (request.contains("cut") == request.contains("values")) refuse("an event has either 'cut' or 'values'");
  if (request.contains("cut")) {
    event.cut = positive_duration_of(request, "cut");
  } else {
    event.set = texts_of(request, "values");
  }
  event.at = session_.now().since_start() + microseconds_of(request, "in");
  session_.add_event(event);
  return {{"due_seconds", event.at.seconds()}};
}

json::object LiveService::capture_start(const json::object& request) {
  check_members(request, {"link", "at", "file", "filter", "count", "duration", "snap", "direction"});
  constexpr std::uint64_t most_frames = 1'000'000'000'000, longest_frame = 9'216;
  live::CaptureOrder order;
  order.link = text_of(request, "link");
  order.direction = direction_of(request, session_.scenario(), order.link);
  order.point = point_of(text_of(request, "at"));
  order.file = text_of(request, "file");
  order.filter = text_of(request, "filter", "");
  order.count = whole_of(request, "count", 0, most_frames);
  order.snap_bytes = static_cast<std::uint32_t>(whole_of(request, "snap", longest_frame, longest_frame));
  if (request.contains("duration")) order.duration = positive_duration_of(request, "duration");
  session_.start_capture(order);
  return {{"capture", to_json(session_.capture_report(order.link))}};
}

}  // namespace farlink::server
