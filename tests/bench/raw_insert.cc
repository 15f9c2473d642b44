#include "tests/bench/raw_insert.h"

#include <sqlite3.h>

#include <stdexcept>
#include <utility>
#include <vector>

namespace quayside {
namespace {

// What a page of orders writes besides single rows of bookkeeping.
constexpr const char* kTables[] = {"orders", "order_lines", "events"};

void Check(int code, sqlite3* db) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db));
}

struct Table {
  sqlite3_stmt* insert = nullptr;
  int columns = 0;
  std::vector<sqlite3_value*> values;  // row by row
};

}  // namespace

struct RawInsert::State {
  sqlite3* db = nullptr;
  std::vector<Table> tables;
  int pages = 1;
  long long rows = 0;
};

RawInsert::RawInsert(const std::string& source, const std::string& target, int pages)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  s.pages = pages;
  sqlite3* from = nullptr;
  Check(sqlite3_open_v2(source.c_str(), &from, SQLITE_OPEN_READONLY, nullptr), from);
  Check(sqlite3_open(target.c_str(), &s.db), s.db);
  Check(
      sqlite3_exec(
          s.db,
          "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=10000",
          nullptr, nullptr, nullptr),
      s.db);
  for (const char* name : kTables) {
    sqlite3_stmt* schema = nullptr;
    const std::string query = std::string("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND tbl_name='") + name +
                              "' ORDER BY type DESC";
    Check(sqlite3_prepare_v2(from, query.c_str(), -1, &schema, nullptr), from);
    while (sqlite3_step(schema) == SQLITE_ROW) {
      Check(
          sqlite3_exec(s.db, reinterpret_cast<const char*>(sqlite3_column_text(schema, 0)), nullptr, nullptr, nullptr),
          s.db);
    }
    sqlite3_finalize(schema);

    Table table;
    sqlite3_stmt* rows = nullptr;
    Check(sqlite3_prepare_v2(from, (std::string("SELECT * FROM ") + name).c_str(), -1, &rows, nullptr), from);
    table.columns = sqlite3_column_count(rows);
    while (sqlite3_step(rows) == SQLITE_ROW) {
      for (int i = 0; i < table.columns; ++i) table.values.push_back(sqlite3_value_dup(sqlite3_column_value(rows, i)));
      ++s.rows;
    }
    sqlite3_finalize(rows);
    std::string insert = std::string("INSERT INTO ") + name + " VALUES(";
    for (int i = 0; i < table.columns; ++i) insert += i == 0 ? "?" : ",?";
    Check(sqlite3_prepare_v2(s.db, (insert + ")").c_str(), -1, &table.insert, nullptr), s.db);
    s.tables.push_back(std::move(table));
  }
  sqlite3_close(from);
}

RawInsert::~RawInsert() {
  for (Table& table : state_->tables) {
    sqlite3_finalize(table.insert);
    for (sqlite3_value* value : table.values) sqlite3_value_free(value);
  }
  sqlite3_close(state_->db);
}

void RawInsert::InsertPage(int page) {
  State& s = *state_;
  Check(sqlite3_exec(s.db, "BEGIN IMMEDIATE", nullptr, nullptr, nullptr), s.db);
  for (Table& table : s.tables) {
    const size_t rows = table.values.size() / static_cast<size_t>(table.columns);
    const size_t begin = rows * static_cast<size_t>(page) / static_cast<size_t>(s.pages);
    const size_t end = rows * static_cast<size_t>(page + 1) / static_cast<size_t>(s.pages);
    for (size_t row = begin; row < end; ++row) {
      for (int i = 0; i < table.columns; ++i) {
        sqlite3_bind_value(table.insert, i + 1,
                           table.values[row * static_cast<size_t>(table.columns) + static_cast<size_t>(i)]);
      }
      Check(sqlite3_step(table.insert), s.db);
      sqlite3_reset(table.insert);
    }
  }
  Check(sqlite3_exec(s.db, "COMMIT", nullptr, nullptr, nullptr), s.db);
}

long long RawInsert::rows() const { return state_->rows; }

}  // namespace quayside
