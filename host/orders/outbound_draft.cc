#include "host/orders/outbound_draft.h"

#include <algorithm>
#include <map>

#include "absl/strings/ascii.h"
#include "host/base/text.h"
#include "host/orders/despatch_rules.h"
#include "host/orders/outbound_rules.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

constexpr size_t kMostDisplayBytes = 40;

// In letters that every warehouse's paper has.
std::string ShopName(const std::string& channel_id) {
  std::string name = absl::AsciiStrToUpper(channel_id);
  std::replace(name.begin(), name.end(), '-', '_');
  return name.substr(0, kMostDisplayBytes);
}

const pb::OrderLine* FindLine(const pb::Order& document, const std::string& external_id) {
  const auto line = std::find_if(document.lines().begin(), document.lines().end(),
                                 [&](const pb::OrderLine& each) { return each.external_id() == external_id; });
  return line == document.lines().end() ? nullptr : &*line;
}

// Part of it was cancelled, or left otherwise, since it was allocated: what is to be shipped now is for a person to
// say.
bool AsksForMoreThanIsLeft(const OutboundRecord& outbound, const std::vector<OrderLineRecord>& lines) {
  std::map<std::string_view, int64_t> asked;
  for (const OutboundPart& part : outbound.parts)
    asked[part.external_id] += (int64_t{part.quantity} + part.units_each - 1) / part.units_each;
  for (const OrderLineRecord& line : lines) asked[line.external_id] -= UnitsLeft(line);
  return std::any_of(asked.begin(), asked.end(), [](const auto& line) { return line.second > 0; });
}

}  // namespace

Hindrance HindranceOf(const OutboundRecord& outbound, const OrderRecord& order,
                      const std::vector<OrderLineRecord>& lines, const std::optional<ChannelRecord>& owner) {
  if (order.state != OrderState::kOpen) return {"ORDER_NOT_OPEN", "the order was cancelled, or has left otherwise"};
  if (AsksForMoreThanIsLeft(outbound, lines))
    return {"ORDER_CHANGED", "lines were cancelled, or have left otherwise, since it was allocated; allocate it anew"};
  if (!owner.has_value() || !owner->enabled)
    return {"CHANNEL_DISABLED", "the warehouse's channel is disabled or deleted"};
  if (order.personal_erased || order.document.empty())
    return {"PERSONAL_DATA_ERASED", "the order's address is not known any more"};
  return {};
}

OutboundDraft DraftOutbound(const OutboundRecord& outbound, const OrderRecord& order, const ChannelRecord& owner,
                            const pb::Order& document, const std::string& currency) {
  OutboundDraft draft;
  pb::OutboundOrder& out = draft.order;
  out.set_outbound_id(OutboundIdOf(outbound.id));
  out.set_marketplace(owner.marketplace);
  out.set_display_id(order.external_id.substr(0, kMostDisplayBytes));
  out.set_display_us(order.created_us);
  out.set_comment("Thank you for your order.");
  out.set_speed(static_cast<pb::ShippingSpeed>(outbound.speed));
  *out.mutable_ship_to() = document.ship_to();
  out.set_sales_channel(ShopName(order.channel_id));
  for (size_t i = 0; i < outbound.parts.size(); ++i) {
    const OutboundPart& part = outbound.parts[i];
    const pb::OrderLine* line = FindLine(document, part.external_id);
    const DeclaredValue declared = DeclaredFor(part, line, currency, owner.config.convert_currency);
    if (declared.mismatch) {
      draft.hindrance = {"CURRENCY_MISMATCH", Concat("values are to be declared in ", currency,
                                                     "; turn convert_currency of channel ", owner.id, " on")};
      return draft;
    }
    pb::OutboundLine& added = *out.add_lines();
    added.set_line_id(OutboundLineId(i));
    added.set_sku(part.sku);
    added.set_quantity(part.quantity);
    if (declared.value.has_value()) *added.mutable_declared_value() = *declared.value;
    if (line != nullptr) added.set_gift_message(line->gift_message());
  }
  return draft;
}

}  // namespace quayside
