#include "host/api/channel_check.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "host/api/channel_config.h"
#include "host/api/lane_view.h"
#include "host/api/rpc_status.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/fulfilment/centre_location.h"
#include "host/inventory/channel_oversell.h"
#include "host/inventory/config_warnings.h"
#include "host/plugin/needed_secrets.h"

namespace quayside {
namespace {

constexpr char kOfMarketplace[] = "marketplace:";

// What the store knows of a channel, as of one moment.
struct ChannelFacts {
  ChannelRecord channel;
  AccountRecord account;
  std::set<std::string> secrets;
  std::vector<LocationRecord> locations;
  std::set<std::string> unread_centres;
  std::optional<GateRecord> gate;
  ListingTotals listings;
  bool keeps_latencies = false;
};

absl::StatusOr<ChannelFacts> ReadFacts(Store& store, const std::string& channel_id) {
  ChannelFacts facts;
  QS_RETURN_IF_ERROR(store.Read([&](ReadTx& tx) -> absl::Status {
    facts = {};
    QS_ASSIGN_OR_RETURN(facts.channel, tx.GetChannel(channel_id));
    QS_ASSIGN_OR_RETURN(facts.account, tx.GetAccount(facts.channel.account_id));
    QS_ASSIGN_OR_RETURN(const auto secrets, tx.GetSecrets(facts.account.id));
    for (const auto& secret : secrets) facts.secrets.insert(secret.first);
    QS_ASSIGN_OR_RETURN(facts.locations, tx.ListLocations());
    QS_ASSIGN_OR_RETURN(facts.unread_centres, UnreadCentres(tx, facts.channel.config, facts.locations));
    QS_ASSIGN_OR_RETURN(facts.gate, tx.FindGate(channel_id));
    QS_ASSIGN_OR_RETURN(facts.listings, tx.CountListings(channel_id));
    QS_ASSIGN_OR_RETURN(const int64_t kept, tx.CountKeptLatencies(channel_id, 1));
    facts.keeps_latencies = kept > 0;
    return absl::OkStatus();
  }));
  return facts;
}

class ChannelCheck {
 public:
  ChannelCheck(const ApiContext& context, const ChannelFacts& facts, api::TestChannelResponse& response)
      : parts_(context.parts), facts_(facts), response_(response) {
    response_.set_ok(true);
  }

  absl::Status Run(CallTime deadline) {
    const absl::StatusOr<PluginStatus> plugin = parts_.catalog.Get(facts_.account.plugin_id);
    LookAtPlugin(plugin);
    if (plugin.ok()) {
      QS_RETURN_IF_ERROR(LookAtAccount(plugin->manifest, deadline));
    }
    LookAtChannel();
    return absl::OkStatus();
  }

 private:
  void Find(std::string subject, bool ok, std::string message = "") {
    api::TestFinding& finding = *response_.add_findings();
    finding.set_subject(std::move(subject));
    finding.set_ok(ok);
    finding.set_message(std::move(message));
    response_.set_ok(response_.ok() && ok);
  }

  void LookAtPlugin(const absl::StatusOr<PluginStatus>& plugin) {
    if (!plugin.ok()) {
      Find("plugin", false, absl::StrCat(plugin.status().message(), "; install it"));
      return;
    }
    // One that nobody needed yet is loaded when it is asked.
    const bool works = plugin->health != PluginHealth::kRejected && plugin->error.empty();
    const std::string version = absl::StrCat(PluginName(plugin->record.id), " ", plugin->record.version);
    Find("plugin", works, works ? version : absl::StrCat(version, " does not work: ", plugin->error));
  }

  // The marketplace is asked only for an account that can ask.
  absl::Status LookAtAccount(const quayside::plugin::v1::Manifest& manifest, CallTime deadline) {
    const bool has_secrets = LookAtSecrets(manifest);
    QS_ASSIGN_OR_RETURN(const bool has_options, LookAtOptions());
    if (has_secrets && has_options) QS_RETURN_IF_ERROR(AskMarketplace(deadline));
    LookAtMarketplace(manifest);
    return absl::OkStatus();
  }

  bool LookAtSecrets(const quayside::plugin::v1::Manifest& manifest) {
    std::vector<std::string> missing;
    for (const std::string& name : NeededSecrets(manifest)) {
      if (!facts_.secrets.contains(name)) missing.push_back(name);
    }
    Find("account secrets", missing.empty(),
         missing.empty() ? ""
                         : absl::StrCat("set ", absl::StrJoin(missing, ", "), " of ", AccountName(facts_.account.id)));
    return missing.empty();
  }

  absl::StatusOr<bool> LookAtOptions() {
    const absl::Status valid = parts_.engine.ValidateAccount(facts_.account);
    if (valid.ok()) return true;
    // Its plugin does not work: that was found before.
    if (HasReason(valid, Reason::kPluginNotFound)) return false;
    if (!HasDocumentedReason(valid)) return valid;
    const std::vector<FieldViolation> violations = ViolationsOf(valid);
    for (const FieldViolation& violation : violations)
      Find("account options", false, absl::StrCat(violation.field, ": ", violation.description));
    if (violations.empty()) Find("account options", false, std::string(valid.message()));
    return false;
  }

  absl::Status AskMarketplace(CallTime deadline) {
    const auto reply = parts_.engine.TestAccount(facts_.account.id, TimeLeft(parts_.clock, deadline));
    if (!reply.ok()) {
      const absl::Status& failed = reply.status();
      // Of the asking, not of the channel: the caller waits and asks again.
      const bool too_often = absl::IsResourceExhausted(failed) || HasReason(failed, Reason::kRateLimited) ||
                             HasReason(failed, Reason::kThrottled);
      if (!HasDocumentedReason(failed) || HasReason(failed, Reason::kInternal) || too_often) return failed;
      Find("account connection", false, absl::StrCat(failed.message(), " [", ReasonOf(failed), "]"));
      return absl::OkStatus();
    }
    for (const auto& finding : reply->findings()) {
      absl::string_view subject = finding.subject();
      if (!absl::ConsumePrefix(&subject, kOfMarketplace)) {
        Find(absl::StrCat("account ", finding.subject()), finding.ok(), finding.message());
      } else if (subject == facts_.channel.marketplace) {
        said_of_marketplace_ = finding;
      }
    }
    return absl::OkStatus();
  }

  // By the plugin's list, and by the marketplace itself.
  void LookAtMarketplace(const quayside::plugin::v1::Manifest& manifest) {
    const auto offered = MarketplacesOf(manifest, facts_.account);
    const bool there = std::any_of(offered.begin(), offered.end(), [&](const auto& marketplace) {
      return marketplace.id() == facts_.channel.marketplace;
    });
    if (!there) {
      Find("marketplace", false,
           absl::StrCat(facts_.channel.marketplace, " is none of those that ", PluginName(facts_.account.plugin_id),
                        " offers ", AccountName(facts_.account.id), "; see the account's region"));
    } else if (said_of_marketplace_.has_value()) {
      Find("marketplace", said_of_marketplace_->ok(), said_of_marketplace_->message());
    } else {
      Find("marketplace", true, "the plugin offers it; whether the account takes part there was not told");
    }
  }

  void LookAtChannel() {
    const ChannelRecord& channel = facts_.channel;
    Find("enabled", channel.enabled, channel.enabled ? "" : "nothing goes either way; enable it");
    std::vector<FieldViolation> violations;
    static_cast<void>(ParseChannelConfig(ToProto(channel.config), facts_.locations, violations));
    for (const FieldViolation& violation : violations)
      Find("configuration", false, absl::StrCat(violation.field, ": ", violation.description));
    for (std::string& warning :
         ConfigWarnings(channel.config, facts_.locations, facts_.unread_centres, facts_.keeps_latencies))
      Find("configuration", true, std::move(warning));
    for (const LaneStatus& lane : parts_.engine.LanesOfChannels({channel})) {
      const bool works = !IsSick(lane);
      Find(absl::StrCat("lane ", LaneName(lane.record.id)), works, works ? "" : WhySick(lane));
    }
    LookAtQuantities();
    Find("listings", true,
         absl::StrCat(facts_.listings.total, " known, ", facts_.listings.linked,
                      " linked: quantities go out of linked ones, orders of the others reserve nothing"));
  }

  void LookAtQuantities() {
    if (!facts_.channel.config.update_inventory) {
      Find("quantities", true, "the inventory sync is off: none are sent");
      return;
    }
    const GateState state = facts_.gate.has_value() ? facts_.gate->state : GateState::kFirst;
    const bool by_another = state == GateState::kFirst && facts_.gate.has_value() && facts_.gate->reason.empty() &&
                            facts_.gate->sent_us > 0;
    if (by_another) return Find("quantities", true, "another channel of the account decides those of its listings");
    if (state == GateState::kBraked) {
      Find("quantities", false, absl::StrCat(facts_.gate->reason, "; apply or discard the plan"));
    } else if (state == GateState::kFirst && facts_.listings.linked > 0) {
      Find("quantities", false, "the first ones wait for a person; apply or discard the plan");
    } else if (state == GateState::kFirst) {
      Find("quantities", true, "the first ones will wait for a person");
    } else {
      Find("quantities", true);
    }
  }

  static std::string WhySick(const LaneStatus& lane) {
    const LaneRecord& record = lane.record;
    if (lane.activity == LaneActivity::kPaused)
      return absl::StrCat("paused", record.pause_note.empty() ? "" : ": ", record.pause_note, "; resume it");
    const std::string reason =
        record.last_error_reason.empty() ? "" : absl::StrCat(" [", record.last_error_reason, "]");
    if (lane.activity == LaneActivity::kNeedsOperator)
      return absl::StrCat("needs a person: ", record.last_error, reason);
    return absl::StrCat("failed ", record.failures, " times in a row: ", record.last_error, reason);
  }

  const ApiParts& parts_;
  const ChannelFacts& facts_;
  api::TestChannelResponse& response_;
  std::optional<quayside::plugin::v1::CheckFinding> said_of_marketplace_;
};

}  // namespace

std::vector<quayside::plugin::v1::Marketplace> MarketplacesOf(const quayside::plugin::v1::Manifest& manifest,
                                                              const AccountRecord& account) {
  const auto region = account.options.find("region");
  std::vector<quayside::plugin::v1::Marketplace> reachable;
  for (const auto& offered : manifest.marketplaces()) {
    if (offered.region().empty() || region == account.options.end() || region->second == offered.region())
      reachable.push_back(offered);
  }
  return reachable;
}

absl::Status CheckChannel(const ApiContext& context, CallTime deadline, const std::string& channel_id,
                          api::TestChannelResponse& response) {
  QS_ASSIGN_OR_RETURN(const ChannelFacts facts, ReadFacts(context.parts.store, channel_id));
  return ChannelCheck(context, facts, response).Run(deadline);
}

}  // namespace quayside
