// The least an import could cost: plain prepared inserts of every row it wrote, with the same bytes, into the same
// tables with the same indexes, the same commits, the same durability.
#pragma once

#include <memory>
#include <string>

namespace quayside {

class RawInsert {
 public:
  // Begins with a copy of the database `source`, schema and rows, at `target`.
  RawInsert(const std::string& source, const std::string& target);
  ~RawInsert();
  // Takes up as one page whatever was added or changed in `source` since the last call. The source may be open
  // elsewhere; nothing is taken away in it.
  void LearnPage();
  // Writes all rows of a page that was learnt and commits.
  void InsertPage(int page);
  [[nodiscard]] int RowsOfPage(int page) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace quayside
