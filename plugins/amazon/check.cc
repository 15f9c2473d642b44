#include "check.h"

#include <boost/json.hpp>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "caller.h"
#include "client.h"
#include "errors.h"
#include "fba_stock.h"
#include "feeds_api.h"
#include "json_fields.h"
#include "listings_api.h"
#include "orders_api.h"
#include "outbound_api.h"
#include "reports_api.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Result;

constexpr char kParticipations[] = "getMarketplaceParticipations";
constexpr char kProbeOrder[] = "getOrder";
constexpr char kProbeListings[] = "searchListingsItems";
constexpr char kImpossibleOrderId[] = "000-0000000-0000000";
constexpr int64_t kLookBackUs = 3'600'000'000;  // of lists that are read for the permission alone: little is in them
constexpr char kAuthoriseAgain[] = "; then authorise it again and set the new refresh token.";

struct Participation {
  bool participating = false;
  bool suspended = false;
};
using Participations = std::map<std::string, Participation, std::less<>>;

void AddFinding(pb::CheckReply& reply, std::string subject, bool ok, std::string message = {}) {
  pb::CheckFinding* finding = reply.add_findings();
  finding->set_subject(std::move(subject));
  finding->set_ok(ok);
  finding->set_message(std::move(message));
}

bool IsRefused(const pb::HttpReply& answer) { return answer.status() == 401 || answer.status() == 403; }

std::optional<Participations> ReadParticipations(const pb::HttpReply& answer) {
  json::monotonic_resource memory;
  const auto page = ParsePage(answer.body(), memory);
  JsonFields fields;
  const json::array* payload = page ? fields.GetArray(page->get_object(), "payload") : nullptr;
  if (payload == nullptr) return std::nullopt;
  const auto is_true = [](const json::object& object, std::string_view key) {
    const json::value* value = object.if_contains(key);
    return value != nullptr && value->is_bool() && value->get_bool();
  };
  Participations found;
  ForEachObject(fields, payload, "payload", [&](const json::object& entry) {
    const json::object* marketplace = fields.GetObject(entry, "marketplace");
    const json::object* participation = fields.GetObject(entry, "participation");
    if (marketplace == nullptr || participation == nullptr) return;
    found.insert_or_assign(
        std::string(fields.GetText(*marketplace, "id")),
        Participation{is_true(*participation, "isParticipating"), is_true(*participation, "hasSuspendedListings")});
  });
  return found;
}

void JudgeMarketplaces(const Settings& settings, const Participations& found, pb::CheckReply& reply) {
  const std::vector<Marketplace> known = KnownMarketplaces();
  for (const std::string& id : settings.marketplaces) {
    std::string name = id;
    for (const Marketplace& marketplace : known) {
      if (marketplace.id == id) name = marketplace.name;
    }
    const auto participation = found.find(id);
    if (participation == found.end() || !participation->second.participating) {
      AddFinding(
          reply, "marketplace:" + id, false,
          "The seller does not sell on " + name + ". Open the store there in Seller Central, or remove the channel.");
    } else if (participation->second.suspended) {
      AddFinding(reply, "marketplace:" + id, false,
                 "Listings on " + name +
                     " are suspended: the seller status there is inactive. Amazon's mails or Seller "
                     "Central, Account health, say why.");
    } else {
      AddFinding(reply, "marketplace:" + id, true);
    }
  }
}

// Any answer but a refusal proves the role: the order cannot exist.
Result<bool> ProbeOrders(const Settings& settings, sdk::Step& step, pb::CheckReply& reply) {
  QS_TRY(const pb::HttpReply answer,
         Read(step, NewRequest(settings, kProbeOrder, "GET", std::string(kOrdersPath) + "/" + kImpossibleOrderId)));
  if (IsRefused(answer)) {
    AddFinding(reply, "role:orders", false,
               "The application may not read orders. Give it the role \"Inventory and Order Tracking\", and "
               "\"Direct-to-Consumer "
               "Delivery\" for addresses; then authorise it again and set the new refresh token.");
    return false;
  }
  if (answer.status() == 429 || answer.status() >= 500) return ErrorFrom(answer, kProbeOrder, step.NowUs());
  AddFinding(reply, "role:orders", true);
  return true;
}

Result<bool> ProbeListings(const Settings& settings, sdk::Step& step, pb::CheckReply& reply) {
  if (settings.marketplaces.empty()) return true;
  pb::HttpRequest request = NewRequest(settings, kProbeListings, "GET", ListingsPath(settings));
  AddQuery(request, "marketplaceIds", settings.marketplaces.front());
  AddQuery(request, "pageSize", "1");
  QS_TRY(const pb::HttpReply answer, Read(step, request));
  if (answer.status() == 429 || answer.status() >= 500) return ErrorFrom(answer, kProbeListings, step.NowUs());
  if (IsRefused(answer)) {
    AddFinding(reply, "role:listings", false,
               "The application may not read or change listings of this seller id. Check the seller id; give the "
               "application the role \"Product Listing\"; then authorise it again and set the new refresh token.");
    return false;
  }
  AddFinding(reply, "role:listings", true);
  const std::string said = ErrorText(answer);
  AddFinding(
      reply, "seller_id", answer.status() == 200,
      answer.status() == 200 ? "" : "Amazon does not accept the seller id" + (said.empty() ? "." : " (" + said + ")."));
  return answer.status() == 200;
}

// Was a list that was read for the permission alone refused to the one who asks? What is wrong with the question proves
// that it may be asked; any other failure proves nothing.
template <class T>
Result<bool> IsAllowed(const Result<T>& asked) {
  if (asked.ok()) return true;
  if (asked.error().status == QS_AUTH) return false;
  if (asked.error().status == QS_INVALID || asked.error().status == QS_NOT_FOUND) return true;
  return asked.error();
}

void JudgeRole(bool allowed, const char* subject, const std::string& remedy, pb::CheckReply& reply) {
  AddFinding(reply, subject, allowed, allowed ? "" : remedy + kAuthoriseAgain);
}

// Documents: quantities in bulk, untracked packages, cancellations and refunds go in feeds; whole catalogues and the
// comparison of orders come in reports.
Result<bool> ProbeDocuments(Caller& caller, pb::CheckReply& reply) {
  const int64_t since = caller.ServerNowUs() - kLookBackUs;
  QS_TRY(const bool feeds, IsAllowed(FindFeeds(caller, kListingsFeed, since, 1)));
  JudgeRole(feeds, "role:feeds",
            "The application may not send documents (feeds). Give it the roles \"Product Listing\" and \"Inventory and "
            "Order Tracking\"",
            reply);
  if (caller.settings().marketplaces.empty()) return feeds;
  QS_TRY(const bool reports, IsAllowed(FindReports(caller, caller.settings().marketplaces.front(), since)));
  JudgeRole(reports, "role:reports",
            "The application may not ask for reports of listings and orders. Give it the roles \"Product Listing\" and "
            "\"Inventory and Order Tracking\"",
            reply);
  return feeds && reports;
}

Result<pb::HttpReply> AskForStock(Caller& caller) {
  const Settings& settings = caller.settings();
  QS_TRY(pb::HttpReply answer, caller.Read(SummariesRequest(settings, settings.fulfilment_marketplaces.front())));
  if (answer.status() != 200) return ErrorFrom(answer, kSummaries, caller.NowUs());
  return answer;
}

// One role for both: what lies in Amazon's warehouses, and orders that leave from there.
Result<bool> ProbeFulfilment(Caller& caller, pb::CheckReply& reply) {
  if (caller.settings().fulfilment_marketplaces.empty()) return true;
  QS_TRY(const bool stock, IsAllowed(AskForStock(caller)));
  QS_TRY(const bool outbound, IsAllowed(MakeOutbound(caller)->List(caller.ServerNowUs() - kLookBackUs, "")));
  const std::string what = !stock && !outbound ? "read the stock in Amazon's warehouses, nor have them ship orders"
                           : stock             ? "have Amazon's warehouses ship orders"
                                               : "read the stock in Amazon's warehouses";
  JudgeRole(stock && outbound, "role:fulfilment",
            "The application may not " + what + ". Give it the role \"Amazon Fulfillment\"", reply);
  return stock && outbound;
}

pb::HttpRequest ParticipationsRequest(const Settings& settings) {
  return NewRequest(settings, kParticipations, "GET", "/sellers/v1/marketplaceParticipations");
}

// Amazon grants a token whatever the region, and refuses it everywhere but at the account's own end point. Nothing: no
// other one takes it, or it could not be asked.
std::optional<std::string> FindOtherRegion(const Settings& settings, sdk::Step& step) {
  std::set<std::string> regions;
  for (const Marketplace& marketplace : KnownMarketplaces()) regions.insert(marketplace.region);
  regions.erase(settings.region);
  for (const std::string& region : regions) {
    Settings there = settings;
    there.region = region;
    const auto answer = Read(step, ParticipationsRequest(there));
    if (answer.ok() && answer.value().status() == 200) return region;
  }
  return std::nullopt;
}

void JudgeRefusedToken(const Settings& settings, const pb::HttpReply& answer, sdk::Step& step, pb::CheckReply& reply) {
  if (const std::optional<std::string> region = FindOtherRegion(settings, step); region.has_value()) {
    AddFinding(reply, "credentials", true);
    AddFinding(reply, "region", false,
               "The account belongs to region " + *region + ": its token is taken there, and refused in region " +
                   settings.region + ". Set the option region to " + *region +
                   ", or, once orders were read, add another account with it.");
    return;
  }
  const std::string said = ErrorText(answer);
  AddFinding(reply, "credentials", false,
             "Amazon grants a token and refuses every call with it (HTTP " + std::to_string(answer.status()) +
                 (said.empty() ? "" : ", " + said) +
                 "). The authorisation has expired or was withdrawn, or the application has no role at all. Check the "
                 "roles in Seller Central, authorise the application again and set the new refresh token.");
}

}  // namespace

Result<pb::CheckReply> CheckAccount(const Settings& settings, sdk::Step& step) {
  pb::CheckReply reply;
  auto answer = Read(step, ParticipationsRequest(settings));
  if (!answer.ok() && answer.error().status == QS_AUTH) {
    // No access token: the login itself was refused, or a secret is not set.
    AddFinding(reply, "credentials", false, answer.error().message);
    return reply;
  }
  if (!answer.ok()) return std::move(answer.error());
  if (IsRefused(answer.value())) {
    JudgeRefusedToken(settings, answer.value(), step, reply);
    return reply;
  }
  if (answer.value().status() != 200) return ErrorFrom(answer.value(), kParticipations, step.NowUs());
  const auto participations = ReadParticipations(answer.value());
  if (!participations) return Unreadable(answer.value(), kParticipations);
  AddFinding(reply, "credentials", true);
  JudgeMarketplaces(settings, *participations, reply);
  QS_TRY([[maybe_unused]] const bool orders, ProbeOrders(settings, step, reply));
  QS_TRY([[maybe_unused]] const bool listings, ProbeListings(settings, step, reply));
  ServerClock clock;
  Caller caller(settings, clock, step);
  QS_TRY([[maybe_unused]] const bool documents, ProbeDocuments(caller, reply));
  QS_TRY([[maybe_unused]] const bool fulfilment, ProbeFulfilment(caller, reply));
  return reply;
}

}  // namespace quayside::amazon
