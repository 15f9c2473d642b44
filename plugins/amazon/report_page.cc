#include "report_page.h"

#include <algorithm>
#include <set>

#include "quayside/checksum.h"
#include "report_doubts.h"
#include "report_lines.h"
#include "report_run.h"
#include "step_room.h"
#include "utf8.h"

namespace quayside::amazon {
namespace {

namespace pb = plugin::v1;
using sdk::Result;

// A longer line is no listing: the longest field is a description of some thousand characters.
constexpr int32_t kMaxLineBytes = 1 << 20;
constexpr size_t kMaxRawLineBytes = size_t{64} * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// At most kMaxRawLineBytes of `text`, cut between characters.
std::string_view Beginning(std::string_view text) {
  if (text.size() <= kMaxRawLineBytes) return text;
  size_t end = kMaxRawLineBytes;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

class ReportPage {
 public:
  ReportPage(ListingsLane& lane, int32_t max_lines, pb::PullListingsReply& reply)
      : position_(lane.position),
        report_(lane.position.report),
        as_of_us_(lane.caller().clock().HostTime(SnapshotUs(report_))),
        step_(lane.step()),
        max_lines_(max_lines),
        reply_(reply) {}

  Result<AfterPage> Read();

 private:
  [[nodiscard]] bool IsFull() const { return taken_ >= max_lines_; }
  Result<pb::DocumentChunk> NextChunk();
  // Reads the lines of a chunk until the page is full. False: the header cannot be used.
  bool Take(std::string_view text, bool last);
  bool TakeHeader(std::string_view line);
  void TakeLine(std::string_view line);
  // The chunk is a piece of one line.
  void TakePiece(std::string_view text);
  void AddBad(std::string_view sku, std::string_view line, const std::string& problem);

  ListingsPosition& position_;
  ReportPosition& report_;
  const int64_t as_of_us_;
  sdk::Step& step_;
  const int32_t max_lines_;
  pb::PullListingsReply& reply_;
  int32_t taken_ = 0;
  std::set<std::string, std::less<>> skus_;
};

Result<AfterPage> ReportPage::Read() {
  bool first = true;
  while (first || (!IsFull() && HasRoom(step_))) {
    first = false;
    QS_TRY(const pb::DocumentChunk chunk, NextChunk());
    const std::string_view text = chunk.data();
    if (text.empty() && !chunk.end()) return sdk::Error::Internal("the host gives a document in empty chunks");
    if (text.find('\n') == std::string_view::npos && !chunk.end()) {
      TakePiece(text);
      report_.place.offset = chunk.next_offset();
      continue;
    }
    if (!Take(text, chunk.end())) return AfterPage::kNoHeader;
    if (chunk.end() && report_.place.offset >= chunk.next_offset())
      return report_.place.lines == 0 && !TakeHeader({}) ? AfterPage::kNoHeader : AfterPage::kEnd;
  }
  return AfterPage::kMore;
}

Result<pb::DocumentChunk> ReportPage::NextChunk() {
  pb::ReadDocument request;
  request.set_name(report_.place.document);
  request.set_offset(report_.place.offset);
  request.set_max_bytes(kMaxLineBytes);
  request.set_whole_lines(true);
  return step_.Read(request);
}

bool ReportPage::Take(std::string_view text, bool last) {
  LineCutter lines(text, last);
  const int64_t start = report_.place.offset;
  std::string_view line;
  while (!IsFull() && lines.Next(line)) {
    report_.place.offset = start + static_cast<int64_t>(lines.taken());
    if (report_.inside) {
      report_.inside = false;  // the end of a line that was too long
      continue;
    }
    ++report_.place.lines;
    if (report_.place.lines == 1) {
      if (!TakeHeader(line)) return false;
    } else if (!line.empty()) {
      TakeLine(line);
    }
  }
  return true;
}

bool ReportPage::TakeHeader(std::string_view line) {
  report_.place.lines = 1;
  if (line.substr(0, kByteOrderMark.size()) == kByteOrderMark) line.remove_prefix(kByteOrderMark.size());
  std::variant<ReportColumns, std::string> found = std::string("the report has no header");
  if (!line.empty() && IsUtf8(line)) found = FindColumns(line);
  if (const auto* columns = std::get_if<ReportColumns>(&found)) {
    report_.columns = *columns;
    return true;
  }
  AddBad({}, line, std::get<std::string>(found));
  return false;
}

void ReportPage::TakeLine(std::string_view line) {
  ++taken_;
  pb::Listing listing;
  const std::string problem = ReadReportLine(line, report_.columns, listing);
  if (!problem.empty()) {
    AddBad(listing.sku(), line, problem);
    position_.broken = true;
    return;
  }
  if (IsDoubtful(listing.sku())) {
    const std::string doubt = AddDoubt(report_, listing.sku());
    if (doubt.empty()) return;
    AddBad(listing.sku(), line, doubt);
    position_.broken = true;
    return;
  }
  if (!skus_.insert(listing.sku()).second) {
    // No reason to doubt the pass: the SKU was seen.
    AddBad(listing.sku(), line, "the SKU stands in an earlier line as well");
    return;
  }
  listing.set_as_of_us(as_of_us_);
  *reply_.add_listings() = std::move(listing);
  ++position_.done;
}

void ReportPage::TakePiece(std::string_view text) {
  if (report_.inside) return;
  report_.inside = true;
  ++report_.place.lines;
  ++taken_;
  position_.broken = true;
  AddBad({}, text, "the line is longer than a listing can be");
}

void ReportPage::AddBad(std::string_view sku, std::string_view line, const std::string& problem) {
  pb::BadRecord& bad = *reply_.add_bad_records();
  const std::string place = "line " + std::to_string(report_.place.lines);
  // Without a name it is told by what it says: once, however many reports hold it.
  bad.set_key(sku.empty() ? "line " + sdk::ShortHash(line) : std::string(sku));
  bad.set_raw(std::string(Beginning(line)));
  bad.set_reason(place + " of report " + report_.place.id + ": " + problem);
}

}  // namespace

Result<AfterPage> ReadReportPage(ListingsLane& lane, int32_t max_lines, pb::PullListingsReply& reply) {
  return ReportPage(lane, max_lines, reply).Read();
}

}  // namespace quayside::amazon
