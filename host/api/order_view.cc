#include "host/api/order_view.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "host/api/convert.h"
#include "host/base/errors.h"
#include "host/base/names.h"

namespace quayside {
namespace {

namespace api = quayside::v1;

api::OrderState ToProto(OrderState state) {
  switch (state) {
    case OrderState::kPending:
      return api::ORDER_STATE_PENDING;
    case OrderState::kOpen:
      return api::ORDER_STATE_OPEN;
    case OrderState::kPartlyDespatched:
      return api::ORDER_STATE_PARTLY_DESPATCHED;
    case OrderState::kDespatched:
      return api::ORDER_STATE_DESPATCHED;
    case OrderState::kCancelled:
      return api::ORDER_STATE_CANCELLED;
    case OrderState::kHeld:
      return api::ORDER_STATE_HELD;
  }
  return api::ORDER_STATE_UNSPECIFIED;
}

api::Order ToProto(const OrderRecord& record, const std::vector<OrderLineRecord>& lines) {
  api::Order out;
  out.set_name(OrderName(record.id));
  out.set_account(AccountName(record.account_id));
  if (!record.channel_id.empty()) out.set_channel(ChannelName(record.channel_id));
  out.set_external_id(record.external_id);
  out.set_state(ToProto(record.state));
  out.set_channel_status(record.raw_status);
  out.set_fulfilment(ToProto(record.fulfilment));
  SetTime(out, &api::Order::mutable_order_time, record.created_us);
  SetTime(out, &api::Order::mutable_channel_update_time, record.updated_us);
  SetTime(out, &api::Order::mutable_receive_time, record.received_us);
  SetTime(out, &api::Order::mutable_ship_by_time, record.ship_by_us);
  out.set_service_level(record.service_level);
  if (!record.currency.empty()) {
    out.mutable_total()->set_currency_code(record.currency);
    out.mutable_total()->set_units(record.total_units);
    out.mutable_total()->set_nanos(record.total_nanos);
  }
  for (const OrderLineRecord& line : lines) {
    auto* added = out.add_lines();
    added->set_external_id(line.external_id);
    added->set_sku(line.sku);
    added->set_quantity(line.quantity);
    added->set_quantity_despatched(line.shipped);
    added->set_quantity_cancelled(line.cancelled);
    if (line.item_id != 0) added->set_item(ItemName(line.item_id));
    added->set_units_per_listing(line.units_per_listing);
    added->set_reserved(static_cast<int32_t>(line.reserved));
  }
  out.set_unlinked_lines(record.unlinked_lines);
  if (!record.location_id.empty()) out.set_location(LocationName(record.location_id));
  if (!record.postal_method.empty()) out.set_postal_method(PostalMethodName(record.postal_method));
  out.set_personal_data_erased(record.personal_erased);
  if (!record.personal_erased) SetTime(out, &api::Order::mutable_personal_data_erase_time, record.erase_due_us);
  out.set_etag(absl::StrCat(record.revision));
  return out;
}

void CopyMoney(const quayside::plugin::v1::Money& from, api::Money* to) {
  to->set_currency_code(from.currency_code());
  to->set_units(from.units());
  to->set_nanos(from.nanos());
}

}  // namespace

absl::StatusOr<const ChannelConfig*> ChannelsOfOrders::Of(const OrderRecord& order) {
  auto found = configs_.find(order.channel_id);
  if (found == configs_.end()) {
    std::optional<ChannelConfig> config;
    if (!order.channel_id.empty()) {
      const auto channel = tx_.GetChannel(order.channel_id);
      if (!channel.ok() && !absl::IsNotFound(channel.status())) return channel.status();
      if (channel.ok()) config = channel->config;
    }
    found = configs_.emplace(order.channel_id, std::move(config)).first;
  }
  return found->second.has_value() ? &*found->second : nullptr;
}

absl::StatusOr<api::Order> ShowOrder(ReadTx& tx, ChannelsOfOrders& channels, const OrderRecord& record) {
  QS_ASSIGN_OR_RETURN(const std::vector<OrderLineRecord> lines, tx.GetOrderLines(record.id));
  api::Order out = ToProto(record, lines);
  QS_ASSIGN_OR_RETURN(const ChannelConfig* config, channels.Of(record));
  if (config != nullptr) out.set_receive_utc_offset_minutes(config->utc_offset_minutes);
  return out;
}

void AddOrderDocument(const quayside::plugin::v1::Order& document, api::Order& out) {
  *out.mutable_programs() = document.programs();
  std::map<std::string, const quayside::plugin::v1::OrderLine*> lines;
  for (const auto& line : document.lines()) lines[line.external_id()] = &line;
  for (api::OrderLine& line : *out.mutable_lines()) {
    const auto found = lines.find(line.external_id());
    if (found == lines.end()) continue;
    line.set_title(found->second->title());
    if (found->second->has_unit_price()) CopyMoney(found->second->unit_price(), line.mutable_unit_price());
    if (found->second->has_line_total()) CopyMoney(found->second->line_total(), line.mutable_line_total());
    line.set_cancellation_requested(found->second->cancellation_requested());
  }
  if (out.personal_data_erased()) return;
  api::Recipient& recipient = *out.mutable_recipient();
  const auto& address = document.ship_to();
  recipient.set_buyer_name(document.buyer().name());
  recipient.set_buyer_email(document.buyer().email());
  recipient.set_name(address.name());
  recipient.set_company(address.company().empty() ? document.buyer().company() : address.company());
  *recipient.mutable_address_lines() = address.lines();
  recipient.set_city(address.city());
  recipient.set_region(address.region());
  recipient.set_postal_code(address.postal_code());
  recipient.set_country_code(address.country_code());
  recipient.set_phone(address.phone());
}

void StandInForEmail(const std::string& undisclosed_email, const std::string& plugin_name, api::Order& out) {
  if (!out.has_recipient() || !out.recipient().buyer_email().empty()) return;
  out.mutable_recipient()->set_buyer_email_undisclosed(true);
  out.mutable_recipient()->set_buyer_email(undisclosed_email.empty()
                                               ? absl::StrCat("NOT DISCLOSED BY ", absl::AsciiStrToUpper(plugin_name))
                                               : undisclosed_email);
}

}  // namespace quayside
