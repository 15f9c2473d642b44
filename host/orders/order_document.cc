#include "host/orders/order_document.h"

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {
namespace {

std::string ContextOf(const std::string& account_id, const std::string& external_id) {
  return Concat("order/", account_id, "/", external_id);
}

}  // namespace

absl::StatusOr<std::string> SealOrderDocument(const Cipher& cipher, const std::string& account_id,
                                              const std::string& external_id, std::string_view order_bytes) {
  return cipher.Seal(order_bytes, ContextOf(account_id, external_id));
}

absl::StatusOr<std::string> SealOrderDocument(const Cipher& cipher, const std::string& account_id,
                                              const quayside::plugin::v1::Order& order) {
  return SealOrderDocument(cipher, account_id, order.external_id(), order.SerializeAsString());
}

absl::StatusOr<quayside::plugin::v1::Order> OpenOrderDocument(const Cipher& cipher, const OrderRecord& record) {
  QS_ASSIGN_OR_RETURN(const std::string plain,
                      cipher.Open(record.document, ContextOf(record.account_id, record.external_id)));
  quayside::plugin::v1::Order order;
  if (!order.ParseFromString(plain)) {
    return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                     Concat("the stored document of order ", record.id, " is unreadable"));
  }
  return order;
}

}  // namespace quayside
