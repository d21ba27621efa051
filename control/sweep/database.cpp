// SPDX-License-Identifier: Apache-2.0
#include "control/sweep/database.hpp"

#include <sqlite3.h>

namespace farlink::sweep {

namespace {

constexpr int wait_ms = 10'000;  // for a reader or another writer

std::string explained(int code, const char* said) {
  switch (code & 0xff) {
    case SQLITE_FULL:
      return "the disk is full; what was finished is kept: make room and give the command again";
    case SQLITE_READONLY:
      return "cannot be written, file or folder is read-only";
    case SQLITE_CANTOPEN:
      return "cannot be opened; is the folder there, and may it be written?";
    case SQLITE_BUSY:
      return "is in use by another process";
    case SQLITE_NOTADB:
    case SQLITE_CORRUPT:
      return std::string("is no database of a sweep, or is damaged: ") + said;
    default:
      return said;
  }
}

}  // namespace

void Statement::Close::operator()(sqlite3_stmt* statement) const noexcept { sqlite3_finalize(statement); }
void Database::Close::operator()(sqlite3* handle) const noexcept { sqlite3_close(handle); }

Database::Database(const std::filesystem::path& file, bool is_writable) : name_{file.string()} {
  // A reader that may not write would leave the files of the journal behind.
  int code = open(is_writable ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READWRITE);
  if (code != SQLITE_OK && !is_writable) code = open(SQLITE_OPEN_READONLY);
  if (code != SQLITE_OK) fail(code);
  sqlite3_busy_timeout(handle_.get(), wait_ms);
  if (!is_writable) return;
  execute("PRAGMA journal_mode = WAL");
  execute("PRAGMA synchronous = FULL");
}

int Database::open(int flags) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name_.c_str(), &handle, flags | SQLITE_OPEN_EXRESCODE, nullptr);
  handle_.reset(handle);
  return code;
}

void Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) fail(code);
}

void Database::fail(int code) {
  const char* said = handle_ != nullptr ? sqlite3_errmsg(handle_.get()) : sqlite3_errstr(code);
  throw StoreError(name_ + ": " + explained(code, said));
}

Statement::Statement(Database& database, std::string_view sql) : database_{&database} {
  sqlite3_stmt* statement = nullptr;
  check(sqlite3_prepare_v2(database.handle_.get(), sql.data(), static_cast<int>(sql.size()), &statement, nullptr));
  statement_.reset(statement);
}

void Statement::check(int code) {
  if (code != SQLITE_OK) database_->fail(code);
}

Statement& Statement::bind(std::string_view text) {
  check(sqlite3_bind_text64(statement_.get(), ++bound_, text.data(), text.size(), SQLITE_TRANSIENT, SQLITE_UTF8));
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  check(sqlite3_bind_int64(statement_.get(), ++bound_, number));
  return *this;
}

Statement& Statement::bind(std::optional<double> number) {
  ++bound_;
  check(number ? sqlite3_bind_double(statement_.get(), bound_, *number) : sqlite3_bind_null(statement_.get(), bound_));
  return *this;
}

bool Statement::step() {
  const int code = sqlite3_step(statement_.get());
  if (code == SQLITE_ROW) return true;
  if (code != SQLITE_DONE) {
    sqlite3_reset(statement_.get());
    database_->fail(code);
  }
  return false;
}

void Statement::run() {
  while (step()) {
  }
  reset();
}

void Statement::reset() {
  sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  bound_ = 0;
}

std::string Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::int64_t Statement::whole(int column) const { return sqlite3_column_int64(statement_.get(), column); }

std::optional<double> Statement::number(int column) const {
  if (sqlite3_column_type(statement_.get(), column) == SQLITE_NULL) return std::nullopt;
  return sqlite3_column_double(statement_.get(), column);
}

Transaction::~Transaction() {
  if (is_done_) return;
  try {
    database_.execute("ROLLBACK");
  } catch (const StoreError&) {  // a full disk has rolled back by itself
  }
}

void Transaction::commit() {
  database_.execute("COMMIT");
  is_done_ = true;
}

}  // namespace farlink::sweep
