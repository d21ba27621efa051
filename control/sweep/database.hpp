// SPDX-License-Identifier: Apache-2.0
// A SQLite file and its statements, as far as the store needs them: errors are exceptions that name the file.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

struct sqlite3;
struct sqlite3_stmt;

namespace farlink::sweep {

// "results.db: the disk is full; ...".
class StoreError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

class Database;

// Bound and stepped by one thread at a time.
class Statement {
 public:
  Statement(Database& database, std::string_view sql);

  Statement& bind(std::string_view text);
  Statement& bind(std::int64_t number);
  Statement& bind(std::optional<double> number);
  // True: there is a row.
  bool step();
  // Steps to the end, and may be bound and run again.
  void run();
  void reset();

  // Of the row, columns from 0.
  std::string text(int column) const;
  std::int64_t whole(int column) const;
  std::optional<double> number(int column) const;

 private:
  struct Close {
    void operator()(sqlite3_stmt* statement) const noexcept;
  };
  void check(int code);
  Database* database_;
  std::unique_ptr<sqlite3_stmt, Close> statement_;
  int bound_ = 0;
};

class Database {
 public:
  // writable: made when it is not there, in WAL mode, every transaction on the disk when it ends.
  Database(const std::filesystem::path& file, bool is_writable);

  void execute(const std::string& sql);
  [[noreturn]] void fail(int code);
  const std::string& name() const noexcept { return name_; }

 private:
  friend class Statement;
  int open(int flags);
  struct Close {
    void operator()(sqlite3* handle) const noexcept;
  };
  std::string name_;
  std::unique_ptr<sqlite3, Close> handle_;
};

// All or nothing: rolled back unless commit() was reached.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_{database} { database_.execute("BEGIN IMMEDIATE"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool is_done_ = false;
};

}  // namespace farlink::sweep
