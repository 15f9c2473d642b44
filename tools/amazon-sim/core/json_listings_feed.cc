// JSON_LISTINGS_FEED, version 2.0: listings changed in bulk. Messages do what the same patch would do by
// patchListingsItem, at the time the feed is processed: what was patched meanwhile is written over.
#include <cmath>
#include <limits>
#include <unordered_set>

#include "core/call.h"
#include "core/feed_type.h"
#include "core/listing_change.h"
#include "core/listing_json.h"
#include "core/world.h"

namespace amazon_sim {
namespace {

namespace json = boost::json;

// The processing report, written as messages come.
class ProcessingReport {
 public:
  // An issue of one message; `id` is absent where the message has none that counts.
  void AddIssue(std::optional<std::int64_t> id, std::string_view sku, std::string_view code, std::string_view message,
                std::string_view attribute = "") {
    json::object issue;
    if (id) issue["messageId"] = *id;
    if (!sku.empty()) issue["sku"] = sku;
    issue["code"] = code;
    issue["severity"] = "ERROR";
    issue["message"] = message;
    if (!attribute.empty()) issue["attributeName"] = attribute;
    if (errors_++ > 0) issues_ += ',';
    issues_ += json::serialize(issue);
  }
  void AddItem(const json::object& item) {
    if (items_count_++ > 0) items_ += ',';
    items_ += json::serialize(item);
  }

  // `wanted`: the report object of the feed's header, if it has one.
  std::string Text(json::object header, const FeedOutcome& outcome, const json::value* wanted) const {
    json::object summary{{"errors", errors_},
                         {"warnings", 0},
                         {"messagesProcessed", outcome.messages},
                         {"messagesAccepted", outcome.accepted},
                         {"messagesInvalid", outcome.invalid}};
    if (wanted) {
      header["report"] = *wanted;
      summary["itemSummary"] = {{"items", items_count_}, {"errors", 0}, {"warnings", 0}};
    }
    return "{\"header\":" + json::serialize(header) + ",\"issues\":[" + issues_ +
           "],\"summary\":" + json::serialize(summary) + (wanted ? ",\"items\":[" + items_ + "]" : "") + "}";
  }

 private:
  std::string issues_;
  std::string items_;
  std::int64_t errors_ = 0;
  std::int64_t items_count_ = 0;
};

std::string TextOf(const json::object& object, std::string_view name) {
  const json::value* value = object.if_contains(name);
  return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<std::string> BlocksOf(const json::object& header) {
  std::vector<std::string> blocks;
  const json::value* report = header.if_contains("report");
  const json::value* included =
      report && report->is_object() ? report->get_object().if_contains("includedData") : nullptr;
  if (!included || !included->is_array()) return blocks;
  for (const json::value& block : included->get_array()) {
    if (block.is_string()) blocks.emplace_back(block.get_string());
  }
  return blocks;
}

// What makes a whole document unusable; empty when nothing does.
std::string WholeProblem(const FeedContext& context, const std::string& text, const json::value& document,
                         bool unreadable) {
  if (static_cast<std::int64_t>(text.size()) > context.settings.max_bytes) return "The document is too large.";
  if (unreadable) return "The document is not JSON.";
  const json::object* root = document.if_object();
  const json::value* header = root ? root->if_contains("header") : nullptr;
  if (!header || !header->is_object()) return "'header' is required.";
  if (TextOf(header->get_object(), "version") != "2.0") return "'version' must be 2.0.";
  if (TextOf(header->get_object(), "sellerId") != context.account.seller_id()) {
    return "'sellerId' is not the seller who submitted the feed.";
  }
  const json::value* messages = root->if_contains("messages");
  if (!messages || !messages->is_array() || messages->get_array().empty()) return "'messages' needs an element.";
  if (static_cast<std::int64_t>(messages->get_array().size()) > context.settings.max_messages) {
    return "There are more than " + std::to_string(context.settings.max_messages) + " messages.";
  }
  return "";
}

// A message that cannot be taken, with Amazon's kind of code.
struct MessageRefusal {
  std::string_view code;
  std::string text;
};

enum class MessageKind { kPatch, kPartialUpdate, kUpdate, kDelete };

MessageKind ReadKind(const json::object& message) {
  const std::string type = TextOf(message, "operationType");
  if (type == "PATCH") return MessageKind::kPatch;
  if (type == "PARTIAL_UPDATE") return MessageKind::kPartialUpdate;
  if (type == "UPDATE") return MessageKind::kUpdate;
  if (type == "DELETE") return MessageKind::kDelete;
  throw MessageRefusal{"4000003", "'operationType' must be UPDATE, PARTIAL_UPDATE, PATCH or DELETE."};
}

void RefuseFields(const json::object& message, std::initializer_list<std::string_view> fields) {
  for (const std::string_view field : fields) {
    if (message.contains(field)) {
      throw MessageRefusal{"4000003", "'" + std::string(field) + "' does not go with this operationType."};
    }
  }
}

ListingChange ReadChange(const json::object& message, MessageKind kind) {
  if (TextOf(message, "productType").empty()) throw MessageRefusal{"4000003", "'productType' is required."};
  if (kind == MessageKind::kPatch) {
    RefuseFields(message, {"attributes", "requirements"});
    const json::value* patches = message.if_contains("patches");
    if (!patches || !patches->is_array() || patches->get_array().empty()) {
      throw MessageRefusal{"4000003", "'patches' needs an element."};
    }
    return ListingChange::FromPatches(patches->get_array());
  }
  RefuseFields(message, {"patches"});
  if (kind == MessageKind::kPartialUpdate) RefuseFields(message, {"requirements"});
  const json::value* attributes = message.if_contains("attributes");
  if (!attributes || !attributes->is_object() || attributes->get_object().empty()) {
    throw MessageRefusal{"4000003", "'attributes' needs a member."};
  }
  return ListingChange::FromAttributes(attributes->get_object(), kind == MessageKind::kUpdate);
}

class ListingsFeed {
 public:
  ListingsFeed(const FeedContext& context, std::vector<std::string> blocks)
      : context_(context), book_(*context.account.book), blocks_(std::move(blocks)) {}

  void Take(const json::value& element) {
    ++outcome_.messages;
    const json::object* message = element.if_object();
    const auto id = message ? ReadId(*message) : std::nullopt;
    const std::string sku = message ? TextOf(*message, "sku") : "";
    try {
      if (!id)
        throw MessageRefusal{"4000003", "'messageId' must be a whole number from 1 on that no other message has."};
      if (sku.empty()) throw MessageRefusal{"4000003", "'sku' is required."};
      if (Do(*message, *id, sku)) {
        ++outcome_.accepted;
        return;
      }
    } catch (const MessageRefusal& refusal) {
      report_.AddIssue(id, sku, refusal.code, refusal.text);
    } catch (const ApiError& error) {
      report_.AddIssue(id, sku, "4000003", error.details);
    }
    ++outcome_.invalid;
  }

  FeedOutcome Finish(const json::object& header) {
    json::object shown{{"sellerId", context_.account.seller_id()}, {"version", "2.0"}, {"feedId", context_.feed_id}};
    outcome_.report =
        report_.Text(std::move(shown), outcome_, blocks_.empty() ? nullptr : header.if_contains("report"));
    return std::move(outcome_);
  }

 private:
  std::optional<std::int64_t> ReadId(const json::object& message) {
    const json::value* id = message.if_contains("messageId");
    if (!id || !id->is_int64() || id->get_int64() < 1 || id->get_int64() > std::numeric_limits<std::int32_t>::max()) {
      return std::nullopt;
    }
    if (!ids_.insert(id->get_int64()).second) return std::nullopt;
    return id->get_int64();
  }

  // False when the message has issues, which are in the report.
  bool Do(const json::object& message, std::int64_t id, const std::string& sku) {
    const MessageKind kind = ReadKind(message);
    Listing* listing = book_.FindListing(sku);
    if (kind == MessageKind::kDelete) {
      RefuseFields(message, {"attributes", "patches", "productType", "requirements"});
      context_.world.ledger.CountFeedDelete();
      if (listing) book_.DeleteListing(*listing, context_.now);
      return true;
    }
    const ListingChange change = ReadChange(message, kind);
    for (const json::value& issue : change.issues()) {
      const json::value& attribute = issue.at("attributeNames").at(0);
      report_.AddIssue(id, sku, issue.at("code").get_string(), issue.at("message").get_string(),
                       attribute.get_string());
    }
    if (!change.issues().empty()) return false;
    if (kind == MessageKind::kUpdate) context_.world.ledger.CountFullUpdate();
    if (!listing) {
      context_.world.ledger.CountUnknownSku(QuantityCause::kFeed);
      return true;
    }
    change.Apply({book_, context_.world.ledger, QuantityCause::kFeed, context_.feed_id, context_.now}, *listing);
    if (!blocks_.empty()) report_.AddItem(ListingJson(*listing, context_.marketplaces, blocks_));
    return true;
  }

  const FeedContext& context_;
  SellerBook& book_;
  std::vector<std::string> blocks_;  // of listings data the report shall show
  std::unordered_set<std::int64_t> ids_;
  ProcessingReport report_;
  FeedOutcome outcome_;
};

FeedOutcome ProcessListings(const FeedContext& context, const std::string& text) {
  json::monotonic_resource memory;
  boost::system::error_code error;
  const bool too_large = static_cast<std::int64_t>(text.size()) > context.settings.max_bytes;
  const json::value document = too_large ? json::value() : json::parse(text, error, &memory);
  const std::string problem = WholeProblem(context, text, document, error.failed());
  if (!problem.empty()) {
    FeedOutcome outcome{.fatal = true};
    ProcessingReport report;
    report.AddIssue(std::nullopt, "", "4000001", problem);
    outcome.report = report.Text(
        {{"sellerId", context.account.seller_id()}, {"version", "2.0"}, {"feedId", context.feed_id}}, outcome, nullptr);
    return outcome;
  }
  const json::object& header = document.at("header").get_object();
  const json::array& messages = document.at("messages").get_array();
  const auto count = static_cast<std::size_t>(std::ceil(static_cast<double>(messages.size()) * context.share));
  ListingsFeed feed(context, BlocksOf(header));
  for (std::size_t i = 0; i < count; ++i) feed.Take(messages[i]);
  return feed.Finish(header);
}

}  // namespace

const FeedType kJsonListings{"JSON_LISTINGS_FEED", ProcessListings};

}  // namespace amazon_sim
