// SPDX-License-Identifier: Apache-2.0
// The pretty printer and the strict reader behind control/json/json.hpp.
#include "control/json/json.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <stdexcept>
#include <system_error>

namespace farlink::json {
namespace {

void append_double(std::string& out, double number) {
  if (!std::isfinite(number)) {  // JSON has no word for it
    out += "null";
    return;
  }
  std::array<char, 32> buffer;
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number).ptr;
  const std::string_view digits{buffer.data(), static_cast<std::size_t>(end - buffer.data())};
  out += digits;
  // Without a point or an exponent a reader would take it for an integer.
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";
}

void append(std::string& out, const value& v, std::size_t depth);

void append_line(std::string& out, std::size_t depth) {
  out += '\n';
  out.append(depth * 2, ' ');
}

bool is_plain(const value& v) { return !v.is_object() && !v.is_array(); }

void append_array(std::string& out, const array& items, std::size_t depth) {
  const bool one_line = std::all_of(items.begin(), items.end(), is_plain);
  out += '[';
  bool is_first = true;
  for (const value& item : items) {
    if (!is_first) out += one_line ? ", " : ",";
    is_first = false;
    if (!one_line) append_line(out, depth + 1);
    append(out, item, depth + 1);
  }
  if (!one_line) append_line(out, depth);
  out += ']';
}

void append_object(std::string& out, const object& members, std::size_t depth) {
  out += '{';
  bool is_first = true;
  for (const auto& member : members) {
    if (!is_first) out += ',';
    is_first = false;
    append_line(out, depth + 1);
    out += boost::json::serialize(member.key());
    out += ": ";
    append(out, member.value(), depth + 1);
  }
  if (!members.empty()) append_line(out, depth);
  out += '}';
}

void append(std::string& out, const value& v, std::size_t depth) {
  if (v.is_object()) {
    append_object(out, v.get_object(), depth);
  } else if (v.is_array()) {
    append_array(out, v.get_array(), depth);
  } else if (v.is_double()) {
    append_double(out, v.get_double());
  } else {
    out += boost::json::serialize(v);
  }
}

std::string position_in(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const std::size_t line_start = before.rfind('\n') + 1;  // npos + 1 is 0: the first line
  return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - line_start + 1);
}

}  // namespace

std::string to_text(const value& v) {
  std::string out;
  append(out, v, 0);
  out += '\n';
  return out;
}

std::string to_line(const value& v) {
  if (v.is_double()) {
    std::string out;
    append_double(out, v.get_double());
    return out;
  }
  if (is_plain(v)) return boost::json::serialize(v);
  std::string out;
  if (v.is_array()) {
    for (const value& item : v.get_array()) out += (out.empty() ? "" : ",") + to_line(item);
    return "[" + out + "]";
  }
  for (const auto& member : v.get_object())
    out += (out.empty() ? "" : ",") + boost::json::serialize(member.key()) + ":" + to_line(member.value());
  return "{" + out + "}";
}

value parse(std::string_view text) {
  boost::json::stream_parser parser;
  boost::system::error_code error;
  const std::size_t used = parser.write_some(text.data(), text.size(), error);
  if (!error && used < text.size()) error = boost::json::error::extra_data;
  if (!error) parser.finish(error);
  if (error) throw std::runtime_error("JSON " + position_in(text, used) + ": " + error.message());
  return parser.release();
}

}  // namespace farlink::json
