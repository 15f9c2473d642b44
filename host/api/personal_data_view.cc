#include "host/api/personal_data_view.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/orders/despatch_trail.h"
#include "host/orders/order_document.h"
#include "host/security/redact.h"
#include "host/sync/lane_id.h"
#include "host/sync/letter_record.h"
#include "quayside/plugin/v1/despatch.pb.h"

namespace quayside {
namespace {

// Orders looked at for one page.
constexpr int kOrdersLookedAt = 2000;
// A lane has few letters of one key, and none of them is left out.
constexpr int kLettersOfAKey = 1000;

// Gathers them one after the other.
class PersonalFieldList {
 public:
  PersonalFieldList(ReadTx& tx, const Cipher& cipher) : tx_(tx), cipher_(cipher) {}

  void Add(std::string path, std::string value) {
    if (value.empty()) return;
    quayside::v1::PersonalField& field = fields_.emplace_back();
    field.set_path(std::move(path));
    field.set_value(std::move(value));
  }

  void AddOf(const google::protobuf::Message& message, const std::string& prefix) {
    for (PersonalField& field : PersonalFields(message)) Add(prefix + field.path, std::move(field.value));
  }

  absl::Status AddPackage(const DespatchRecord& package) {
    const std::string prefix = absl::StrCat("despatches/", package.number, ".");
    QS_ASSIGN_OR_RETURN(std::string tracking, OpenTracking(cipher_, package));
    Add(prefix + "tracking_number", std::move(tracking));
    QS_ASSIGN_OR_RETURN(const std::string request, OpenDespatchRequest(cipher_, package));
    quayside::plugin::v1::DespatchIntent intent;
    if (intent.ParseFromString(request)) AddOf(intent, prefix + "request.");
    return absl::OkStatus();
  }

  absl::Status AddLetters(const std::string& lane_id, const std::string& key) {
    QS_ASSIGN_OR_RETURN(const std::vector<DeadLetterRecord> letters,
                        tx_.ListDeadLetters({.lane_id = lane_id, .key = key, .limit = kLettersOfAKey}));
    for (const DeadLetterRecord& letter : letters) {
      if (letter.raw.empty()) continue;
      QS_ASSIGN_OR_RETURN(const std::string record, OpenLetterRecord(cipher_, letter));
      Add(DeadLetterName(letter.id) + ".record", LetterText(letter.form, record));
    }
    return absl::OkStatus();
  }

  std::vector<quayside::v1::PersonalField> Take() { return std::move(fields_); }

 private:
  ReadTx& tx_;
  const Cipher& cipher_;
  std::vector<quayside::v1::PersonalField> fields_;
};

}  // namespace

absl::StatusOr<std::vector<quayside::v1::PersonalField>> PersonalFieldsOf(ReadTx& tx, const Cipher& cipher,
                                                                          const OrderRecord& order) {
  PersonalFieldList fields(tx, cipher);
  if (!order.document.empty()) {
    QS_ASSIGN_OR_RETURN(const quayside::plugin::v1::Order document, OpenOrderDocument(cipher, order));
    fields.AddOf(document, "");
  }
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchRecord> packages, tx.ListDespatchesOfOrder(order.id));
  for (const DespatchRecord& package : packages) QS_RETURN_IF_ERROR(fields.AddPackage(package));
  QS_RETURN_IF_ERROR(fields.AddLetters(AccountLaneId(order.account_id, Job::kOrders), order.external_id));
  for (const DespatchRecord& package : packages) {
    QS_RETURN_IF_ERROR(
        fields.AddLetters(AccountLaneId(order.account_id, Job::kDespatch), DespatchName(order.id, package.number)));
  }
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleRecord> actions, tx.ListPostSalesOfOrder(order.id));
  for (const PostSaleRecord& action : actions) {
    QS_RETURN_IF_ERROR(
        fields.AddLetters(AccountLaneId(order.account_id, Job::kPostSale), PostSaleName(order.id, action.number)));
  }
  return fields.Take();
}

absl::StatusOr<BuyersOrders> FindOrdersOfBuyer(ReadTx& tx, const Cipher& cipher, const std::string& email,
                                               int64_t before_id, int size) {
  BuyersOrders found{.through_id = before_id};
  QS_ASSIGN_OR_RETURN(const std::vector<OrderRecord> orders,
                      tx.ListOrders({.before_id = before_id, .limit = kOrdersLookedAt + 1}));
  for (size_t i = 0; i < orders.size(); ++i) {
    if (static_cast<int>(i) == kOrdersLookedAt) return found;
    const OrderRecord& order = orders[i];
    if (!order.personal_erased && !order.document.empty()) {
      QS_ASSIGN_OR_RETURN(const quayside::plugin::v1::Order document, OpenOrderDocument(cipher, order));
      if (absl::AsciiStrToLower(document.buyer().email()) == email) {
        if (static_cast<int>(found.orders.size()) == size) return found;
        found.orders.push_back(order);
      }
    }
    found.through_id = order.id;
  }
  found.last = true;
  return found;
}

}  // namespace quayside
