#include "tests/bench/raw_insert.h"

#include <sqlite3.h>

#include <map>
#include <stdexcept>
#include <utility>
#include <vector>

namespace quayside {
namespace {

// As the host's writer is set up, but for what only erases and checks.
constexpr char kPragmas[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=10000";

void CheckSql(int code, sqlite3* db) {
  if (code != SQLITE_OK && code != SQLITE_ROW && code != SQLITE_DONE) throw std::runtime_error(sqlite3_errmsg(db));
}

struct CloseDb {
  void operator()(sqlite3* db) const { sqlite3_close(db); }
};
struct Finalize {
  void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
};
struct FreeValue {
  void operator()(sqlite3_value* value) const { sqlite3_value_free(value); }
};
using Db = std::unique_ptr<sqlite3, CloseDb>;
using Statement = std::unique_ptr<sqlite3_stmt, Finalize>;
using Row = std::vector<std::unique_ptr<sqlite3_value, FreeValue>>;

Statement Prepare(const Db& db, const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  CheckSql(sqlite3_prepare_v2(db.get(), sql.c_str(), -1, &statement, nullptr), db.get());
  return Statement(statement);
}

void Run(const Db& db, const char* sql) { CheckSql(sqlite3_exec(db.get(), sql, nullptr, nullptr, nullptr), db.get()); }

Row RowOf(sqlite3_stmt* statement) {
  Row row;
  for (int i = 0; i < sqlite3_column_count(statement); ++i) {
    row.emplace_back(sqlite3_value_dup(sqlite3_column_value(statement, i)));
  }
  return row;
}

std::string TextOf(sqlite3_value* value) {
  switch (sqlite3_value_type(value)) {
    case SQLITE_NULL:
      return "null";
    case SQLITE_INTEGER:
      return std::to_string(sqlite3_value_int64(value));
    case SQLITE_FLOAT:
      return std::to_string(sqlite3_value_double(value));
    default: {
      const auto* bytes = static_cast<const char*>(sqlite3_value_blob(value));
      return bytes == nullptr ? "" : std::string(bytes, static_cast<size_t>(sqlite3_value_bytes(value)));
    }
  }
}

// Equal for equal values in these columns, and for no others.
std::string TextOf(const Row& row, const std::vector<size_t>& columns) {
  std::string text;
  for (const size_t column : columns) {
    const std::string value = TextOf(row[column].get());
    text += std::to_string(value.size()) + ":" + value;
  }
  return text;
}

std::string InsertSql(const char* verb, const std::string& table, size_t columns) {
  std::string sql = std::string(verb) + " INTO " + table + " VALUES(";
  for (size_t i = 0; i < columns; ++i) sql += i == 0 ? "?" : ",?";
  return sql + ")";
}

// `db` with the schema of `source`, tables first.
void CopySchema(const Db& source, const Db& db) {
  const Statement schema = Prepare(
      source, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END");
  while (sqlite3_step(schema.get()) == SQLITE_ROW) {
    Run(db, reinterpret_cast<const char*>(sqlite3_column_text(schema.get(), 0)));
  }
}

}  // namespace

struct RawInsert::State {
  struct Table {
    std::vector<size_t> columns;
    std::vector<size_t> key;
    Statement all;                             // of the source
    Statement insert;                          // into the target: a new key,
    Statement replace;                         // a known one
    std::map<std::string, std::string> known;  // rows by key
  };
  struct Write {
    sqlite3_stmt* statement;
    Row row;
  };
  using Page = std::vector<Write>;

  void AddTable(const std::string& name) {
    Table& table = tables.emplace_back();
    const Statement columns = Prepare(source, "SELECT pk FROM pragma_table_info('" + name + "') ORDER BY cid");
    while (sqlite3_step(columns.get()) == SQLITE_ROW) {
      if (sqlite3_column_int(columns.get(), 0) > 0) table.key.push_back(table.columns.size());
      table.columns.push_back(table.columns.size());
    }
    if (table.key.empty()) throw std::runtime_error("a table without a primary key: " + name);
    table.all = Prepare(source, "SELECT * FROM " + name);
    table.insert = Prepare(target, InsertSql("INSERT", name, table.columns.size()));
    table.replace = Prepare(target, InsertSql("REPLACE", name, table.columns.size()));
  }

  Page Changes() {
    Page page;
    for (Table& table : tables) {
      while (sqlite3_step(table.all.get()) == SQLITE_ROW) {
        Row row = RowOf(table.all.get());
        std::string text = TextOf(row, table.columns);
        const auto [known, is_new] = table.known.try_emplace(TextOf(row, table.key));
        if (known->second == text) continue;
        known->second = std::move(text);
        page.push_back({is_new ? table.insert.get() : table.replace.get(), std::move(row)});
      }
      sqlite3_reset(table.all.get());
    }
    return page;
  }

  void Commit(const Page& page) const {
    Run(target, "BEGIN IMMEDIATE");
    for (const auto& [statement, row] : page) {
      for (size_t i = 0; i < row.size(); ++i) sqlite3_bind_value(statement, static_cast<int>(i) + 1, row[i].get());
      CheckSql(sqlite3_step(statement), target.get());
      sqlite3_reset(statement);
    }
    Run(target, "COMMIT");
  }

  Db source;
  Db target;
  std::vector<Table> tables;
  std::vector<Page> pages;
};

RawInsert::RawInsert(const std::string& source, const std::string& target) : state_(std::make_unique<State>()) {
  State& s = *state_;
  sqlite3* opened = nullptr;
  CheckSql(sqlite3_open_v2(source.c_str(), &opened, SQLITE_OPEN_READONLY, nullptr), opened);
  s.source.reset(opened);
  CheckSql(sqlite3_open(target.c_str(), &opened), opened);
  s.target.reset(opened);
  Run(s.target, kPragmas);
  CopySchema(s.source, s.target);
  const Statement names = Prepare(s.source, "SELECT name FROM sqlite_schema WHERE type = 'table'");
  while (sqlite3_step(names.get()) == SQLITE_ROW) {
    s.AddTable(reinterpret_cast<const char*>(sqlite3_column_text(names.get(), 0)));
  }
  s.Commit(s.Changes());
}

RawInsert::~RawInsert() = default;

void RawInsert::LearnPage() { state_->pages.push_back(state_->Changes()); }

void RawInsert::InsertPage(int page) { state_->Commit(state_->pages[static_cast<size_t>(page)]); }

int RawInsert::RowsOfPage(int page) const { return static_cast<int>(state_->pages[static_cast<size_t>(page)].size()); }

}  // namespace quayside
