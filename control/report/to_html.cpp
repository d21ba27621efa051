// SPDX-License-Identifier: Apache-2.0
#include "control/report/to_html.hpp"

#include <stdexcept>
#include <string_view>

#include "control/report/page_data.hpp"
#include "control/report/page_text.hpp"
#include "control/report/to_text.hpp"

namespace farlink::report {

namespace {

// No "<" at all inside the script element: neither "</script" nor "<!--" can then change how the page is read.
std::string script_data(const json::value& data) {
  std::string out;
  for (const char c : serialize(data)) {
    if (c == '<')
      out += "\\u003c";
    else if (c == '>')
      out += "\\u003e";
    else if (c == '&')
      out += "\\u0026";
    else
      out += c;
  }
  return out;
}

std::string markup_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '<')
      out += "&lt;";
    else if (c == '>')
      out += "&gt;";
    else if (c == '&')
      out += "&amp;";
    else
      out += c;
  }
  return out;
}

// Splits at the one place where `mark` stands.
std::pair<std::string_view, std::string_view> split(std::string_view page, std::string_view mark) {
  const std::size_t at = page.find(mark);
  if (at == std::string_view::npos || page.find(mark, at + 1) != std::string_view::npos) {
    throw std::logic_error("the bundled report page must hold " + std::string(mark) +
                           " once; build control/report again");
  }
  return {page.substr(0, at), page.substr(at + mark.size())};
}

}  // namespace

std::string to_html(const Result& result, bool deterministic) {
  // Split first, fill in last: a mark inside the data is never replaced.
  const auto [before_text, rest] = split(page_text(), text_mark);
  const auto [before_data, after_data] = split(rest, data_mark);
  std::string out{before_text};
  out += markup_text(to_text(result, deterministic));
  out += before_data;
  out += script_data(page_data(result, deterministic));
  out += after_data;
  return out;
}

}  // namespace farlink::report
