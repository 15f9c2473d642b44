#include "orders.h"

#include <algorithm>
#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "advance.h"
#include "order_row.h"
#include "pickup.h"
#include "position.h"
#include "table.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using sdk::Result;
using sdk::Step;

constexpr char kOrdersLane[] = "orders";
constexpr int kDefaultOrders = 500;
constexpr int kMostOrders = 2'000;

int OrdersOf(const pb::PullOrdersRequest& request) {
  return request.page_size() <= 0 ? kDefaultOrders : std::min(request.page_size(), kMostOrders);
}

// A bad line behind those of an order: of which order it is says the next good line.
struct LooseLine {
  std::string order_id;  // "" = it cannot be read
  pb::BadRecord bad;
  Place begin;
};

// One page of a file, from where the position stands. Orders are never cut: the page ends before an order's first line,
// and what stands behind its last one is looked at as at the beginning of a page.
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
            [this](const Row& row, const std::string& problem, const Place& begin) {
              return TakeBadLine(
                  {std::string(row.Get("order_id")), BadLine(position_.Key(), row.record(), problem), begin});
            }};
  }
  // The end of the file: the last order is complete. kStop: the page is full before all of it is handed over.
  Going Finish() {
    while (!builder_.empty()) {
      if (EndOrder() == Going::kStop) return Going::kStop;
    }
    return Going::kOn;
  }
  // Where begins what was read and not handed over; else `otherwise`.
  [[nodiscard]] Place ResumeAt(const Place& otherwise) const {
    if (!builder_.empty()) return begin_;
    return loose_.empty() ? otherwise : loose_.front().begin;
  }

 private:
  Going TakeRow(const Row& row, const Place& begin) {
    const std::string_view order_id = row.Get("order_id");
    while (!builder_.empty() && !builder_.IsOf(order_id)) {
      if (EndOrder() == Going::kStop) return Going::kStop;
    }
    if (builder_.empty()) {
      if (IsFull()) return Going::kStop;
      begin_ = begin;
    }
    JoinLoose();
    builder_.Add(row);
    return Going::kOn;
  }
  Going TakeBadLine(LooseLine line) {
    const bool is_named = !line.order_id.empty();
    if (builder_.empty()) {
      if (IsFull()) return Going::kStop;
      if (is_named) {
        begin_ = line.begin;
        builder_.AddBad(line.order_id, std::move(line.bad));
      } else {
        *reply_.add_bad_records() = std::move(line.bad);
      }
      return Going::kOn;
    }
    if (is_named && builder_.IsOf(line.order_id)) {
      JoinLoose();
      builder_.AddBad(line.order_id, std::move(line.bad));
      return Going::kOn;
    }
    loose_.push_back(std::move(line));
    return loose_.size() < kMostOrderLines ? Going::kOn : EndOrder();
  }
  // What stands between two lines of an order is the order's.
  void JoinLoose() {
    for (LooseLine& line : loose_) builder_.AddBad("", std::move(line.bad));
    loose_.clear();
  }
  // No line of it follows: it is handed over, and each line behind it begins something new.
  Going EndOrder() {
    Flush();
    std::deque<LooseLine> behind;
    behind.swap(loose_);
    for (; !behind.empty(); behind.pop_front()) {
      if (builder_.empty() && IsFull()) {
        loose_ = std::move(behind);
        return Going::kStop;
      }
      (void)TakeBadLine(std::move(behind.front()));
    }
    return Going::kOn;
  }
  [[nodiscard]] bool IsFull() const { return reply_.orders_size() + reply_.bad_records_size() >= OrdersOf(request_); }
  void Flush() { builder_.TakeInto(reply_, request_.without_personal_data()); }

  const pb::PullOrdersRequest& request_;
  const FilePosition& position_;
  pb::PullOrdersReply& reply_;
  OrderBuilder builder_;
  Place begin_;
  std::deque<LooseLine> loose_;  // none while the builder is empty, but for a page that is full
};

Result<bool> ReadOrders(const Settings& settings, const pb::PullOrdersRequest& request, FilePosition& position,
                        pb::PullOrdersReply& reply, Step& step) {
  const auto before = reply.bad_records_size();
  OrderPage page(settings, request, position, reply);
  QS_TRY(TableResult result,
         ReadTable(position, settings.format, OrderFields(), settings.orders.columns, page.Handler(), step));
  if (result.end == TableEnd::kEnd && page.Finish() == Going::kStop) result.end = TableEnd::kStopped;
  const Place resume = page.ResumeAt(result.next);
  // The next step would come no further.
  if (result.end == TableEnd::kStopped && result.next.offset - resume.offset >= kMostBytesPerStep)
    result = {
        TableEnd::kUnusable, {}, "line " + std::to_string(resume.line) + ": an order of more lines than a step reads"};
  QS_TRY(const bool advanced,
         Advance(result, resume, settings.orders, settings.format, position, *reply.mutable_bad_records(), step));
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
