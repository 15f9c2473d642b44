// The least an import could cost: plain prepared inserts of the very rows it wrote, into the same tables with the same
// indexes, the same commits, the same durability.
#pragma once

#include <memory>
#include <string>

namespace quayside {

class RawInsert {
 public:
  // Reads the rows of the import's tables from `source` and makes an empty copy of its schema at `target`.
  RawInsert(const std::string& source, const std::string& target, int pages);
  ~RawInsert();
  // Inserts the rows of one page and commits.
  void InsertPage(int page);
  [[nodiscard]] long long rows() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace quayside
