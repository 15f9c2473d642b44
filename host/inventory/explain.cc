#include "host/inventory/explain.h"

#include <algorithm>
#include <boost/json.hpp>
#include <limits>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/inventory/may_show.h"
#include "host/inventory/quantity_words.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr std::string_view kMaxRule = "max_listed_quantity";
constexpr std::string_view kPercentageRule = "listed_percentage_e4";
constexpr std::string_view kEndRule = "end_when_quantity";

absl::Status Corrupt() {
  return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt, "a stored explanation cannot be read");
}

int64_t NumberOr(const json::object& object, std::string_view name, int64_t otherwise) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  const int64_t* number = value == nullptr ? nullptr : value->if_int64();
  return number == nullptr ? otherwise : *number;
}

int32_t SmallNumber(int64_t number) {
  return static_cast<int32_t>(
      std::clamp<int64_t>(number, std::numeric_limits<int32_t>::min(), std::numeric_limits<int32_t>::max()));
}

std::optional<int32_t> OptionalNumber(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  const int64_t* number = value == nullptr ? nullptr : value->if_int64();
  if (number == nullptr) return std::nullopt;
  return SmallNumber(*number);
}

std::string TextOr(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  const json::string* text = value == nullptr ? nullptr : value->if_string();
  return text == nullptr ? std::string() : std::string(text->data(), text->size());
}

bool TruthOr(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  const bool* truth = value == nullptr ? nullptr : value->if_bool();
  return truth != nullptr && *truth;
}

const json::array* ArrayOr(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(json::string_view(name.data(), name.size()));
  return value == nullptr ? nullptr : value->if_array();
}

std::vector<std::string> TextsOf(const json::array* array) {
  std::vector<std::string> texts;
  if (array == nullptr) return texts;
  for (const json::value& element : *array) {
    if (const json::string* text = element.if_string(); text != nullptr) texts.emplace_back(text->data(), text->size());
  }
  return texts;
}

bool Has(const std::vector<std::string>& texts, std::string_view text) {
  return std::find(texts.begin(), texts.end(), text) != texts.end();
}

LocationStock StockOf(const QuantityExplanation::Location& at) {
  return {.location_id = at.id, .fulfilment_centre = at.fulfilment_centre, .inactive = at.inactive};
}

json::object ToObject(const QuantityExplanation::Location& at) {
  json::object object{{"location", at.id}, {"reserved", at.reserved}, {"fulfilment_centre", at.fulfilment_centre}};
  if (at.inactive) object["inactive"] = true;
  if (at.level.has_value()) object["level"] = *at.level;
  return object;
}

QuantityExplanation::Location LocationFrom(const json::object& object) {
  QuantityExplanation::Location at;
  at.id = TextOr(object, "location");
  at.reserved = NumberOr(object, "reserved", 0);
  at.fulfilment_centre = TruthOr(object, "fulfilment_centre");
  at.inactive = TruthOr(object, "inactive");
  if (object.contains("level")) at.level = NumberOr(object, "level", 0);
  return at;
}

std::string LocationInWords(const QuantityExplanation::Location& at) {
  if (at.part != LocationPart::kCounts) return Concat(at.id, ": does not count, ", PartInWords(at.part));
  if (!at.level.has_value()) return Concat(at.id, ": no level was ever set, ", at.reserved, " reserved");
  return Concat(at.id, ": ", *at.level, " on hand, ", at.reserved, " reserved");
}

std::string_view Whose(bool own) { return own ? "the listing's own rule" : "the channel's rule"; }

// Up to the number.
std::vector<std::string> QuantityInWords(const QuantityExplanation& explanation) {
  std::vector<std::string> steps;
  int64_t sum = 0;
  for (const QuantityExplanation::Location& at : explanation.locations) {
    steps.push_back(LocationInWords(at));
    if (at.part == LocationPart::kCounts) sum += at.level.value_or(0) - at.reserved;
  }
  steps.push_back(sum < 0 ? Concat("available: 0, since ", -sum, " more are reserved than there are")
                          : Concat("available: ", explanation.available));
  if (explanation.units_per_listing > 1)
    steps.push_back(Concat("whole listings of ", explanation.units_per_listing, ": ", explanation.in_listings));
  const QuantityRules& rules = explanation.rules;
  if (explanation.in_listings <= rules.end_when) {
    if (rules.end_when > 0)
      steps.push_back(Concat("none is shown at ", rules.end_when, " or fewer (", Whose(explanation.own_end_when), ")"));
    steps.push_back(Concat("quantity: ", explanation.quantity));
    return steps;
  }
  if (rules.percentage_e4.has_value() && *rules.percentage_e4 != kFullPercentageE4) {
    const int64_t share =
        ListedQuantity(explanation.in_listings, {.percentage_e4 = rules.percentage_e4, .end_when = rules.end_when});
    steps.push_back(Concat(PercentText(*rules.percentage_e4), " % of it (", Whose(explanation.own_percentage),
                           "), rounded down: ", share));
  }
  if (rules.max_listed.has_value())
    steps.push_back(Concat("at most ", *rules.max_listed, " are shown (", Whose(explanation.own_max_listed), ")"));
  steps.push_back(Concat("quantity: ", explanation.quantity));
  return steps;
}

}  // namespace

std::optional<QuantityExplanation> ExplainQuantity(const ChannelRecord& channel, const ListingRecord& listing,
                                                   const std::vector<LocationStock>& stock) {
  const std::vector<std::string>& chosen = channel.config.chosen_locations();
  const std::optional<int64_t> available = AvailableStock(stock, chosen);
  if (!available.has_value()) return std::nullopt;
  const ComputedQuantity computed = ComputeQuantity(*available, channel.config, FactsOf(listing));
  QuantityExplanation out;
  out.channel_id = channel.id;
  out.config_revision = channel.config_revision;
  out.item_id = listing.item_id;
  for (const LocationStock& at : stock) {
    out.locations.push_back({.id = at.location_id,
                             .level = at.level,
                             .reserved = at.reserved,
                             .fulfilment_centre = at.fulfilment_centre,
                             .inactive = at.inactive,
                             .part = PartOf(at, chosen)});
  }
  out.chosen_locations = chosen;
  out.available = computed.available;
  out.units_per_listing = listing.units_per_listing;
  out.in_listings = computed.in_listings;
  out.rules = computed.rules;
  out.own_max_listed = listing.max_listed_quantity.has_value();
  out.own_percentage = listing.listed_percentage_e4.has_value();
  out.own_end_when = listing.end_when_quantity.has_value();
  out.quantity = computed.quantity;
  return out;
}

std::string ExplanationToJson(const QuantityExplanation& explanation) {
  json::array locations;
  for (const QuantityExplanation::Location& at : explanation.locations) locations.push_back(ToObject(at));
  json::array chosen;
  for (const std::string& id : explanation.chosen_locations) chosen.emplace_back(id);
  const QuantityRules& rules = explanation.rules;
  json::object rule{{"end_when", rules.end_when}};
  if (rules.max_listed.has_value()) rule["max_listed"] = *rules.max_listed;
  if (rules.percentage_e4.has_value()) rule["percentage_e4"] = *rules.percentage_e4;
  json::array own;
  if (explanation.own_end_when) own.emplace_back(json::string(kEndRule.data(), kEndRule.size()));
  if (explanation.own_percentage) own.emplace_back(json::string(kPercentageRule.data(), kPercentageRule.size()));
  if (explanation.own_max_listed) own.emplace_back(json::string(kMaxRule.data(), kMaxRule.size()));
  json::object object{{"channel", explanation.channel_id},
                      {"config_revision", explanation.config_revision},
                      {"item", explanation.item_id},
                      {"locations", std::move(locations)},
                      {"chosen_locations", std::move(chosen)},
                      {"available", explanation.available},
                      {"units_per_listing", explanation.units_per_listing},
                      {"available_listings", explanation.in_listings},
                      {"rules", std::move(rule)},
                      {"quantity", explanation.quantity}};
  if (!own.empty()) object["own_rules"] = std::move(own);
  if (explanation.latency.days.has_value()) object["latency_days"] = *explanation.latency.days;
  if (!explanation.latency.property.empty()) object["latency_property"] = explanation.latency.property;
  if (explanation.clears_latency) object["clears_latency"] = true;
  if (!explanation.dissents.empty()) {
    json::array others;
    for (const Dissent& dissent : explanation.dissents)
      others.push_back(json::object{{"channel", dissent.channel_id}, {"quantity", dissent.quantity}});
    object["other_channels"] = std::move(others);
  }
  return json::serialize(object);
}

absl::StatusOr<QuantityExplanation> ExplanationFromJson(std::string_view text) {
  json::parse_options options;
  options.allow_invalid_utf8 = true;
  json::error_code error;
  const json::value value = json::parse(json::string_view(text.data(), text.size()), error, {}, options);
  if (error || !value.is_object()) return Corrupt();
  const json::object& object = value.get_object();
  QuantityExplanation out;
  out.channel_id = TextOr(object, "channel");
  out.config_revision = NumberOr(object, "config_revision", 0);
  out.item_id = NumberOr(object, "item", 0);
  out.chosen_locations = TextsOf(ArrayOr(object, "chosen_locations"));
  if (const json::array* locations = ArrayOr(object, "locations"); locations != nullptr) {
    for (const json::value& at : *locations) {
      if (!at.is_object()) return Corrupt();
      out.locations.push_back(LocationFrom(at.get_object()));
      out.locations.back().part = PartOf(StockOf(out.locations.back()), out.chosen_locations);
    }
  }
  out.available = NumberOr(object, "available", 0);
  out.units_per_listing = SmallNumber(NumberOr(object, "units_per_listing", 1));
  out.in_listings = NumberOr(object, "available_listings", 0);
  if (const json::value* rules = object.if_contains("rules"); rules != nullptr && rules->is_object()) {
    out.rules.end_when = SmallNumber(NumberOr(rules->get_object(), "end_when", 0));
    out.rules.max_listed = OptionalNumber(rules->get_object(), "max_listed");
    out.rules.percentage_e4 = OptionalNumber(rules->get_object(), "percentage_e4");
  }
  const std::vector<std::string> own = TextsOf(ArrayOr(object, "own_rules"));
  out.own_end_when = Has(own, kEndRule);
  out.own_percentage = Has(own, kPercentageRule);
  out.own_max_listed = Has(own, kMaxRule);
  out.quantity = SmallNumber(NumberOr(object, "quantity", 0));
  out.latency.days = OptionalNumber(object, "latency_days");
  out.latency.property = TextOr(object, "latency_property");
  out.clears_latency = TruthOr(object, "clears_latency");
  if (const json::array* others = ArrayOr(object, "other_channels"); others != nullptr) {
    for (const json::value& other : *others) {
      if (!other.is_object()) return Corrupt();
      out.dissents.push_back(
          {TextOr(other.get_object(), "channel"), SmallNumber(NumberOr(other.get_object(), "quantity", 0))});
    }
  }
  return out;
}

std::string_view PartInWords(LocationPart part) {
  switch (part) {
    case LocationPart::kCounts:
      return "";
    case LocationPart::kNotChosen:
      return "it is none of the channel's inventory locations";
    case LocationPart::kFulfilmentCentre:
      return "it is a fulfilment centre";
    case LocationPart::kInactive:
      return "it is inactive";
  }
  return "";
}

std::vector<std::string> StepsInWords(const QuantityExplanation& explanation) {
  std::vector<std::string> steps = QuantityInWords(explanation);
  if (explanation.latency.days.has_value()) {
    steps.push_back(Concat("handling time: ", *explanation.latency.days, " days (",
                           explanation.latency.property.empty()
                               ? std::string("the channel's default")
                               : Concat("the item's property '", explanation.latency.property, "'"),
                           ")"));
  }
  if (explanation.clears_latency) steps.emplace_back("handling time: the marketplace is to forget the one it keeps");
  return steps;
}

std::vector<std::string> SituationInWords(const TargetSituation& situation, const std::vector<Dissent>& dissents) {
  const TargetRecord& target = situation.target;
  std::vector<std::string> reasons;
  const bool sends = situation.decided_quantity.has_value();
  if (!sends) reasons.push_back(Concat("nothing is sent: ", situation.decided_note));
  const bool stored = target.version > 0 || target.state != TargetState::kNone;
  const bool outdated = sends && stored && target.wanted != situation.decided_quantity;
  if (sends && !stored) reasons.emplace_back("it is about to be decided for the first time");
  if (outdated && target.state != TargetState::kInFlight && target.state != TargetState::kInBulk)
    reasons.emplace_back("something changed: it is about to be decided anew");
  switch (target.state) {
    case TargetState::kNone:
      break;
    case TargetState::kCurrent:
      if (sends && !outdated) reasons.emplace_back("the marketplace has accepted this number");
      break;
    case TargetState::kDirty:
      reasons.emplace_back(target.due_us > situation.now ? "it failed for now and is tried again"
                                                         : "it waits for its turn under the marketplace's allowance");
      break;
    case TargetState::kHeld:
      reasons.push_back(target.note);
      break;
    case TargetState::kInFlight:
      reasons.emplace_back("a number is on its way; its outcome is open");
      if (!target.note.empty()) reasons.push_back(target.note);
      break;
    case TargetState::kInBulk:
      reasons.push_back(target.note.empty() ? std::string("a number travels in a document") : target.note);
      break;
    case TargetState::kParked:
      reasons.push_back(Concat("the marketplace refused it for good: ", target.note,
                               ". A new value, link or rule, or a force, tries again"));
      break;
    case TargetState::kChanged:
      if (!outdated && stored) reasons.emplace_back("something changed: it is about to be decided anew");
      break;
    case TargetState::kUnread:
      if (sends) reasons.emplace_back("it is read from the marketplace who fulfils the listing");
      break;
    case TargetState::kBraked:
      reasons.push_back(Concat("it waits for your word: ", situation.gate.has_value() && !situation.gate->reason.empty()
                                                               ? situation.gate->reason
                                                               : target.note));
      break;
  }
  if (sends && target.accepted_stale && target.accepted.has_value())
    reasons.emplace_back(
        "the marketplace may show less than it accepted: it has sold meanwhile, or a force asked for it");
  if (target.may_show.has_value()) {
    reasons.push_back(Concat("the marketplace may show up to ", *MostThatMayShow(target),
                             ": nobody knows whether a number that was sent came into force"));
  }
  for (const Dissent& dissent : dissents) {
    reasons.push_back(Concat("channel ", dissent.channel_id, " would show ", dissent.quantity, "; channel ",
                             situation.decided_owner, " decides for the SKU"));
  }
  return reasons;
}

std::string OutcomeInWords(const IntentRecord& intent) {
  const std::string why = intent.message.empty()  ? intent.reason
                          : intent.reason.empty() ? intent.message
                                                  : Concat(intent.reason, ", ", intent.message);
  const std::string because = why.empty() ? "" : Concat(": ", why);
  switch (intent.state) {
    case IntentState::kSent:
      return "it was sent; the answer is open";
    case IntentState::kAccepted:
      return "the marketplace took it and works on it";
    case IntentState::kDone:
      return "the marketplace accepted it";
    case IntentState::kRejected:
      return Concat("the marketplace refused it for good", because);
    case IntentState::kRetried:
      return Concat("it failed for now, and a later submission tried again", because);
    case IntentState::kUnknown:
      return Concat("nobody knows whether it arrived; it was sent again", because);
    case IntentState::kSuperseded:
      return "a newer number took its place";
    case IntentState::kInBulk:
      return "it travels in a document";
  }
  return "";
}

}  // namespace quayside
