#include "rows.h"

#include <utility>

#include "advance.h"
#include "order_row.h"
#include "table.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

constexpr size_t kPassDigits = 16;

}  // namespace

sdk::Result<bool> ReadRows(const RowPage& page, FilePosition& position,
                           google::protobuf::RepeatedPtrField<plugin::v1::BadRecord>& bad_records, sdk::Step& step) {
  int taken = 0;
  int bad = 0;
  TableHandler handler;
  handler.row = [&](const Row& row, const Place&) {
    if (taken + bad >= page.most) return Going::kStop;
    if (std::string problem = page.take(row); problem.empty()) {
      ++taken;
    } else {
      *bad_records.Add() = BadLine(position.Key(), row.record(), std::move(problem));
      ++bad;
    }
    return Going::kOn;
  };
  handler.bad_line = [&](const Row& row, const std::string& problem, const Place&) {
    if (taken + bad >= page.most) return Going::kStop;
    *bad_records.Add() = BadLine(position.Key(), row.record(), problem);
    ++bad;
    return Going::kOn;
  };
  QS_TRY(const TableResult result, ReadTable(position, page.format, page.fields, page.folder.columns, handler, step));
  const int before = bad_records.size();
  QS_TRY(const bool advanced, Advance(result, result.next, page.folder, page.format, position, bad_records, step));
  position.done += taken;
  position.bad += bad + (bad_records.size() - before);
  return advanced;
}

std::string PassIdOf(const FilePosition& position) {
  if (position.state == FileState::kUnusable) return {};
  return position.sha256.substr(0, kPassDigits) + "-" + TimeStamp(position.taken_us);
}

bool IsWholePass(const FilePosition& position) { return position.state == FileState::kRead && position.bad == 0; }

}  // namespace quayside::flatfile
