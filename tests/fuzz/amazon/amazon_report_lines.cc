// A listing report's text: its first line is the header.
#include "quayside/plugin/v1/listing_sync.pb.h"
#include "report_lines.h"
#include "tests/fuzz/target.h"
#include "utf8.h"

QUAYSIDE_FUZZ_TARGET(amazon_report_lines) {
  amazon::LineCutter lines(input, true);
  std::string_view line;
  if (!lines.Next(line)) return;
  const auto found = amazon::FindColumns(line);
  if (const auto* const wrong = std::get_if<std::string>(&found)) {
    Require(!wrong->empty(), "a refused header says why");
    return;
  }
  const auto& columns = std::get<amazon::ReportColumns>(found);
  for (const int32_t column : {columns.sku, columns.channel}) {
    Require(column >= 0 && column < columns.count, "what is needed is in a column");
  }
  while (lines.Next(line)) {
    Require(line.find('\n') == std::string_view::npos, "a line is one line");
    plugin::v1::Listing listing;
    const std::string wrong = amazon::ReadReportLine(line, columns, listing);
    if (!wrong.empty()) continue;
    Require(!listing.sku().empty(), "a listing has a SKU");
    Require(!listing.has_quantity() || listing.quantity() >= 0, "a quantity is not negative");
    Require(amazon::IsUtf8(listing.sku()) && amazon::IsUtf8(listing.title()), "texts are UTF-8");
  }
  Require(lines.taken() == input.size(), "every byte is in a line");
}
