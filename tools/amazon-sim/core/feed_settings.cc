#include "core/feed_settings.h"

#include "core/json_fields.h"

namespace amazon_sim {
namespace {

std::int64_t CountField(const boost::json::object& json, std::string_view name, std::int64_t fallback) {
  const std::int64_t value = IntField(json, name, fallback);
  if (value < 0) throw InputError(std::string(name) + " cannot be negative");
  return value;
}

}  // namespace

void ChangeFeedSettings(FeedSettings& settings, const boost::json::object& wanted) {
  RefuseUnknown(wanted,
                {"queue_s", "work_s", "one_at_a_time", "apply", "compression", "max_messages", "max_bytes",
                 "listings_limit", "listings_window_s", "max_unfinished", "retention_days"},
                "feeds");
  FeedSettings changed = settings;
  changed.queue_s = SecondsField(wanted, "queue_s", changed.queue_s);
  changed.work_s = SecondsField(wanted, "work_s", changed.work_s);
  changed.one_at_a_time = BoolField(wanted, "one_at_a_time", changed.one_at_a_time);
  changed.apply_at_start =
      ChoiceField(wanted, "apply", {"end", "start"}, changed.apply_at_start ? "start" : "end") == "start";
  changed.gzip = ChoiceField(wanted, "compression", {"gzip", "none"}, changed.gzip ? "gzip" : "none") == "gzip";
  changed.max_messages = CountField(wanted, "max_messages", changed.max_messages);
  changed.max_bytes = CountField(wanted, "max_bytes", changed.max_bytes);
  changed.listings_limit = CountField(wanted, "listings_limit", changed.listings_limit);
  changed.listings_window = TimeField(wanted, "listings_window_s", kSecond, changed.listings_window);
  changed.max_unfinished = CountField(wanted, "max_unfinished", changed.max_unfinished);
  changed.retention = TimeField(wanted, "retention_days", kDay, changed.retention);
  settings = changed;
}

boost::json::object ToJson(const FeedSettings& settings) {
  return {{"queue_s", ToJson(settings.queue_s)},
          {"work_s", ToJson(settings.work_s)},
          {"one_at_a_time", settings.one_at_a_time},
          {"apply", settings.apply_at_start ? "start" : "end"},
          {"compression", settings.gzip ? "gzip" : "none"},
          {"max_messages", settings.max_messages},
          {"max_bytes", settings.max_bytes},
          {"listings_limit", settings.listings_limit},
          {"listings_window_s", SecondsNumber(settings.listings_window)},
          {"max_unfinished", settings.max_unfinished},
          {"retention_days", PlainNumber(static_cast<double>(settings.retention) / kDay)}};
}

}  // namespace amazon_sim
