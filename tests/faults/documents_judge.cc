#include "tests/faults/documents_judge.h"

#include <algorithm>
#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <utility>

#include "absl/strings/numbers.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/sync/quantity_decider.h"

namespace quayside {
namespace {

namespace json = boost::json;

constexpr int kPage = 1000;

// As Amazon has it; times as text that sorts.
struct Feed {
  std::string id;
  std::string digest;
  std::string status;
  std::string created;
  std::string ended;  // empty: it is not over
};

struct Pair {
  Feed earlier;
  Feed later;
};

std::string TextOf(const json::value& value) {
  return value.is_null() ? std::string() : std::string(value.as_string());
}

// Oldest first.
std::vector<Feed> Feeds(EngineWorld& world) {
  std::vector<Feed> feeds;
  const json::value shown = world.amazon().Look("feeds?type=JSON_LISTINGS_FEED&limit=1000000");
  for (const json::value& feed : shown.at("feeds").as_array())
    feeds.push_back({TextOf(feed.at("id")), TextOf(feed.at("digest")), TextOf(feed.at("status")),
                     TextOf(feed.at("created")), TextOf(feed.at("ended"))});
  std::reverse(feeds.begin(), feeds.end());
  return feeds;
}

// Neighbours in time that carried the same content.
std::vector<Pair> Repeated(EngineWorld& world, const std::vector<Feed>& feeds) {
  std::set<std::string> often;
  const json::value ledger = world.amazon().Look("ledger?section=feed_contents");
  for (const json::value& content : ledger.at("feed_contents").as_array())
    if (content.at("feeds").to_number<int64_t>() > 1) often.insert(TextOf(content.at("digest")));
  std::vector<Pair> pairs;
  std::map<std::string, Feed> last;
  for (const Feed& feed : feeds) {
    if (!often.contains(feed.digest)) continue;
    if (const auto before = last.find(feed.digest); before != last.end()) pairs.push_back({before->second, feed});
    last[feed.digest] = feed;
  }
  return pairs;
}

// What the host has told of its documents, by their feeds.
struct Told {
  std::map<std::string, int64_t> first;  // revision
  std::map<std::string, int64_t> over;   // revision
  std::map<std::string, std::set<int64_t>> documents;
  std::set<std::string> unclear;  // ended without an outcome for each quantity
  int64_t never_found = 0;        // given up without a feed
};

absl::StatusOr<std::vector<EventRecord>> AllEvents(ReadTx& tx, const std::vector<std::string>& types) {
  std::vector<EventRecord> all;
  EventQuery query{.type_prefixes = types, .limit = kPage};
  for (bool more = true; more;) {
    QS_ASSIGN_OR_RETURN(std::vector<EventRecord> page, tx.ListEvents(query));
    more = page.size() == kPage;
    if (more) query.after_revision = page.back().revision;
    std::move(page.begin(), page.end(), std::back_inserter(all));
  }
  return all;
}

int64_t NumberOf(const EventRecord& event, const std::string& attribute) {
  int64_t number = 0;
  const auto found = event.attributes.find(attribute);
  return found != event.attributes.end() && absl::SimpleAtoi(found->second, &number) ? number : 0;
}

absl::StatusOr<Told> ReadTold(ReadTx& tx) {
  Told told;
  QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> events, AllEvents(tx, {"document."}));
  for (const EventRecord& event : events) {
    const auto handle = event.attributes.find("handle");
    if (handle == event.attributes.end()) {
      if (event.type == "document.ended") ++told.never_found;
      continue;
    }
    const std::string& feed = handle->second;
    told.first.emplace(feed, event.revision);
    told.documents[feed].insert(NumberOf(event, "document"));
    if (event.type == "document.ended" || event.type == "document.withdrawn") told.over[feed] = event.revision;
    if (NumberOf(event, "unknown") > 0) told.unclear.insert(feed);
  }
  return told;
}

// Is a number that is in force sent again for no reason? It may be sent again after a feed that Amazon gave up or that
// was taken back; after one whose outcome nobody knows; and when one of its SKUs had another number since, or was to
// have one: what is right changes, and changes back.
class SentAgain {
 public:
  SentAgain(ReadTx& tx, const Told& told, const json::array& changes) : tx_(tx), told_(told) {
    for (const json::value& change : changes) moved_.emplace(TextOf(change.at("sku")), &change);
  }

  absl::Status ReadQuantities() {
    QS_ASSIGN_OR_RETURN(const std::vector<EventRecord> events,
                        AllEvents(tx_, {"quantity.accepted", "quantity.mismatch", "drift.found"}));
    for (const EventRecord& event : events) {
      const std::string& sku = event.attributes.at("sku");
      if (event.type == "quantity.accepted") {
        accepted_[event.attributes.at("reference")].insert(sku);
      } else {
        doubted_.insert(sku);
      }
    }
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Needlessly(const Pair& pair) {
    const auto over = told_.over.find(pair.earlier.id);
    const auto first = told_.first.find(pair.later.id);
    const bool known_over = over != told_.over.end() && (first == told_.first.end() || over->second < first->second);
    if (!known_over) return true;
    if (told_.unclear.contains(pair.earlier.id)) return false;
    if (pair.earlier.ended.empty() || pair.earlier.ended > pair.later.created) return true;
    if (pair.earlier.status == "FATAL" || pair.earlier.status == "CANCELLED" || first == told_.first.end())
      return false;
    const std::set<std::string>& skus = accepted_[Concat("feed ", pair.earlier.id)];
    for (const std::string& sku : skus) {
      if (doubted_.contains(sku) || HasMovedThere(sku, pair)) return false;
      QS_ASSIGN_OR_RETURN(const bool other, HadAnotherNumber(sku, pair));
      if (other) return false;
    }
    return !skus.empty();
  }

 private:
  bool HasMovedThere(const std::string& sku, const Pair& pair) const {
    const auto [begin, end] = moved_.equal_range(sku);
    return std::any_of(begin, end, [&](const auto& entry) {
      const std::string time = TextOf(entry.second->at("time"));
      return time >= pair.earlier.created && time <= pair.later.created &&
             TextOf(entry.second->at("reference")) != pair.earlier.id;
    });
  }

  // Also when the host has forgotten what it sent then.
  absl::StatusOr<bool> HadAnotherNumber(const std::string& sku, const Pair& pair) {
    QS_ASSIGN_OR_RETURN(const std::vector<IntentRecord> intents,
                        tx_.ListIntentsOfTarget(EngineWorld::kAccount, sku, 0, kSubmissionsKept));  // newest first
    const auto of = [&](const Feed& feed) {
      const std::set<int64_t>& documents = told_.documents.at(feed.id);
      return std::find_if(intents.begin(), intents.end(),
                          [&](const IntentRecord& intent) { return documents.contains(intent.bulk_id); });
    };
    const auto later = of(pair.later);
    const auto earlier = of(pair.earlier);
    if (later == intents.end() || earlier == intents.end() || later > earlier) return true;
    return std::any_of(later, earlier,
                       [&](const IntentRecord& intent) { return intent.quantity != earlier->quantity; });
  }

  ReadTx& tx_;
  const Told& told_;
  std::multimap<std::string, const json::value*> moved_;
  std::map<std::string, std::set<std::string>> accepted_;  // by reference
  std::set<std::string> doubted_;                          // Amazon once showed something else than was sent
};

void JudgeNames(const Told& told, std::vector<std::string>& wrong) {
  std::map<int64_t, std::set<std::string>> feeds;
  for (const auto& [feed, documents] : told.documents) {
    if (documents.size() > 1) wrong.push_back(Concat("feed ", feed, " is ", documents.size(), " documents"));
    for (const int64_t document : documents) feeds[document].insert(feed);
  }
  for (const auto& [document, its] : feeds)
    if (its.size() > 1) wrong.push_back(Concat("document ", document, " was handed over as ", its.size(), " feeds"));
}

absl::Status JudgeUnknown(ReadTx& tx, const Told& told, const std::vector<Feed>& feeds,
                          std::vector<std::string>& wrong) {
  QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> open, tx.ListOpenBulks(EngineWorld::kAccount));
  std::set<std::string> open_feeds;
  int64_t nobodys = told.never_found;
  for (const BulkRecord& bulk : open) {
    if (bulk.handle.empty()) ++nobodys;
    open_feeds.insert(bulk.handle);
  }
  std::vector<std::string> unknown;
  for (const Feed& feed : feeds) {
    if (!told.first.contains(feed.id) && !open_feeds.contains(feed.id))
      unknown.push_back(Concat("feed ", feed.id, " of ", feed.created, " (", feed.status, ") is unknown here"));
  }
  if (static_cast<int64_t>(unknown.size()) > nobodys) wrong.insert(wrong.end(), unknown.begin(), unknown.end());
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> DocumentsWrong(EngineWorld& world) {
  const std::vector<Feed> feeds = Feeds(world);
  const std::vector<Pair> pairs = Repeated(world, feeds);
  const json::value changes =
      pairs.empty() ? json::value(json::array()) : world.amazon().Look("ledger?section=quantities").at("quantities");
  std::vector<std::string> wrong;
  const absl::Status read = world.store().Read([&](ReadTx& tx) -> absl::Status {
    wrong.clear();
    QS_ASSIGN_OR_RETURN(const Told told, ReadTold(tx));
    JudgeNames(told, wrong);
    QS_RETURN_IF_ERROR(JudgeUnknown(tx, told, feeds, wrong));
    SentAgain sent_again(tx, told, changes.as_array());
    if (!pairs.empty()) QS_RETURN_IF_ERROR(sent_again.ReadQuantities());
    for (const Pair& pair : pairs) {
      QS_ASSIGN_OR_RETURN(const bool needlessly, sent_again.Needlessly(pair));
      if (needlessly)
        wrong.push_back(Concat("feed ", pair.later.id, " of ", pair.later.created, " repeats feed ", pair.earlier.id,
                               ", ", pair.earlier.status, " since ", pair.earlier.ended));
    }
    return absl::OkStatus();
  });
  if (!read.ok()) throw std::runtime_error(read.ToString());
  return wrong;
}

}  // namespace quayside
