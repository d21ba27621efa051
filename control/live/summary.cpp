// SPDX-License-Identifier: Apache-2.0
#include "control/live/summary.hpp"

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "control/report/format.hpp"

namespace farlink::live {
namespace {

using report::bytes_text, report::count_text, report::left, report::percent_text, report::printable, report::rate_text,
    report::right, report::seconds_text;

const json::value& at(const json::value& object, std::string_view key) { return object.as_object().at(key); }
std::uint64_t count(const json::value& object, std::string_view key) {
  return at(object, key).to_number<std::uint64_t>();
}
double number(const json::value& object, std::string_view key) { return at(object, key).to_number<double>(); }
std::string text(const json::value& object, std::string_view key) {
  return printable(std::string_view{at(object, key).as_string()});
}

std::string nanoseconds(const json::value& lag, std::string_view key) { return seconds_text(number(lag, key) * 1e-9); }

// ", name count" for counters that are not zero.
std::string non_zero(const json::value& object, std::initializer_list<std::pair<const char*, const char*>> keys) {
  std::string out;
  for (const auto& [key, name] : keys) {
    if (const std::uint64_t n = count(object, key); n > 0)
      out += (out.empty() ? "" : ", ") + std::string{name} + ' ' + count_text(n);
  }
  return out;
}

std::string drops(const json::value& direction) {
  return non_zero(at(direction, "dropped"), {{"queue", "queue"},
                                             {"headroom", "headroom"},
                                             {"random", "random"},
                                             {"burst", "burst"},
                                             {"bit-error", "bit-error"},
                                             {"listed", "listed"},
                                             {"cut", "cut"}});
}

std::uint64_t dropped_total(const json::value& direction) {
  std::uint64_t total = 0;
  for (const auto& cause : at(direction, "dropped").as_object()) total += cause.value().to_number<std::uint64_t>();
  return total;
}

// What differs from a clean line.
std::string impairments(const json::value& settings) {
  std::string out;
  for (const auto key :
       {"jitter", "loss", "burst-loss", "bit-error-rate", "fec", "corrupt", "duplicate", "ce-mark", "ecn"}) {
    const std::string value = text(settings, key);
    if (value != "off" && value.find_first_of("123456789") != std::string::npos)
      out += "; " + std::string{key} + " " + value;
  }
  if (const std::uint64_t listed = count(settings, "listed-loss"); listed > 0)
    out += "; listed-loss of " + count_text(listed);
  return out + "; pfc " + text(settings, "pfc");
}

// The same direction in an earlier state; nullptr when it is not there.
const json::value* find_direction(const json::value& state, const std::string& link, const std::string& direction) {
  for (const json::value& l : at(state, "links").as_array()) {
    if (text(l, "name") != link) continue;
    for (const json::value& d : at(l, "directions").as_array()) {
      if (text(d, "direction") == direction) return &d;
    }
  }
  return nullptr;
}

std::string throughput(const json::value& state, const json::value* earlier, const std::string& link,
                       const json::value& direction) {
  if (earlier == nullptr) return {};
  const json::value* before = find_direction(*earlier, link, text(direction, "direction"));
  const double seconds = number(state, "now_seconds") - number(*earlier, "now_seconds");
  if (before == nullptr || seconds <= 0) return {};
  const auto per_second = [&](std::string_view key) {
    return (number(direction, key) - number(*before, key)) / seconds;
  };
  return "; now " + rate_text(per_second("wire_bytes") * 8) + ", " +
         count_text(static_cast<std::uint64_t>(std::max(0.0, per_second("frames_in")))) + " frames/s";
}

void add_direction(std::string& out, const json::value& state, const json::value* earlier, const std::string& link,
                   const json::value& d) {
  const json::value& lag = at(d, "lag");
  out += "  " + left(link + "  " + text(d, "direction"), 26) + right(count_text(count(d, "frames_in")), 15) +
         right(count_text(count(d, "frames_out")), 15) + right(count_text(dropped_total(d)), 12) +
         right(count_text(count(d, "frames_held")), 10) + right(percent_text(number(d, "utilisation"), 1), 9) +
         right(bytes_text(count(d, "queue_peak_bytes")), 12) + '\n';
  out += "    " + rate_text(number(d, "rate_bps")) + ", " + seconds_text(number(d, "one_way_delay_seconds")) +
         " one way" + impairments(at(d, "settings")) + throughput(state, earlier, link, d) + '\n';
  out += "    released " + count_text(count(lag, "count")) + ": lag median " + nanoseconds(lag, "median_ns") +
         ", p99 " + nanoseconds(lag, "p99_ns") + ", max " + nanoseconds(lag, "max_ns") + '\n';
  if (at(d, "is_cut").as_bool()) out += "    CUT\n";
  if (!at(d, "is_adopted").as_bool()) out += "    new values are not adopted yet\n";
  if (const std::string causes = drops(d); !causes.empty()) out += "    dropped: " + causes + '\n';
  const std::string more = non_zero(d, {{"frames_duplicated", "duplicated"},
                                        {"frames_generated", "copies for further ports"},
                                        {"ecn_marked", "ECN marked"},
                                        {"xoff_sent", "XOFF"},
                                        {"far_pauses", "XOFF of the far edge"},
                                        {"pause_frames", "pause frames sent back"},
                                        {"pauses_expired", "pauses expired"},
                                        {"watchdog_dropped", "WATCHDOG DROPPED"},
                                        {"late", "LATE"},
                                        {"no_frame", "LOST FOR WANT OF ROOM"},
                                        {"capture_missed", "not captured"},
                                        {"time_went_back", "TIME WENT BACK"}});
  if (!more.empty()) out += "    " + more + '\n';
}

void add_links(std::string& out, const json::value& state, const json::value* earlier, std::string_view only_link) {
  out += "  " + left("link", 26) + right("frames in", 15) + right("out", 15) + right("dropped", 12) +
         right("held", 10) + right("used", 9) + right("queue peak", 12) + '\n';
  for (const json::value& link : at(state, "links").as_array()) {
    const std::string name = text(link, "name");
    if (!only_link.empty() && name != only_link) continue;
    for (const json::value& direction : at(link, "directions").as_array())
      add_direction(out, state, earlier, name, direction);
  }
  out += '\n';
}

void add_ports(std::string& out, const json::value& state) {
  out += "  " + left("port", 14) + left("device", 34) + right("received", 15) + right("sent", 15) + '\n';
  for (const json::value& port : at(state, "ports").as_array()) {
    out += "  " + left(text(port, "name"), 14) + left(text(port, "device"), 34) +
           right(count_text(count(port, "received")), 15) + right(count_text(count(port, "sent")), 15) +
           (at(port, "is_up").as_bool() ? "" : "  DOWN") + '\n';
    const std::string more = non_zero(port, {{"missed", "MISSED"},
                                             {"no_mbuf", "NO BUFFER"},
                                             {"errors", "damaged"},
                                             {"refused", "REFUSED BY THE PORT"},
                                             {"unsent", "TAKEN AND NOT SENT"},
                                             {"behind", "BEHIND THEIR TIME AT THE NIC"},
                                             {"down", "lost while it was down"},
                                             {"runts", "runts"},
                                             {"too_long", "too long"},
                                             {"unroutable", "unroutable"},
                                             {"filtered", "filtered"},
                                             {"local", "local"},
                                             {"flooded", "flooded"},
                                             {"pause_received", "pauses received"},
                                             {"pause_sent", "pauses sent"},
                                             {"link_changes", "up or down"}});
    if (!more.empty()) out += "    " + more + '\n';
  }
  out += '\n';
}

void add_workers(std::string& out, const json::value& state) {
  for (const json::value& worker : at(state, "workers").as_array()) {
    out += "  lcore " + count_text(count(worker, "lcore")) + "  " + text(worker, "does") + ": longest gap " +
           seconds_text(number(worker, "longest_gap_seconds")) + ", " + count_text(count(worker, "gaps")) +
           " beyond max-lag, " + seconds_text(number(worker, "stolen_seconds")) + " in all\n";
  }
}

void add_events(std::string& out, const json::value& state) {
  for (const json::value& event : at(state, "events").as_array()) {
    const bool is_refused = event.as_object().contains("refused");
    const double late = number(event, "applied_seconds") - number(event, "due_seconds");
    out += "  " + seconds_text(number(event, "due_seconds")) + "  " + text(event, "link") + "  " +
           text(event, "direction") + "  " + text(event, "what") +
           (is_refused ? ": REFUSED: " + text(event, "refused") : ", " + seconds_text(late) + " late") + '\n';
  }
}

void add_validity(std::string& out, const json::value& state) {
  for (const json::value& reason : at(state, "why_invalid").as_array())
    out += "  INVALID: " + printable(std::string_view{reason.as_string()}) + '\n';
  out += "  " + std::string{at(state, "valid").as_bool() ? "valid" : "no figure above may be used"} + "; frames " +
         (at(state, "is_conserved").as_bool() ? "accounted for" : "NOT ACCOUNTED FOR") + ", " +
         count_text(count(state, "held")) + " held; buffers " + count_text(count(state, "mbufs_free")) + " of " +
         count_text(count(state, "mbufs")) + " free\n";
}

}  // namespace

std::string summary(const json::value& state, const json::value* earlier, std::string_view only_link) {
  try {
    std::string out = text(state, "scenario") + "  " + text(state, "scenario_hash") + "  " +
                      seconds_text(number(state, "now_seconds")) + "\n\n";
    add_links(out, state, earlier, only_link);
    add_ports(out, state);
    add_workers(out, state);
    add_events(out, state);
    add_validity(out, state);
    return out;
  } catch (const std::exception& error) {
    throw std::runtime_error("this is no state of a live run: " + std::string{error.what()});
  }
}

}  // namespace farlink::live
