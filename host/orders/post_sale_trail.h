// How a cancellation or refund changes in the store: its row, its audit trail and an event, together; and what an order
// becomes when units of it are cancelled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "host/store/store.h"
#include "quayside/plugin/v1/post_sale.pb.h"

namespace quayside {

// The word of docs/events.md for a state: "done".
[[nodiscard]] std::string_view PostSaleWord(PostSaleState state);

// It came into its state, or into it for another reason: the row, a note and the event "cancellation.{word}" or
// "refund.{word}".
[[nodiscard]] absl::Status TellPostSale(Tx& tx, TimeUs now, const PostSaleRecord& action);

// The trail says that it was handed over at sent_us; what became of it follows. No event.
[[nodiscard]] absl::Status NotePostSaleSent(Tx& tx, const PostSaleRecord& action);

// The cancellation is in force: the order's lines count it, what they held is free, and quantities that depend on it
// are decided again; what the marketplace puts back on sale by itself is sent again whatever was accepted. Answers the
// accounts whose quantities changed. An order that bears the cancellation already stays as it is.
[[nodiscard]] absl::StatusOr<std::vector<std::string>> ApplyCancellation(Tx& tx, TimeUs now,
                                                                         const PostSaleRecord& cancellation);

// What the plugin is asked, with this one in it.
[[nodiscard]] quayside::plugin::v1::CancelIntent CancelIntentOf(const PostSaleRecord& action,
                                                                const std::string& order_external_id);
[[nodiscard]] quayside::plugin::v1::RefundIntent RefundIntentOf(const PostSaleRecord& action,
                                                                const std::string& order_external_id);
void AddIntent(const PostSaleRecord& action, const std::string& order_external_id,
               quayside::plugin::v1::AcceptedPostSale& accepted);

}  // namespace quayside
