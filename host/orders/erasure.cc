#include "host/orders/erasure.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/utc_text.h"
#include "host/orders/order_document.h"
#include "host/orders/order_events.h"
#include "host/security/redact.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr char kHost[] = "host";
// The account's lanes that write letters about orders (host/sync/lane_id.h).
constexpr char kOrdersLane[] = ".orders";
constexpr char kDespatchLane[] = ".despatch";
constexpr char kPostSaleLane[] = ".post-sale";

// nullopt: there is none, or nothing can open it; then nobody can say what of it is personal.
std::optional<pb::Order> ReadDocument(const Cipher& cipher, const OrderRecord& order) {
  if (order.document.empty()) return std::nullopt;
  absl::StatusOr<pb::Order> document = OpenOrderDocument(cipher, order);
  if (!document.ok()) return std::nullopt;
  return *std::move(document);
}

absl::Status EraseLettersOf(Tx& tx, const OrderRecord& order, const std::vector<DespatchRecord>& packages) {
  QS_RETURN_IF_ERROR(tx.EraseLetters(Concat(order.account_id, kOrdersLane), order.external_id).status());
  for (const DespatchRecord& package : packages) {
    QS_RETURN_IF_ERROR(
        tx.EraseLetters(Concat(order.account_id, kDespatchLane), DespatchName(order.id, package.number)).status());
  }
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleRecord> actions, tx.ListPostSalesOfOrder(order.id));
  for (const PostSaleRecord& action : actions) {
    QS_RETURN_IF_ERROR(
        tx.EraseLetters(Concat(order.account_id, kPostSaleLane), PostSaleName(order.id, action.number)).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> EraseIfDue(Tx& tx, const Cipher& cipher, TimeUs now, OrderRecord order) {
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages, tx.ListDespatchesOfOrder(order.id));
  TimeUs left_us = 0;
  for (const DespatchRecord& package : packages) left_us = std::max(left_us, package.shipped_us);
  const Retention retention = RetentionOf(order, ReadDocument(cipher, order).value_or(pb::Order()), left_us);
  if (retention.due_us > now) {
    order.erase_due_us = retention.due_us;
    QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> lines, tx.GetOrderLines(order.id));
    QS_RETURN_IF_ERROR(tx.PutOrder(order, lines));
    return false;
  }
  QS_ASSIGN_OR_RETURN(order, EraseOrder(tx, cipher, now, order));
  QS_RETURN_IF_ERROR(NoteErasure(tx, now, order, retention));
  return true;
}

absl::Status EraseLetter(Tx& tx, TimeUs now, DeadLetterRecord letter) {
  letter.raw.clear();
  letter.edited = false;
  QS_RETURN_IF_ERROR(tx.PutDeadLetter(letter));
  return tx
      .AppendAudit({.time_us = now,
                    .actor = kHost,
                    .action = "deadletter.record_erased",
                    .resource = DeadLetterName(letter.id),
                    .outcome = "ok",
                    .details = {{"lane", LaneName(letter.lane_id)},
                                {"key", letter.key},
                                {"rule", std::string(ErasureRuleText(ErasureRule::kLastKnownDate))},
                                {"from", UtcText(letter.last_seen_us)}}})
      .status();
}

}  // namespace

absl::StatusOr<OrderRecord> EraseOrder(Tx& tx, const Cipher& cipher, TimeUs now, const OrderRecord& order) {
  if (order.personal_erased) return order;
  OrderRecord erased = order;
  erased.document.clear();
  if (std::optional<pb::Order> document = ReadDocument(cipher, order); document.has_value()) {
    ClearPersonal(*document);
    QS_ASSIGN_OR_RETURN(erased.document, SealOrderDocument(cipher, order.account_id, *document));
  }
  erased.personal_erased = true;
  erased.erase_due_us = 0;
  ++erased.revision;
  QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> lines, tx.GetOrderLines(order.id));
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages, tx.ListDespatchesOfOrder(order.id));
  QS_RETURN_IF_ERROR(tx.PutOrder(erased, lines));
  QS_RETURN_IF_ERROR(EraseLettersOf(tx, erased, packages));
  QS_RETURN_IF_ERROR(AppendOrderEvent(tx, now, "order.personal_data_erased", erased));
  return erased;
}

absl::Status NoteErasure(Tx& tx, TimeUs now, const OrderRecord& order, const Retention& retention) {
  return tx
      .AppendAudit({.time_us = now,
                    .actor = kHost,
                    .action = "order.personal_data_erased",
                    .resource = OrderName(order.id),
                    .outcome = "ok",
                    .details = {{"account", order.account_id},
                                {"external_id", order.external_id},
                                {"rule", std::string(ErasureRuleText(retention.rule))},
                                {"from", UtcText(retention.from_us)}}})
      .status();
}

absl::Status PutOrderLetter(Tx& tx, const std::string& account_id, DeadLetterRecord letter) {
  QS_ASSIGN_OR_RETURN(const std::optional<OrderRecord> order, tx.FindOrder(account_id, letter.key));
  if (order.has_value() && order->personal_erased) {
    letter.raw.clear();
    letter.edited = false;
  }
  return tx.PutDeadLetter(letter);
}

absl::StatusOr<ErasedPiece> ErasePiece(Store& store, const Cipher& cipher, TimeUs now, int limit) {
  ErasedPiece piece;
  QS_RETURN_IF_ERROR(store.Write([&](Tx& tx) -> absl::Status {
    piece = {};
    QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> orders, tx.ListOrdersToErase(now, limit));
    for (const OrderRecord& order : orders) {
      QS_ASSIGN_OR_RETURN(const bool erased, EraseIfDue(tx, cipher, now, order));
      if (erased) ++piece.orders;
    }
    QS_ASSIGN_OR_RETURN(const std::vector<DeadLetterRecord> letters,
                        tx.ListLettersToErase(now - kPersonalDataKeptUs, limit));
    for (const DeadLetterRecord& letter : letters) QS_RETURN_IF_ERROR(EraseLetter(tx, now, letter));
    piece.letters = static_cast<int64_t>(letters.size());
    piece.more = static_cast<int>(std::max(orders.size(), letters.size())) == limit;
    return absl::OkStatus();
  }));
  return piece;
}

}  // namespace quayside
