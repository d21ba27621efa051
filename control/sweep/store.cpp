// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/store.hpp"

#include "control/json/json.hpp"

namespace farlink::sweep {

namespace {

constexpr std::string_view application = "farlink-sweep-1";

constexpr const char* schema = R"(
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS place(number INTEGER PRIMARY KEY, key TEXT NOT NULL, seed INTEGER NOT NULL, axis_values TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS run(
  key TEXT PRIMARY KEY, hash TEXT NOT NULL, seed INTEGER NOT NULL, fabric TEXT NOT NULL, version TEXT NOT NULL,
  scenario TEXT NOT NULL, status TEXT NOT NULL, message TEXT NOT NULL, efficiency REAL, step_single_site REAL,
  step_across_sites REAL, exposed_single_site REAL, exposed_across_sites REAL, result TEXT NOT NULL,
  wall_seconds REAL NOT NULL, finished TEXT NOT NULL, host TEXT NOT NULL);
)";

std::string list_text(const std::vector<std::string>& words) {
  json::array list;
  for (const std::string& word : words) list.emplace_back(word);
  return json::to_line(list);
}

std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  const json::value parsed = json::parse(list);
  for (const json::value& word : parsed.as_array()) words.emplace_back(word.as_string());
  return words;
}

Status status_of(const std::string& name) {
  for (const Status status : {Status::valid, Status::invalid})
    if (name == name_of(status)) return status;
  return Status::failed;
}

}  // namespace

std::string_view name_of(Status status) {
  switch (status) {
    case Status::valid:
      return "valid";
    case Status::invalid:
      return "invalid";
    default:
      return "failed";
  }
}

std::string key_of(std::string_view scenario_hash, std::string_view fabric, bool has_attribution) {
  return std::string(scenario_hash) + "/" + std::string(fabric) + (has_attribution ? "/attribution" : "");
}

Store::Store(const std::filesystem::path& file, Access access) : file_{file}, database_{file, access == Access::write} {
  if (access == Access::write) {
    Transaction transaction{database_};
    database_.execute(schema);
    Statement(database_, "INSERT OR IGNORE INTO meta VALUES('application', ?)").bind(application).run();
    transaction.commit();
  }
  bool is_ours = false;
  try {
    Statement asked(database_, "SELECT value FROM meta WHERE key = 'application'");
    is_ours = asked.step() && asked.text(0) == application;
  } catch (const StoreError&) {
    if (access == Access::write) throw;
  }
  if (!is_ours) throw StoreError(file.string() + ": is no database of a sweep of this version of farlink");
}

void Store::set_places(const SweepHead& head, const std::vector<Place>& places) {
  Transaction transaction{database_};
  Statement named(database_, "SELECT value FROM meta WHERE key = 'name'");
  if (named.step() && named.text(0) != head.name)
    throw StoreError(file_.string() + ": has the sweep '" + named.text(0) + "', not '" + head.name +
                     "'; give --out another file");
  named.reset();
  Statement put(database_, "INSERT OR REPLACE INTO meta VALUES(?, ?)");
  put.bind("name").bind(head.name).run();
  put.bind("paths").bind(list_text(head.paths)).run();
  database_.execute("DELETE FROM place");
  Statement add(database_, "INSERT INTO place(key, seed, axis_values) VALUES(?, ?, ?)");
  for (const Place& place : places)
    add.bind(place.key).bind(static_cast<std::int64_t>(place.seed)).bind(list_text(place.values)).run();
  transaction.commit();
}

SweepHead Store::head() {
  SweepHead head;
  Statement name(database_, "SELECT value FROM meta WHERE key = 'name'");
  if (name.step()) head.name = name.text(0);
  Statement paths(database_, "SELECT value FROM meta WHERE key = 'paths'");
  if (paths.step()) head.paths = words_of(paths.text(0));
  return head;
}

std::unordered_set<std::string> Store::keys(bool has_bad_ones) {
  std::unordered_set<std::string> keys;
  Statement asked(database_, has_bad_ones ? "SELECT key FROM run" : "SELECT key FROM run WHERE status = 'valid'");
  while (asked.step()) keys.insert(asked.text(0));
  return keys;
}

void Store::add(const RunRow& row) {
  Statement add(database_, "INSERT OR REPLACE INTO run VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  add.bind(row.key).bind(row.hash).bind(static_cast<std::int64_t>(row.seed)).bind(row.fabric).bind(row.version);
  add.bind(row.scenario).bind(name_of(row.status)).bind(row.message).bind(row.efficiency);
  add.bind(row.step_single_site).bind(row.step_across_sites);
  add.bind(row.exposed_single_site).bind(row.exposed_across_sites);
  add.bind(row.result).bind(std::optional<double>(row.wall_seconds)).bind(row.finished).bind(row.host).run();
}

std::vector<Store::Found> Store::all() {
  std::vector<Found> all;
  Statement asked(database_,
                  "SELECT place.axis_values, place.seed, place.key, run.hash, run.fabric, run.version, run.scenario, "
                  "run.status, run.message, run.efficiency, run.step_single_site, run.step_across_sites, "
                  "run.exposed_single_site, run.exposed_across_sites, run.result, run.wall_seconds, run.finished, "
                  "run.host FROM place LEFT JOIN run ON run.key = place.key ORDER BY place.number");
  while (asked.step()) {
    Found found;
    found.place = {words_of(asked.text(0)), static_cast<std::uint64_t>(asked.whole(1)), asked.text(2)};
    if (!asked.text(3).empty()) {
      RunRow row;
      row.key = found.place.key;
      row.seed = found.place.seed;
      row.hash = asked.text(3);
      row.fabric = asked.text(4);
      row.version = asked.text(5);
      row.scenario = asked.text(6);
      row.status = status_of(asked.text(7));
      row.message = asked.text(8);
      row.efficiency = asked.number(9);
      row.step_single_site = asked.number(10);
      row.step_across_sites = asked.number(11);
      row.exposed_single_site = asked.number(12);
      row.exposed_across_sites = asked.number(13);
      row.result = asked.text(14);
      row.wall_seconds = asked.number(15).value_or(0);
      row.finished = asked.text(16);
      row.host = asked.text(17);
      found.row = std::move(row);
    }
    all.push_back(std::move(found));
  }
  return all;
}

}  // namespace farlink::sweep
