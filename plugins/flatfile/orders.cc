#include "orders.h"

#include <algorithm>
#include <utility>

#include "advance.h"
#include "order_row.h"
#include "pickup.h"
#include "position.h"
#include "table.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using sdk::CsvRecord;
using sdk::Result;
using sdk::Step;

constexpr char kOrdersLane[] = "orders";
constexpr int kDefaultOrders = 500;
constexpr int kMostOrders = 2'000;

int OrdersOf(const pb::PullOrdersRequest& request) {
  return request.page_size() <= 0 ? kDefaultOrders : std::min(request.page_size(), kMostOrders);
}

// One page of a file, from where the position stands. Orders are never cut: the page ends before an order's first line.
class OrderPage {
 public:
  OrderPage(const Settings& settings, const pb::PullOrdersRequest& request, const FilePosition& position,
            pb::PullOrdersReply& reply)
      : request_(request),
        position_(position),
        reply_(reply),
        builder_(settings.format, settings.currency, position.taken_us) {}

  [[nodiscard]] TableHandler Handler() {
    return {[this](const Row& row, const Place& begin) { return TakeRow(row, begin); },
            [this](const CsvRecord& record, const std::string& problem, const Place& begin) {
              return TakeBadLine(record, problem, begin);
            }};
  }
  // The end of the file: the last order is complete.
  void Finish() { Flush(); }
  // Where an order begins that was read in part; else `otherwise`.
  [[nodiscard]] Place ResumeAt(const Place& otherwise) const { return builder_.empty() ? otherwise : begin_; }

 private:
  Going TakeRow(const Row& row, const Place& begin) {
    if (!builder_.Continues(row)) Flush();
    if (builder_.empty()) {
      if (IsFull()) return Going::kStop;
      begin_ = begin;
    }
    builder_.Add(row);
    return Going::kOn;
  }
  Going TakeBadLine(const CsvRecord& record, const std::string& problem, const Place&) {
    Flush();
    if (IsFull()) return Going::kStop;
    *reply_.add_bad_records() = BadLine(position_.name, record, problem);
    return Going::kOn;
  }
  [[nodiscard]] bool IsFull() const { return reply_.orders_size() + reply_.bad_records_size() >= OrdersOf(request_); }
  void Flush() { builder_.TakeInto(reply_, request_.without_personal_data()); }

  const pb::PullOrdersRequest& request_;
  const FilePosition& position_;
  pb::PullOrdersReply& reply_;
  OrderBuilder builder_;
  Place begin_;
};

Result<bool> ReadOrders(const Settings& settings, const pb::PullOrdersRequest& request, FilePosition& position,
                        pb::PullOrdersReply& reply, Step& step) {
  const auto before = reply.bad_records_size();
  OrderPage page(settings, request, position, reply);
  QS_TRY(const TableResult result,
         ReadTable(position, settings.format, OrderFields(), settings.orders.columns, page.Handler(), step));
  if (result.end == TableEnd::kEnd) page.Finish();
  QS_TRY(const bool advanced, Advance(result, page.ResumeAt(result.next), settings.orders, settings.format, position,
                                      *reply.mutable_bad_records(), step));
  position.done += reply.orders_size();
  position.bad += reply.bad_records_size() - before;
  return advanced;
}

}  // namespace

Result<pb::PullOrdersReply> PullOrders(const Settings& settings, const pb::PullOrdersRequest& request, Step& step) {
  pb::PullOrdersReply reply;
  const int64_t before_us = request.has_cursor() ? request.cursor().watermark_us() : request.changed_from_us();
  QS_TRY(FilePosition position, DecodePosition(kOrdersLane, request.cursor()));
  // A backfill finds nothing: every file is read once, by the live lane.
  const bool is_backfill = request.changed_to_us() != 0;
  if (is_backfill || settings.orders.place.empty()) {
    const int64_t reached_us = is_backfill ? request.changed_to_us() : step.NowUs();
    *reply.mutable_next_cursor() = EncodePosition(kOrdersLane, position, std::max(before_us, reached_us));
    return reply;
  }
  QS_TRY(const bool put_away, PutAway(settings.orders, position, step));
  (void)put_away;
  QS_TRY(PickedUp picked_up, PickUp(settings.orders, settings.format, position, step));
  for (pb::BadRecord& bad : picked_up.bad_files) *reply.add_bad_records() = std::move(bad);
  if (picked_up.has_file) {
    QS_TRY(const bool read, ReadOrders(settings, request, position, reply, step));
    (void)read;
  }
  // Files that wait may hold orders of before this moment.
  const bool knows_all = !picked_up.has_file && !picked_up.waits;
  *reply.mutable_next_cursor() =
      EncodePosition(kOrdersLane, position, knows_all ? std::max(before_us, picked_up.looked_us) : before_us);
  reply.set_has_more(picked_up.has_file);
  reply.set_next_poll_us(picked_up.look_again_us);
  return reply;
}

}  // namespace quayside::flatfile
