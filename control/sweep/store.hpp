// SPDX-License-Identifier: Apache-2.0
// What a sweep found out, in a SQLite file: a row for each run, whole or not there, and the places of the sweep that
// the runs belong to. A run is known by the hash of its resolved scenario, so that no run is made twice, whatever file
// asks.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "control/report/result.hpp"
#include "control/sweep/database.hpp"

namespace farlink::sweep {

enum class Status : std::uint8_t { valid, invalid, failed };  // failed: it could not be run
std::string_view name_of(Status status);

// Efficiencies 0-1, seconds, points 0-100.
struct RunRow {
  std::string key;  // see key_of()
  std::string hash, scenario, fabric, version, host;
  std::uint64_t seed = 0;
  Status status = Status::valid;
  std::string message;  // why it is not valid
  std::optional<double> efficiency;
  std::optional<double> step_single_site, step_across_sites, exposed_single_site, exposed_across_sites;
  std::string result;  // JSON, deterministic; "" when it failed
  double wall_seconds = 0;
  std::string finished;  // UTC, ISO 8601
};

// A run, as the sweep names it.
struct Place {
  std::vector<std::string> values;  // of all paths
  std::uint64_t seed = 0;
  std::string key;
};

struct SweepHead {
  std::string name;
  std::vector<std::string> paths;
};

// Of a scenario's hash, what carries its messages and whether causes were asked for.
std::string key_of(std::string_view scenario_hash, std::string_view fabric, bool has_attribution);

// One thread at a time. All throw StoreError.
class Store {
 public:
  enum class Access : std::uint8_t { read, write };
  // Reading refuses what is no store. Writing makes it when it is not there.
  Store(const std::filesystem::path& file, Access access);

  // The sweep's places from now on; runs stay. Refuses a store that has another sweep's name.
  void set_places(const SweepHead& head, const std::vector<Place>& places);
  SweepHead head();

  // Keys of the runs that are there; those that failed or are invalid only if asked for.
  std::unordered_set<std::string> keys(bool has_bad_ones);
  // On the disk when it returns.
  void add(const RunRow& row);

  // Everything into the one file, so that it can be read where nothing can be written.
  void finish() { database_.execute("PRAGMA journal_mode = DELETE"); }

  // In the order of the sweep; no row: not run yet.
  struct Found {
    Place place;
    std::optional<RunRow> row;
  };
  std::vector<Found> all();

 private:
  std::filesystem::path file_;
  Database database_;
};

}  // namespace farlink::sweep
