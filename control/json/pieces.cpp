// SPDX-License-Identifier: Apache-2.0
#include "control/json/pieces.hpp"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/value_stack.hpp>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>

namespace farlink::json {

std::string name_of(const Place& place) {
  constexpr std::size_t longest = 80;  // keys come from files, and may be of any length
  std::string text;
  if (!place.key.empty())
    text.append("member '")
        .append(place.key.substr(0, longest))
        .append(place.key.size() > longest ? "..." : "")
        .append("', ");
  return text.append("element ").append(std::to_string(place.number));
}

namespace {

namespace bj = boost::json;

// Builds the piece at hand and hands it out when it is complete.
class Handler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t max_array_size = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t max_key_size = std::numeric_limits<std::uint32_t>::max();
  static constexpr std::size_t max_string_size = std::numeric_limits<std::uint32_t>::max();

  Handler(Cut cut, Visitor visit) : cut_{cut}, visit_{std::move(visit)} { stack_.reset(); }

  Place place() const noexcept { return {key_, number_}; }
  // Bytes of text since the last piece was complete are counted by the caller, who asks whether one was.
  bool take_completed() noexcept { return std::exchange(completed_, false); }
  void next_document() noexcept { ++number_; }

  bool on_document_begin(bj::error_code&) noexcept { return true; }
  bool on_document_end(bj::error_code&) noexcept { return true; }
  bool on_object_begin(bj::error_code&) { return open(false); }
  bool on_array_begin(bj::error_code&) { return open(true); }
  bool on_object_end(std::size_t size, bj::error_code&) {
    return close([&] { stack_.push_object(size); });
  }
  bool on_array_end(std::size_t size, bj::error_code&) {
    return close([&] { stack_.push_array(size); });
  }
  bool on_key_part(bj::string_view part, std::size_t, bj::error_code&) {
    if (building_) {
      stack_.push_chars(part);
    } else {
      begin_key(part);
    }
    return true;
  }
  bool on_key(bj::string_view part, std::size_t, bj::error_code&) {
    if (building_) {
      stack_.push_key(part);
    } else {
      begin_key(part);
      key_complete_ = true;
    }
    return true;
  }
  bool on_string_part(bj::string_view part, std::size_t, bj::error_code&) {
    stack_.push_chars(part);
    return true;
  }
  bool on_string(bj::string_view part, std::size_t, bj::error_code&) {
    return scalar([&] { stack_.push_string(part); });
  }
  bool on_number_part(bj::string_view, bj::error_code&) noexcept { return true; }
  bool on_int64(std::int64_t number, bj::string_view, bj::error_code&) {
    return scalar([&] { stack_.push_int64(number); });
  }
  bool on_uint64(std::uint64_t number, bj::string_view, bj::error_code&) {
    return scalar([&] { stack_.push_uint64(number); });
  }
  bool on_double(double number, bj::string_view, bj::error_code&) {
    return scalar([&] { stack_.push_double(number); });
  }
  bool on_bool(bool truth, bj::error_code&) {
    return scalar([&] { stack_.push_bool(truth); });
  }
  bool on_null(bj::error_code&) {
    return scalar([&] { stack_.push_null(); });
  }
  bool on_comment_part(bj::string_view, bj::error_code&) noexcept { return true; }
  bool on_comment(bj::string_view, bj::error_code&) noexcept { return true; }

 private:
  // Containers around the pieces are only counted: the outermost one, and an array that is its member.
  bool is_around(bool is_array) const noexcept {
    if (cut_ == Cut::documents || building_ > 0) return false;
    return around_ == 0 || (around_ == 1 && is_array && !outermost_is_array_);
  }
  bool open(bool is_array) {
    if (!is_around(is_array)) {
      ++building_;
      return true;
    }
    if (around_++ == 0) outermost_is_array_ = is_array;
    number_ = 0;
    return true;
  }
  template <typename Push>
  bool close(Push push) {
    if (building_ == 0) {
      --around_;
      number_ = 0;
      completed_ = true;
      return true;
    }
    push();
    return --building_ > 0 || hand_out();
  }
  template <typename Push>
  bool scalar(Push push) {
    push();
    return building_ > 0 || hand_out();
  }
  void begin_key(bj::string_view part) {
    if (std::exchange(key_complete_, false)) key_.clear();
    key_.append(part.data(), part.size());
    number_ = 0;
  }
  bool hand_out() {
    bj::value piece = stack_.release();
    stack_.reset();
    completed_ = true;
    visit_(place(), std::move(piece));
    if (cut_ == Cut::pieces && (outermost_is_array_ || around_ == 2)) ++number_;
    return true;
  }

  Cut cut_;
  Visitor visit_;
  bj::value_stack stack_;
  std::string key_;
  bool key_complete_ = false, outermost_is_array_ = false, completed_ = false;
  std::uint64_t number_ = 0;
  std::uint32_t around_ = 0, building_ = 0;
};

bool is_blank(char c) noexcept { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

}  // namespace

struct PieceReader::Parser {
  Parser(Cut how, std::uint64_t limit_of_piece, Visitor visit)
      : cut{how}, limit{limit_of_piece}, parser{bj::parse_options{}, how, std::move(visit)} {}

  void begin_document() {
    if (!is_empty) {
      parser.reset();
      parser.handler().next_document();
    }
    is_empty = false;
    in_document = true;
  }
  [[noreturn]] void refuse(const std::string& reason) {
    throw std::runtime_error(name_of(parser.handler().place()) + ": " + reason);
  }

  Cut cut;
  std::uint64_t limit, since_piece = 0;
  bj::basic_parser<Handler> parser;
  bool in_document = false, is_empty = true;
};

PieceReader::PieceReader(Cut cut, std::uint64_t limit, Visitor visit)
    : parser_{std::make_unique<Parser>(cut, limit, std::move(visit))} {}
PieceReader::~PieceReader() = default;

void PieceReader::feed(std::string_view text) {
  Parser& p = *parser_;
  while (!text.empty()) {
    if (!p.in_document) {
      const auto* begin = std::find_if_not(text.begin(), text.end(), is_blank);
      text.remove_prefix(static_cast<std::size_t>(begin - text.begin()));
      if (text.empty()) return;
      if (!p.is_empty && p.cut == Cut::pieces)
        throw std::runtime_error("there is text behind the end of the JSON document");
      p.begin_document();
    }
    bj::error_code error;
    const std::size_t used = p.parser.write_some(true, text.data(), text.size(), error);
    if (error) p.refuse(error.message());
    p.since_piece = p.parser.handler().take_completed() ? 0 : p.since_piece + used;
    if (p.since_piece > p.limit) p.refuse("it is longer than " + std::to_string(p.limit) + " bytes");
    if (p.parser.done()) p.in_document = false;
    text.remove_prefix(used);
  }
}

void PieceReader::finish() {
  Parser& p = *parser_;
  if (p.is_empty) throw std::runtime_error("there is nothing in it");
  if (!p.in_document) return;
  bj::error_code error;
  p.parser.write_some(false, nullptr, 0, error);
  if (error) p.refuse(error.message());
}

}  // namespace farlink::json
