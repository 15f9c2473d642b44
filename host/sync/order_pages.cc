#include "host/sync/order_pages.h"

#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/orders/erasure.h"
#include "host/orders/order_check.h"
#include "host/orders/order_document.h"
#include "host/sync/letter_record.h"
#include "host/sync/single_order.h"

namespace quayside {

namespace pb = quayside::plugin::v1;

absl::StatusOr<std::unique_ptr<OrderPage>> PullOrderPage(const StepInputs& in, const pb::PullOrdersRequest& request) {
  QS_ASSIGN_OR_RETURN(std::string bytes, in.plugin.Call(kOrderContract, "pull", request.SerializeAsString()));
  std::unique_ptr<OrderPage> page = OrderPage::Parse(std::move(bytes));
  if (page != nullptr) return page;
  return MakeError(absl::StatusCode::kInternal, Reason::kPluginFault,
                   Concat(kOrderContract, " pull: the plugin's reply is unreadable"));
}

absl::StatusOr<PreparedOrders> PrepareOrders(const StepInputs& in, const OrderPage& pulled) {
  PreparedOrders page;
  const pb::PullOrdersReply& reply = pulled.reply();
  for (int i = 0; i < reply.orders_size(); ++i) {
    const pb::Order& order = reply.orders(i);
    if (const std::string problem = ProblemOf(order); !problem.empty()) {
      const std::string key = order.external_id().empty() ? Concat("order at ", in.clock.Now()) : order.external_id();
      QS_ASSIGN_OR_RETURN(page.dead_letters.emplace_back(),
                          MakeDeadLetter(in, key, problem, pulled.bytes_of_order(i), DeadLetterForm::kOrder));
      continue;
    }
    IncomingOrder incoming{.order = &order};
    QS_ASSIGN_OR_RETURN(incoming.sealed_document, SealOrderDocument(in.cipher, in.lane.account_id, order.external_id(),
                                                                    pulled.bytes_of_order(i)));
    page.orders.push_back(std::move(incoming));
  }
  for (const pb::BadRecord& bad : reply.bad_records()) {
    QS_ASSIGN_OR_RETURN(page.dead_letters.emplace_back(),
                        MakeDeadLetter(in, bad.key(), bad.reason(), bad.raw(), DeadLetterForm::kRaw));
  }
  return page;
}

absl::Status PutOrderLetters(Tx& tx, const StepInputs& in, const std::vector<DeadLetterRecord>& letters) {
  for (const DeadLetterRecord& letter : letters) {
    QS_RETURN_IF_ERROR(PutOrderLetter(tx, in.lane.account_id, letter));
    QS_RETURN_IF_ERROR(TellNewLetter(tx, in.clock.Now(), letter));
  }
  return absl::OkStatus();
}

}  // namespace quayside
