#include "core/outbound_settings.h"

#include <array>

#include "core/json_fields.h"

namespace amazon_sim {
namespace {

struct SpanField {
  std::string_view name;
  SecondsRange OutboundSettings::*field;
};
constexpr std::array kSpans{SpanField{"receive_s", &OutboundSettings::receive_s},
                            SpanField{"queue_s", &OutboundSettings::queue_s},
                            SpanField{"plan_s", &OutboundSettings::plan_s},
                            SpanField{"ship_s", &OutboundSettings::ship_s},
                            SpanField{"replan_s", &OutboundSettings::replan_s},
                            SpanField{"visible_after_s", &OutboundSettings::visible_after_s},
                            SpanField{"cancel_s", &OutboundSettings::cancel_s}};

struct ShareField {
  std::string_view name;
  double OutboundSettings::*field;
};
constexpr std::array kShares{ShareField{"split_share", &OutboundSettings::split_share},
                             ShareField{"warehouse_cancel_share", &OutboundSettings::warehouse_cancel_share},
                             ShareField{"invalid_share", &OutboundSettings::invalid_share},
                             ShareField{"stuck_share", &OutboundSettings::stuck_share}};

}  // namespace

void ChangeOutboundSettings(OutboundSettings& settings, const boost::json::object& wanted) {
  RefuseUnknown(wanted,
                {"receive_s", "queue_s", "plan_s", "ship_s", "replan_s", "visible_after_s", "cancel_s", "create_later",
                 "split_share", "warehouse_cancel_share", "invalid_share", "stuck_share", "echo_orders", "page_size",
                 "retention_days"},
                "outbound");
  OutboundSettings changed = settings;
  for (const SpanField& span : kSpans) changed.*span.field = SecondsField(wanted, span.name, changed.*span.field);
  for (const ShareField& share : kShares) {
    changed.*share.field = NumberField(wanted, share.name, changed.*share.field);
    if (changed.*share.field < 0 || changed.*share.field > 1) {
      throw InputError(std::string(share.name) + " must be between 0 and 1");
    }
  }
  changed.create_later = BoolField(wanted, "create_later", changed.create_later);
  changed.echo_orders = BoolField(wanted, "echo_orders", changed.echo_orders);
  changed.page_size = IntField(wanted, "page_size", changed.page_size);
  if (changed.page_size < 1) throw InputError("page_size must be 1 or more");
  changed.retention = TimeField(wanted, "retention_days", kDay, changed.retention);
  settings = changed;
}

boost::json::object ToJson(const OutboundSettings& settings) {
  boost::json::object shown;
  for (const SpanField& span : kSpans) shown[span.name] = ToJson(settings.*span.field);
  for (const ShareField& share : kShares) shown[share.name] = PlainNumber(settings.*share.field);
  shown["create_later"] = settings.create_later;
  shown["echo_orders"] = settings.echo_orders;
  shown["page_size"] = settings.page_size;
  shown["retention_days"] = PlainNumber(static_cast<double>(settings.retention) / kDay);
  return shown;
}

}  // namespace amazon_sim
