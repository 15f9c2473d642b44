#include "tests/powercut/ledger.h"

#include <algorithm>
#include <random>

#include "host/base/errors.h"

namespace quayside::powercut {
namespace {

std::string Document(const Change& change) {
  std::minstd_rand bytes(static_cast<uint32_t>(change.number));
  std::string document(change.document_bytes, '\0');
  for (char& byte : document) byte = static_cast<char>(bytes());
  return document;
}

}  // namespace

std::string LaneIdOf(int writer) { return "shop-" + std::to_string(writer) + ".orders"; }

OrderRecord OrderOf(const Change& change) {
  OrderRecord order;
  order.id = change.number;
  order.account_id = "shop-" + std::to_string(change.writer);
  order.marketplace = "M";
  order.external_id = "order-" + std::to_string(change.number);
  order.raw_status = "Unshipped";
  order.location_id = kLocation;
  order.created_us = change.number;
  order.document = Document(change);
  return order;
}

std::vector<OrderLineRecord> LinesOf(const Change& change) {
  std::vector<OrderLineRecord> lines(static_cast<size_t>(1 + change.number % 4));
  for (size_t i = 0; i < lines.size(); ++i) {
    lines[i].external_id = "line-" + std::to_string(i);
    lines[i].sku = "SKU-" + std::to_string((change.number + static_cast<int64_t>(i)) % 7);
    lines[i].quantity = static_cast<int32_t>(1 + i);
    lines[i].item_id = kItem;
    lines[i].reserved = lines[i].quantity;
  }
  return lines;
}

int EventCountOf(const Change& change) { return static_cast<int>(1 + change.number % 3); }

int64_t UnitsOf(const Change& change) {
  int64_t units = 0;
  for (const OrderLineRecord& line : LinesOf(change)) units += line.reserved;
  return units;
}

CursorRecord CursorOf(const LaneState& state) {
  if (state.position == 0) return {};
  return {.schema = 1, .state = std::to_string(state.position), .watermark_us = state.position};
}

LaneRecord LaneRecordOf(int writer, const LaneState& state) {
  LaneRecord record;
  record.id = LaneIdOf(writer);
  record.account_id = "shop-" + std::to_string(writer);
  record.epoch = state.epoch;
  record.cursor = CursorOf(state);
  record.items_total = state.position;
  return record;
}

absl::Status Apply(Tx& tx, const Change& change, const LaneState& before) {
  LaneState after = before;
  if (change.kind == Change::Kind::kClaim) {
    after.epoch = change.number;
    return tx.PutLaneControl(LaneRecordOf(change.writer, after));
  }
  after.position = change.number;
  QS_RETURN_IF_ERROR(tx.PutOrder(OrderOf(change), LinesOf(change)));
  for (int i = 0; i < EventCountOf(change); ++i) {
    QS_RETURN_IF_ERROR(tx.AppendEvent({.type = "order.received", .resource = std::to_string(change.number)}).status());
  }
  QS_RETURN_IF_ERROR(tx.AddReserved(kItem, kLocation, UnitsOf(change), change.number));
  return tx.CommitLane({.record = LaneRecordOf(change.writer, after), .expected_cursor = CursorOf(before)});
}

int64_t Ledger::NextNumber() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return ++last_number_;
}

LaneState Ledger::Lane(int writer) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return lanes_[static_cast<size_t>(writer)];
}

void Ledger::Begin(const Change& change) {
  const std::lock_guard<std::mutex> lock(mutex_);
  under_way_.push_back(change);
}

void Ledger::Acknowledge(const Change& change) { Settle(change, true); }

void Ledger::Settle(const Change& change, bool happened) {
  const std::lock_guard<std::mutex> lock(mutex_);
  RemoveUnderWay(change);
  if (happened) Happened(change);
}

void Ledger::RemoveUnderWay(const Change& change) {
  std::erase_if(under_way_, [&](const Change& other) { return other.writer == change.writer; });
}

void Ledger::Happened(const Change& change) {
  LaneState& lane = lanes_[static_cast<size_t>(change.writer)];
  if (change.kind == Change::Kind::kClaim) {
    lane.epoch = change.number;
  } else {
    lane.position = change.number;
    imports_.emplace(change.number, change);
  }
}

}  // namespace quayside::powercut
