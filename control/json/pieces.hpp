// SPDX-License-Identifier: Apache-2.0
// A JSON text of any length, fed portion by portion and handed out in pieces of bounded size.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "control/json/json.hpp"

namespace farlink::json {

// Where a piece stands: in {"nodes": [A, B], "pid": P} A and B are elements 0 and 1 of `nodes`, P is the member `pid`.
struct Place {
  std::string_view key;  // of the outermost object's member; "" in an outermost array and for whole documents
  // Of the element in its array; 0 for a member that is no array; of the document in a text of several.
  std::uint64_t number = 0;
};
// For messages: "member 'nodes', element 12", "member 'pid'", "element 3".
std::string name_of(const Place& place);
using Visitor = std::function<void(const Place& place, value piece)>;

enum class Cut : std::uint8_t {
  // The elements of every array that is outermost or a member of the outermost object, and that object's other members.
  pieces,
  // Each of the documents that follow one another with or without blanks between them ("JSON lines").
  documents
};

// Visits pieces in the order of the text. feed() and finish() throw std::runtime_error with place and reason for what
// is no JSON, text behind its end, nesting above 32, and pieces of more than `limit` bytes; what `visit` throws passes
// through. A piece is measured between two portions, so it may be longer than the limit by one.
class PieceReader {
 public:
  PieceReader(Cut cut, std::uint64_t limit, Visitor visit);
  ~PieceReader();
  PieceReader(const PieceReader&) = delete;
  PieceReader& operator=(const PieceReader&) = delete;

  void feed(std::string_view text);
  void finish();  // the text ends here

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace farlink::json
