#include "stock.h"

#include <algorithm>
#include <utility>

#include "pickup.h"
#include "position.h"
#include "rows.h"
#include "shipments.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using sdk::Result;
using sdk::Step;

constexpr char kStockLane[] = "stock";
constexpr int kMostOfStock = 1'000;
constexpr int64_t kMostStockUnits = 100'000'000;

int StockOf(const pb::PullStockRequest& request) {
  return request.page_size() <= 0 ? kMostOfStock : std::min(request.page_size(), kMostOfStock);
}

// Everything that reached the warehouse before this is in the file's figures. A file that was written before an order
// and picked up after it is without the order, so what counts is the earliest of what is known: what the file says,
// when it was written, and when it had to be there (clocks differ, and a local time passes for a later one). Where
// neither the file nor its server says anything it is as old as the last look without it.
int64_t SpeaksOf(const FilePosition& position, int64_t stable_us) {
  constexpr int64_t kLongAgo = 1;  // 0 would mean: of the moment somebody asked
  int64_t as_of_us = position.taken_us - stable_us;
  for (const int64_t told_us : {position.as_of_us, position.modified_us}) {
    if (told_us > 0) as_of_us = std::min(as_of_us, told_us);
  }
  if (position.as_of_us == 0 && position.modified_us == 0) as_of_us = std::min(as_of_us, position.quiet_us);
  return std::max(as_of_us, kLongAgo);
}

// "" or what is wrong. The earliest time of a line goes to `as_of_us`.
std::string ReadStock(const Row& row, const FileFormat& format, pb::CentreStock& stock, int64_t& as_of_us) {
  stock.set_sku(std::string(row.Get("sku")));
  if (stock.sku().empty()) return row.At("sku", "is empty");
  if (row.Get("quantity").empty()) return row.At("quantity", "is empty");
  const std::pair<const char*, void (pb::CentreStock::*)(int64_t)> counts[] = {
      {"quantity", &pb::CentreStock::set_fulfillable},
      {"inbound", &pb::CentreStock::set_inbound},
      {"reserved", &pb::CentreStock::set_reserved},
      {"unfulfillable", &pb::CentreStock::set_unfulfillable},
      {"researching", &pb::CentreStock::set_researching}};
  for (const auto& [field, set] : counts) {
    const std::string_view text = row.Get(field);
    if (text.empty()) continue;
    const auto count = ParseCount(text, kMostStockUnits, format.decimal_separator);
    if (!count) return row.At(field, "must be a whole number, 0 or more");
    (stock.*set)(*count);
  }
  stock.set_title(std::string(row.Get("title")));
  stock.set_product_id(std::string(row.Get("product_id")));
  stock.set_centre_sku(std::string(row.Get("warehouse_sku")));
  stock.set_condition(std::string(row.Get("condition")));
  if (const std::string_view text = row.Get("updated"); !text.empty()) {
    const auto updated = ParseTime(text, format.dates);
    if (!updated) return row.At("updated", "is no date or time in the form that the account's options name");
    stock.set_updated_us(*updated);
  }
  if (const std::string_view text = row.Get("as_of"); !text.empty()) {
    const auto told = ParseTime(text, format.dates);
    if (!told) return row.At("as_of", "is no date or time in the form that the account's options name");
    as_of_us = as_of_us == 0 ? *told : std::min(as_of_us, *told);
  }
  return {};
}

}  // namespace

Result<pb::PullStockReply> PullStock(const Settings& settings, const pb::PullStockRequest& request, Step& step) {
  pb::PullStockReply reply;
  const int64_t before_us = request.cursor().watermark_us();
  QS_TRY(FilePosition position, DecodePosition(kStockLane, request.cursor()));
  if (settings.stock.place.empty() || request.skus_size() > 0) {
    // Asked after a whole file: what that did not show is not there.
    for (const std::string& sku : request.skus()) {
      pb::CentreStock& stock = *reply.add_stock();
      stock.set_sku(sku);
      stock.set_absent(true);
    }
    *reply.mutable_next_cursor() = EncodePosition(kStockLane, position, before_us);
    return reply;
  }
  QS_TRY(const bool put_away, PutAway(settings.stock, position, step));
  (void)put_away;
  // The warehouse counts without an order that it has not taken, and may take it after it counted.
  QS_TRY(const bool untaken, AnyOrderWaits(settings, step));
  if (untaken) position.untaken_us = step.NowUs();
  QS_TRY(PickedUp picked_up, PickUp(settings.stock, settings.format, position, step));
  for (pb::BadRecord& bad : picked_up.bad_files) *reply.add_bad_records() = std::move(bad);
  int64_t reached_us = before_us;
  if (picked_up.has_file) {
    const RowPage page{settings.stock, settings.format, StockFields(), StockOf(request), [&](const Row& row) {
                         pb::CentreStock stock;
                         std::string problem = ReadStock(row, settings.format, stock, position.as_of_us);
                         if (problem.empty()) *reply.add_stock() = std::move(stock);
                         return problem;
                       }};
    QS_TRY(const bool read, ReadRows(page, position, *reply.mutable_bad_records(), step));
    (void)read;
    reply.set_pass_id(PassIdOf(position));
    reply.set_pass_complete(IsWholePass(position));
    if (!reply.pass_id().empty()) reply.set_pass_done(position.done);
    // A line that could not be read leaves an older figure standing.
    const int64_t speaks_of_us = SpeaksOf(position, settings.stock.stable_us);
    if (IsWholePass(position) && speaks_of_us > position.untaken_us) reached_us = std::max(before_us, speaks_of_us);
  }
  *reply.mutable_next_cursor() = EncodePosition(kStockLane, position, reached_us);
  reply.set_has_more(picked_up.has_file);
  reply.set_next_poll_us(picked_up.look_again_us);
  return reply;
}

}  // namespace quayside::flatfile
