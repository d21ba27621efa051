// SPDX-License-Identifier: Apache-2.0
// What a scenario file may say: every key with its kind, its bounds and a line of help. One table, four readers: the
// check of a file, the check of --set paths, the suggestions, and the JSON Schema.
#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <string_view>

namespace farlink::scenario {

enum class Kind {
  name,  // [a-z0-9-]+
  text,
  word,    // one of Field::words, nothing else
  whole,   // an integer without unit
  number,  // a number without unit
  duration,
  bytes,
  rate,
  distance,
  probability,
  ratio,
  flops,
  window,              // "2bdp" or bytes
  comparison,          // ">= 95%"
  comparison_of_time,  // "<= 1.5s"
  section,             // a map of known keys
  named,               // a map from names to sections
  list,                // of sections
  pair,                // a list of two names
  texts,               // a list of texts
  wholes,              // a list of integers
  named_texts,         // a map from names to lists of texts
};

// A word that is allowed, or that is known and refused, with the words behind it of the refusal.
struct Word {
  std::string_view word;
  std::string_view refusal = {};  // empty: allowed
};

struct Section;

struct Field {
  std::string_view key;
  Kind kind = Kind::text;
  std::string_view help;
  std::string_view default_text = {};  // as it would be written
  bool is_required = false;
  // Bounds in the kind's own unit: s, bytes, bit/s, m, 1.
  double least = 0;
  double most = std::numeric_limits<double>::infinity();
  bool is_above_least = false;       // least itself is not allowed
  std::span<const Word> words = {};  // Kind::word: all there is; other kinds: allowed instead of the value
  const Section* section =
      nullptr;                    // Kind::section, named, list: of the entries; Kind::word: allowed instead of a word
  std::string_view refusal = {};  // the key is known, and refused because it is not built
  bool suggests_word = false;     // Kind::word: the refusal of another word names the nearest
};

// Alternatives of which a section has one at most; each is a set of keys that go together.
struct Exclusive {
  std::span<const std::span<const std::string_view>> alternatives;
  bool is_required = false;  // one must be there
};

struct Section {
  std::span<const Field> fields;
  std::span<const Exclusive> exclusives = {};
  std::span<const std::string_view> one_or_more_of = {};  // keys of which at least one must be there
};

const Section& scenario_section();
const Section& link_section();     // links.NAME
const Section& reverse_section();  // links.NAME.reverse
const Section& change_section();   // what may change while a link runs: events[].set, farlink link set
const Section& transport_section();
const Section& workload_section();
const Section& dpdk_section();
const Section& event_section();  // events[]
const Section& ramp_section();   // events[].ramp.set: what can change little by little

// The field of that key; nullptr when the section has none.
const Field* find_field(const Section& section, std::string_view key);

// Which alternative of the group has the key, if any.
std::optional<std::size_t> alternative_of(const Exclusive& group, std::string_view key);

// True when a section cannot have both keys.
bool exclude_each_other(const Section& section, std::string_view a, std::string_view b);

}  // namespace farlink::scenario
