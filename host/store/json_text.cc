#include "host/store/json_text.h"

#include <boost/json.hpp>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "host/base/errors.h"

namespace quayside {
namespace {

namespace json = boost::json;

absl::Status BadColumn(const std::string& problem) {
  // The text itself stays out of the message: attributes may name people.
  return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                   absl::StrCat("a JSON column of the database cannot be read: ", problem));
}

absl::StatusOr<json::value> ParseColumn(std::string_view text) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;  // what was written must come back, whatever a marketplace sent
  json::error_code error;
  json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error) return BadColumn(error.message());
  return value;
}

json::object TextMapObject(const std::map<std::string, std::string>& values) {
  json::object object;
  object.reserve(values.size());
  for (const auto& [name, value] : values) object.emplace(name, value);
  return object;
}

json::array TextListArray(const std::vector<std::string>& values) {
  json::array array;
  array.reserve(values.size());
  for (const std::string& value : values) array.emplace_back(value);
  return array;
}

std::string TextOf(const json::string& text) { return {text.data(), text.size()}; }

absl::StatusOr<std::map<std::string, std::string>> ReadTextMap(const json::value& value) {
  if (!value.is_object()) return BadColumn("not an object");
  std::map<std::string, std::string> values;
  for (const auto& [name, text] : value.get_object()) {
    if (!text.is_string()) return BadColumn("a value is not text");
    values.emplace(std::string(name.data(), name.size()), TextOf(text.get_string()));
  }
  return values;
}

absl::StatusOr<std::vector<std::string>> ReadTextList(const json::value& value) {
  if (!value.is_array()) return BadColumn("not an array");
  std::vector<std::string> values;
  for (const json::value& text : value.get_array()) {
    if (!text.is_string()) return BadColumn("an element is not text");
    values.push_back(TextOf(text.get_string()));
  }
  return values;
}

absl::Status ReadInt32(const json::object& object, const char* name, std::optional<int32_t>& target) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return absl::OkStatus();
  const int64_t* number = value->if_int64();
  if (number == nullptr || *number < std::numeric_limits<int32_t>::min() ||
      *number > std::numeric_limits<int32_t>::max()) {
    return BadColumn(absl::StrCat(name, " is not a 32-bit number"));
  }
  target = static_cast<int32_t>(*number);
  return absl::OkStatus();
}

absl::Status ReadInt64(const json::object& object, const char* name, int64_t& target) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return absl::OkStatus();
  const int64_t* number = value->if_int64();
  if (number == nullptr) return BadColumn(absl::StrCat(name, " is not a whole number"));
  target = *number;
  return absl::OkStatus();
}

absl::Status ReadBool(const json::object& object, const char* name, bool& target) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_bool()) return BadColumn(absl::StrCat(name, " is not a truth value"));
  target = value->get_bool();
  return absl::OkStatus();
}

absl::Status ReadText(const json::object& object, const char* name, std::string& target) {
  const json::value* value = object.if_contains(name);
  if (value == nullptr) return absl::OkStatus();
  if (!value->is_string()) return BadColumn(absl::StrCat(name, " is not text"));
  target = TextOf(value->get_string());
  return absl::OkStatus();
}

absl::Status ReadSmall(const json::object& object, const char* name, int32_t& target) {
  std::optional<int32_t> number;
  QS_RETURN_IF_ERROR(ReadInt32(object, name, number));
  target = number.value_or(target);
  return absl::OkStatus();
}

}  // namespace

std::string TextMapToJson(const std::map<std::string, std::string>& values) {
  if (values.empty()) return "{}";
  return json::serialize(TextMapObject(values));
}

std::string TextListToJson(const std::vector<std::string>& values) {
  if (values.empty()) return "[]";
  return json::serialize(TextListArray(values));
}

std::string NumberListToJson(const std::vector<int64_t>& values) {
  json::array array;
  for (const int64_t value : values) array.emplace_back(value);
  return json::serialize(array);
}

std::string ChannelConfigToJson(const ChannelConfig& config) {
  json::object object;
  object["update_inventory"] = config.update_inventory;
  object["inventory_from_location"] = config.inventory_from_location;
  object["inventory_locations"] = TextListArray(config.inventory_locations);
  object["order_download_location"] = config.order_download_location;
  if (config.max_listed_quantity) object["max_listed_quantity"] = *config.max_listed_quantity;
  if (config.listed_percentage_e4) object["listed_percentage_e4"] = *config.listed_percentage_e4;
  object["end_when_quantity"] = config.end_when_quantity;
  if (config.default_latency_days) object["default_latency_days"] = *config.default_latency_days;
  if (config.product_based_latency) object["product_based_latency"] = true;
  object["zero_brake_percent"] = config.zero_brake_percent;
  object["mark_as_despatched"] = config.mark_as_despatched;
  object["fba_enabled"] = config.fba_enabled;
  object["fba_sync_inventory"] = config.fba_sync_inventory;
  object["convert_currency"] = config.convert_currency;
  if (!config.undisclosed_email.empty()) object["undisclosed_email"] = config.undisclosed_email;
  object["utc_offset_minutes"] = config.utc_offset_minutes;
  object["options"] = TextMapObject(config.options);
  return json::serialize(object);
}

std::string PassToJson(const PassRecord& pass) {
  if (pass == PassRecord{}) return "{}";
  return json::serialize(json::object{{"id", pass.id},
                                      {"begun_us", pass.begun_us},
                                      {"as_of_us", pass.as_of_us},
                                      {"completed_us", pass.completed_us},
                                      {"ended_us", pass.ended_us},
                                      {"done", pass.done},
                                      {"total", pass.total},
                                      {"next_us", pass.next_us},
                                      {"vanishing", pass.vanishing},
                                      {"vanished_through", pass.vanished_through},
                                      {"vanished", pass.vanished},
                                      {"then_us", pass.then_us}});
}

std::string BackfillToJson(const BackfillRecord& backfill) {
  if (backfill == BackfillRecord{}) return "{}";
  return json::serialize(json::object{{"start_us", backfill.start_us},
                                      {"begun_us", backfill.begun_us},
                                      {"done_us", backfill.done_us},
                                      {"from_us", backfill.from_us},
                                      {"to_us", backfill.to_us},
                                      {"reached_us", backfill.reached_us},
                                      {"cursor_schema", static_cast<int64_t>(backfill.cursor.schema)},
                                      {"cursor_state", absl::Base64Escape(backfill.cursor.state)},
                                      {"cursor_watermark_us", backfill.cursor.watermark_us},
                                      {"orders", backfill.orders},
                                      {"live_due_us", backfill.live_due_us},
                                      {"next", backfill.next},
                                      {"edits", backfill.edits}});
}

absl::StatusOr<std::map<std::string, std::string>> TextMapFromJson(std::string_view text) {
  if (text == "{}") return std::map<std::string, std::string>();
  QS_ASSIGN_OR_RETURN(const json::value value, ParseColumn(text));
  return ReadTextMap(value);
}

absl::StatusOr<std::vector<std::string>> TextListFromJson(std::string_view text) {
  if (text == "[]") return std::vector<std::string>();
  QS_ASSIGN_OR_RETURN(const json::value value, ParseColumn(text));
  return ReadTextList(value);
}

absl::StatusOr<ChannelConfig> ChannelConfigFromJson(std::string_view text) {
  QS_ASSIGN_OR_RETURN(const json::value value, ParseColumn(text));
  if (!value.is_object()) return BadColumn("the configuration is not an object");
  const json::object& object = value.get_object();
  ChannelConfig config;
  QS_RETURN_IF_ERROR(ReadBool(object, "update_inventory", config.update_inventory));
  if (const json::value* locations = object.if_contains("inventory_locations")) {
    QS_ASSIGN_OR_RETURN(config.inventory_locations, ReadTextList(*locations));
  }
  // Before there was a switch, naming locations was one.
  config.inventory_from_location = !config.inventory_locations.empty();
  QS_RETURN_IF_ERROR(ReadBool(object, "inventory_from_location", config.inventory_from_location));
  if (const json::value* location = object.if_contains("order_download_location")) {
    if (!location->is_string()) return BadColumn("order_download_location is not text");
    config.order_download_location = TextOf(location->get_string());
  }
  QS_RETURN_IF_ERROR(ReadInt32(object, "max_listed_quantity", config.max_listed_quantity));
  QS_RETURN_IF_ERROR(ReadInt32(object, "listed_percentage_e4", config.listed_percentage_e4));
  QS_RETURN_IF_ERROR(ReadSmall(object, "end_when_quantity", config.end_when_quantity));
  QS_RETURN_IF_ERROR(ReadInt32(object, "default_latency_days", config.default_latency_days));
  QS_RETURN_IF_ERROR(ReadBool(object, "product_based_latency", config.product_based_latency));
  QS_RETURN_IF_ERROR(ReadSmall(object, "zero_brake_percent", config.zero_brake_percent));
  QS_RETURN_IF_ERROR(ReadBool(object, "mark_as_despatched", config.mark_as_despatched));
  QS_RETURN_IF_ERROR(ReadBool(object, "fba_enabled", config.fba_enabled));
  QS_RETURN_IF_ERROR(ReadBool(object, "fba_sync_inventory", config.fba_sync_inventory));
  QS_RETURN_IF_ERROR(ReadBool(object, "convert_currency", config.convert_currency));
  QS_RETURN_IF_ERROR(ReadText(object, "undisclosed_email", config.undisclosed_email));
  QS_RETURN_IF_ERROR(ReadSmall(object, "utc_offset_minutes", config.utc_offset_minutes));
  if (const json::value* options = object.if_contains("options")) {
    QS_ASSIGN_OR_RETURN(config.options, ReadTextMap(*options));
  }
  return config;
}

absl::StatusOr<PassRecord> PassFromJson(std::string_view text) {
  PassRecord pass;
  if (text == "{}") return pass;
  QS_ASSIGN_OR_RETURN(const json::value value, ParseColumn(text));
  if (!value.is_object()) return BadColumn("the pass is not an object");
  const json::object& object = value.get_object();
  QS_RETURN_IF_ERROR(ReadText(object, "id", pass.id));
  QS_RETURN_IF_ERROR(ReadInt64(object, "begun_us", pass.begun_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "as_of_us", pass.as_of_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "completed_us", pass.completed_us));
  pass.ended_us = pass.completed_us;  // of a version that knew no other end
  QS_RETURN_IF_ERROR(ReadInt64(object, "ended_us", pass.ended_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "done", pass.done));
  QS_RETURN_IF_ERROR(ReadInt64(object, "total", pass.total));
  QS_RETURN_IF_ERROR(ReadInt64(object, "next_us", pass.next_us));
  QS_RETURN_IF_ERROR(ReadText(object, "vanished_through", pass.vanished_through));
  QS_RETURN_IF_ERROR(ReadInt64(object, "vanished", pass.vanished));
  QS_RETURN_IF_ERROR(ReadInt64(object, "then_us", pass.then_us));
  QS_RETURN_IF_ERROR(ReadBool(object, "vanishing", pass.vanishing));
  return pass;
}

absl::StatusOr<BackfillRecord> BackfillFromJson(std::string_view text) {
  BackfillRecord backfill;
  if (text == "{}") return backfill;
  QS_ASSIGN_OR_RETURN(const json::value value, ParseColumn(text));
  if (!value.is_object()) return BadColumn("the backfill is not an object");
  const json::object& object = value.get_object();
  int64_t schema = 0;
  std::string state;
  QS_RETURN_IF_ERROR(ReadInt64(object, "start_us", backfill.start_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "begun_us", backfill.begun_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "done_us", backfill.done_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "from_us", backfill.from_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "to_us", backfill.to_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "reached_us", backfill.reached_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "cursor_schema", schema));
  QS_RETURN_IF_ERROR(ReadText(object, "cursor_state", state));
  QS_RETURN_IF_ERROR(ReadInt64(object, "cursor_watermark_us", backfill.cursor.watermark_us));
  QS_RETURN_IF_ERROR(ReadInt64(object, "orders", backfill.orders));
  QS_RETURN_IF_ERROR(ReadInt64(object, "live_due_us", backfill.live_due_us));
  QS_RETURN_IF_ERROR(ReadBool(object, "next", backfill.next));
  QS_RETURN_IF_ERROR(ReadInt64(object, "edits", backfill.edits));
  if (schema < 0 || schema > std::numeric_limits<uint32_t>::max() ||
      !absl::Base64Unescape(state, &backfill.cursor.state)) {
    return BadColumn("the backfill's position is unreadable");
  }
  backfill.cursor.schema = static_cast<uint32_t>(schema);
  return backfill;
}

std::string OutboundPartsToJson(const std::vector<OutboundPart>& parts) {
  json::array array;
  for (const OutboundPart& part : parts) {
    array.push_back(json::object{{"line", part.external_id},
                                 {"sku", part.sku},
                                 {"quantity", part.quantity},
                                 {"units_each", part.units_each},
                                 {"shipped", part.shipped},
                                 {"despatched", part.despatched}});
  }
  return json::serialize(array);
}

absl::StatusOr<std::vector<OutboundPart>> OutboundPartsFromJson(std::string_view text) {
  QS_ASSIGN_OR_RETURN(const json::value value, ParseColumn(text));
  if (!value.is_array()) return BadColumn("the parts are not an array");
  std::vector<OutboundPart> parts;
  for (const json::value& each : value.get_array()) {
    if (!each.is_object()) return BadColumn("a part is not an object");
    const json::object& object = each.get_object();
    OutboundPart& part = parts.emplace_back();
    QS_RETURN_IF_ERROR(ReadText(object, "line", part.external_id));
    QS_RETURN_IF_ERROR(ReadText(object, "sku", part.sku));
    QS_RETURN_IF_ERROR(ReadSmall(object, "quantity", part.quantity));
    QS_RETURN_IF_ERROR(ReadSmall(object, "units_each", part.units_each));
    QS_RETURN_IF_ERROR(ReadSmall(object, "shipped", part.shipped));
    QS_RETURN_IF_ERROR(ReadSmall(object, "despatched", part.despatched));
  }
  return parts;
}

std::string PostSaleLinesToJson(const std::vector<PostSaleLine>& lines) {
  json::array array;
  for (const PostSaleLine& line : lines) {
    json::array parts;
    for (const RefundPart& part : line.parts)
      parts.push_back(json::object{{"component", part.component}, {"units", part.units}, {"nanos", part.nanos}});
    array.push_back(json::object{{"line", line.external_id},
                                 {"quantity", line.quantity},
                                 {"cancelled_then", line.cancelled_then},
                                 {"parts", std::move(parts)}});
  }
  return json::serialize(array);
}

absl::StatusOr<std::vector<PostSaleLine>> PostSaleLinesFromJson(std::string_view text) {
  QS_ASSIGN_OR_RETURN(const json::value value, ParseColumn(text));
  if (!value.is_array()) return BadColumn("the lines are not an array");
  std::vector<PostSaleLine> lines;
  for (const json::value& each : value.get_array()) {
    if (!each.is_object()) return BadColumn("a line is not an object");
    PostSaleLine line;
    QS_RETURN_IF_ERROR(ReadText(each.get_object(), "line", line.external_id));
    QS_RETURN_IF_ERROR(ReadSmall(each.get_object(), "quantity", line.quantity));
    QS_RETURN_IF_ERROR(ReadSmall(each.get_object(), "cancelled_then", line.cancelled_then));
    const json::value* parts = each.get_object().if_contains("parts");
    if (parts == nullptr || !parts->is_array()) return BadColumn("the parts of a line are not an array");
    for (const json::value& part : parts->get_array()) {
      if (!part.is_object()) return BadColumn("a part is not an object");
      RefundPart& read = line.parts.emplace_back();
      QS_RETURN_IF_ERROR(ReadSmall(part.get_object(), "component", read.component));
      QS_RETURN_IF_ERROR(ReadInt64(part.get_object(), "units", read.units));
      QS_RETURN_IF_ERROR(ReadSmall(part.get_object(), "nanos", read.nanos));
    }
    lines.push_back(std::move(line));
  }
  return lines;
}

}  // namespace quayside
