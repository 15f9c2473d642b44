#include <map>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "host/api/background_call.h"
#include "host/api/channel_check.h"
#include "host/api/channel_config.h"
#include "host/api/config_diff.h"
#include "host/api/convert.h"
#include "host/api/fba_options.h"
#include "host/api/list_filters.h"
#include "host/api/masks.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/fulfilment/centre_location.h"
#include "host/inventory/channel_oversell.h"
#include "host/inventory/config_warnings.h"
#include "host/plugin/job_contract.h"
#include "host/sync/channel_gates.h"
#include "host/sync/lane_id.h"
#include "host/sync/order_restart.h"
#include "quayside/v1/channel_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr size_t kMaxIdBytes = 63;
// 0001-01-01T00:00:00Z
constexpr int64_t kFirstDaySeconds = -62'135'596'800;
constexpr int64_t kDaysBeforeFirstSync = 3;

api::Channel ToProto(const ChannelRecord& record) {
  api::Channel out;
  out.set_name(ChannelName(record.id));
  out.set_account(AccountName(record.account_id));
  out.set_marketplace(record.marketplace);
  out.set_display_name(record.display_name);
  out.set_enabled(record.enabled);
  *out.mutable_config() = ToProto(record.config);
  out.set_config_revision(record.config_revision);
  out.set_etag(absl::StrCat(record.revision));
  SetTime(out, &api::Channel::mutable_create_time, record.created_us);
  SetTime(out, &api::Channel::mutable_update_time, record.updated_us);
  return out;
}

api::ChannelLane ToChannelLane(const LaneStatus& lane) {
  constexpr std::string_view kPrefix = "LANE_STATE_";
  api::ChannelLane out;
  out.set_lane(LaneName(lane.record.id));
  out.set_job(std::string(JobName(lane.record.job)));
  out.set_state(api::LaneState_Name(ToProto(lane.activity)).substr(kPrefix.size()));
  SetTime(out, &api::ChannelLane::mutable_last_success_time, lane.record.last_success_us);
  out.set_last_error(lane.record.last_error);
  return out;
}

// Whose plugin works for it, when orders and levels last went, and what is dangerous.
absl::Status AddSyncState(ReadTx& tx, const ChannelRecord& record, const std::vector<LocationRecord>& locations,
                          api::Channel& out) {
  QS_ASSIGN_OR_RETURN(const AccountRecord account, tx.GetAccount(record.account_id));
  out.set_plugin(PluginName(account.plugin_id));
  QS_ASSIGN_OR_RETURN(const std::optional<LaneRecord> orders,
                      tx.FindLane(AccountLaneId(record.account_id, Job::kOrders)));
  if (orders.has_value() && orders->oldest_order_us > 0) {
    SetTime(out, &api::Channel::mutable_last_order_sync_time, orders->oldest_order_us);
  } else {
    out.mutable_last_order_sync_time()->set_seconds(kFirstDaySeconds);
  }
  QS_ASSIGN_OR_RETURN(const std::optional<GateRecord> gate, tx.FindGate(record.id));
  const TimeUs before_first = record.created_us - record.created_us % kDayUs - kDaysBeforeFirstSync * kDayUs;
  SetTime(out, &api::Channel::mutable_last_inventory_sync_time,
          gate.has_value() && gate->sent_us > 0 ? gate->sent_us : before_first);
  QS_ASSIGN_OR_RETURN(const int64_t kept_latencies, tx.CountKeptLatencies(record.id, 1));
  QS_ASSIGN_OR_RETURN(const std::set<std::string> unread, UnreadCentres(tx, record.config, locations));
  for (std::string& warning : ConfigWarnings(record.config, locations, unread, kept_latencies > 0))
    out.add_warnings(std::move(warning));
  return absl::OkStatus();
}

absl::Status ChannelExists(const std::string& what, const std::string& channel_id) {
  return MakeError(absl::StatusCode::kAlreadyExists, Reason::kChannelExists,
                   absl::StrCat(what, " '", ChannelName(channel_id), "'"), {{"resource", ChannelName(channel_id)}});
}

class ChannelService final : public api::ChannelService::CallbackService {
 public:
  explicit ChannelService(const ApiContext& context) : context_(context), parts_(context.parts) {}

  grpc::ServerUnaryReactor* CreateChannel(grpc::CallbackServerContext* context,
                                          const api::CreateChannelRequest* request,
                                          api::CreateChannelResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ChannelService::Create);
  }
  grpc::ServerUnaryReactor* GetChannel(grpc::CallbackServerContext* context, const api::GetChannelRequest* request,
                                       api::GetChannelResponse* response) override {
    return context_.calls.Read(context, request, response, this, &ChannelService::Get);
  }
  grpc::ServerUnaryReactor* ListChannels(grpc::CallbackServerContext* context, const api::ListChannelsRequest* request,
                                         api::ListChannelsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &ChannelService::List);
  }
  grpc::ServerUnaryReactor* UpdateChannel(grpc::CallbackServerContext* context,
                                          const api::UpdateChannelRequest* request,
                                          api::UpdateChannelResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ChannelService::Update);
  }
  grpc::ServerUnaryReactor* DeleteChannel(grpc::CallbackServerContext* context,
                                          const api::DeleteChannelRequest* request,
                                          api::DeleteChannelResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ChannelService::Delete);
  }
  grpc::ServerUnaryReactor* EnableChannel(grpc::CallbackServerContext* context,
                                          const api::EnableChannelRequest* request,
                                          api::EnableChannelResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ChannelService::Enable);
  }
  grpc::ServerUnaryReactor* DisableChannel(grpc::CallbackServerContext* context,
                                           const api::DisableChannelRequest* request,
                                           api::DisableChannelResponse* response) override {
    return context_.calls.Write(context, request, response, this, &ChannelService::Disable);
  }
  grpc::ServerUnaryReactor* ListChannelRevisions(grpc::CallbackServerContext* context,
                                                 const api::ListChannelRevisionsRequest* request,
                                                 api::ListChannelRevisionsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &ChannelService::ListRevisions);
  }
  grpc::ServerUnaryReactor* TestChannel(grpc::CallbackServerContext* context, const api::TestChannelRequest* request,
                                        api::TestChannelResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &ChannelService::Test);
  }

 private:
  // What of a new channel its account's plugin decides.
  struct Offer {
    std::vector<FieldViolation> violations;
    quayside::plugin::v1::Marketplace marketplace;
    quayside::plugin::v1::Manifest manifest;
  };

  static std::optional<bool> AskedToSync(const api::ChannelConfig& config) {
    return config.has_fba_sync_inventory() ? std::optional(config.fba_sync_inventory()) : std::nullopt;
  }

  absl::Status Create(const api::CreateChannelRequest& request, api::CreateChannelResponse& response) {
    const api::Channel& wanted = request.channel();
    QS_ASSIGN_OR_RETURN(const std::string account_id, ParseAccountName(wanted.account(), "channel.account"));
    QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
    Offer offer;
    return context_.changes.Make(
        request, response,
        {.prepare = [&]() -> absl::Status {
           QS_ASSIGN_OR_RETURN(offer, OfferOf(account_id, wanted.marketplace()));
           return absl::OkStatus();
         },
         .apply = [&](Tx& tx) -> absl::Status {
           QS_RETURN_IF_ERROR(tx.GetAccount(account_id).status());
           std::vector<FieldViolation> violations = offer.violations;
           ChannelRecord record;
           record.account_id = account_id;
           record.marketplace = wanted.marketplace();
           if (!request.channel_id().empty() && !IsChosenId(request.channel_id())) {
             violations.push_back({"channel_id", "must match [a-z][a-z0-9-]{0,62}, or be empty"});
           }
           CheckDisplayName(wanted.display_name(), "channel.display_name", violations);
           record.display_name = wanted.display_name().empty() ? offer.marketplace.name() : wanted.display_name();
           QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
           record.config = ParseChannelConfig(wanted.config(), locations, violations);
           QS_RETURN_IF_ERROR(
               SettleFbaOptions(tx, offer.manifest, AskedToSync(wanted.config()), nullptr, record, violations));
           if (!violations.empty()) return MakeFieldError(Reason::kInvalidConfiguration, violations);
           QS_ASSIGN_OR_RETURN(const std::optional<ChannelRecord> first,
                               tx.FindChannel(account_id, record.marketplace));
           if (first.has_value()) return ChannelExists("the account has this marketplace already, as", first->id);
           QS_ASSIGN_OR_RETURN(record.id, NewId(tx, request.channel_id(), account_id, offer.marketplace));
           record.revision = 1;
           record.created_us = record.updated_us = parts_.clock.Now();
           QS_RETURN_IF_ERROR(tx.PutChannel(record, actor));
           QS_RETURN_IF_ERROR(FollowFba(tx, record.updated_us, record));
           QS_RETURN_IF_ERROR(AddEvent(tx, record.updated_us, "channel.created", ChannelName(record.id),
                                       {{"account", AccountName(account_id)}, {"marketplace", record.marketplace}}));
           *response.mutable_channel() = ToProto(record);
           return absl::OkStatus();
         },
         .after = [&] { parts_.engine.AccountChanged(account_id); },
         .details = [&]() -> AuditDetails {
           return {{"account", AccountName(account_id)}, {"marketplace", wanted.marketplace()}};
         }});
  }

  absl::StatusOr<Offer> OfferOf(const std::string& account_id, const std::string& marketplace) {
    AccountRecord account;
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(account, tx.GetAccount(account_id));
      return absl::OkStatus();
    }));
    QS_ASSIGN_OR_RETURN(const PluginStatus plugin, parts_.catalog.Get(account.plugin_id));
    Offer offer;
    offer.manifest = plugin.manifest;
    std::vector<std::string> names;
    for (const auto& offered : MarketplacesOf(plugin.manifest, account)) {
      if (offered.id() == marketplace) offer.marketplace = offered;
      names.push_back(absl::StrCat(offered.id(), " (", offered.name(), ")"));
    }
    if (offer.marketplace.id().empty()) {
      offer.violations.push_back({"channel.marketplace", absl::StrCat("is none of the account's plugin; there are ",
                                                                      absl::StrJoin(names, ", "))});
    }
    return offer;
  }

  // The one asked for, or "{account}-{country}" and, when that is taken, "{account}-{country}-2", ...
  static absl::StatusOr<std::string> NewId(ReadTx& tx, const std::string& asked, const std::string& account_id,
                                           const quayside::plugin::v1::Marketplace& marketplace) {
    std::string place = absl::AsciiStrToLower(marketplace.country_code());
    if (!IsChosenId(place)) place = "channel";
    const std::string base = absl::StrCat(account_id.substr(0, kMaxIdBytes - 12), "-", place);
    std::string id = asked.empty() ? base : asked;
    for (int n = 2;; ++n) {
      const absl::Status found = tx.GetChannel(id).status();
      if (absl::IsNotFound(found)) return id;
      QS_RETURN_IF_ERROR(found);
      if (!asked.empty()) return ChannelExists("there is already", id);
      id = absl::StrCat(base, "-", n);
    }
  }

  absl::Status Get(const api::GetChannelRequest& request, api::GetChannelResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.name()));
    std::vector<ChannelRecord> records(1);
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(records[0], tx.GetChannel(id));
      QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
      *response.mutable_channel() = ToProto(records[0]);
      return AddSyncState(tx, records[0], locations, *response.mutable_channel());
    }));
    AddLanes({response.mutable_channel()}, records);
    return absl::OkStatus();
  }

  absl::Status List(const api::ListChannelsRequest& request, api::ListChannelsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    ChannelQuery query{.after_id = page.cursor, .limit = page.size + 1};
    if (!request.account().empty()) {
      QS_ASSIGN_OR_RETURN(query.account_id, ParseAccountName(request.account(), "account"));
    }
    if (request.filter().has_enabled()) query.enabled = request.filter().enabled();
    query.marketplace = request.filter().marketplace();
    std::vector<ChannelRecord> records;
    std::vector<api::Channel*> channels;
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(records, tx.ListChannels(query));
      if (records.size() > static_cast<size_t>(page.size)) {
        records.resize(static_cast<size_t>(page.size));
        response.set_next_page_token(MakePageToken(request, records.back().id));
      }
      QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
      for (const ChannelRecord& record : records) {
        channels.push_back(response.add_channels());
        *channels.back() = ToProto(record);
        QS_RETURN_IF_ERROR(AddSyncState(tx, record, locations, *channels.back()));
      }
      return absl::OkStatus();
    }));
    AddLanes(channels, records);
    return absl::OkStatus();
  }

  // The engine is asked once for the whole page.
  void AddLanes(const std::vector<api::Channel*>& channels, const std::vector<ChannelRecord>& records) {
    std::map<std::string, std::vector<LaneStatus>> of_account;
    std::map<std::string, std::vector<LaneStatus>> of_channel;
    for (LaneStatus& lane : parts_.engine.LanesOfChannels(records)) {
      const LaneRecord& record = lane.record;
      (record.channel_id.empty() ? of_account[record.account_id] : of_channel[record.channel_id])
          .push_back(std::move(lane));
    }
    for (size_t i = 0; i < records.size(); ++i) {
      for (const LaneStatus& lane : of_account[records[i].account_id]) *channels[i]->add_lanes() = ToChannelLane(lane);
      for (const LaneStatus& lane : of_channel[records[i].id]) *channels[i]->add_lanes() = ToChannelLane(lane);
    }
  }

  absl::Status Update(const api::UpdateChannelRequest& request, api::UpdateChannelResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.channel().name(), "channel.name"));
    std::set<std::string> known = ChannelConfigPaths();
    known.insert("display_name");
    QS_ASSIGN_OR_RETURN(const std::set<std::string> mask,
                        PathsOf(request.update_mask(), known, {"display_name", "config"}));
    QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
    Touched touched;
    AuditDetails changes;
    quayside::plugin::v1::Manifest manifest;
    return context_.changes.Make(
        request, response,
        {.prepare = [&]() -> absl::Status {
           QS_ASSIGN_OR_RETURN(manifest, ManifestOf(id));
           return absl::OkStatus();
         },
         .apply = [&](Tx& tx) -> absl::Status {
           touched = {};
           QS_ASSIGN_OR_RETURN(const ChannelRecord stored, tx.GetChannel(id));
           QS_RETURN_IF_ERROR(CheckEtag(request.channel().etag(), stored.revision, ChannelName(id)));
           QS_ASSIGN_OR_RETURN(ChannelRecord record, Merge(tx, manifest, stored, request.channel(), mask));
           const bool reconfigured = record.config != stored.config;
           changes = UpdateTexts(stored, record);
           if (reconfigured || record.display_name != stored.display_name) {
             if (reconfigured) ++record.config_revision;
             QS_ASSIGN_OR_RETURN(touched, Save(tx, record, actor, reconfigured, "channel.updated"));
           }
           *response.mutable_channel() = ToProto(record);
           return absl::OkStatus();
         },
         .after = [&] { Tell(touched); },
         .details = [&] { return changes; }});
  }

  static std::map<std::string, std::string> UpdateTexts(const ChannelRecord& before, const ChannelRecord& after) {
    std::map<std::string, std::string> texts =
        ChangeTexts(CompareConfigs(ToProto(before.config), ToProto(after.config)));
    if (before.display_name != after.display_name)
      texts["display_name"] = absl::StrCat(before.display_name, " -> ", after.display_name);
    return texts;
  }

  absl::Status ListRevisions(const api::ListChannelRevisionsRequest& request,
                             api::ListChannelRevisionsResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.parent(), "parent"));
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const int64_t before_id, NumberCursor(page));
    QS_ASSIGN_OR_RETURN(const RowFilter<ChannelRevisionRecord> wanted, ParseRevisionFilter(request.filter()));
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      // One more than shown: what the last one of the page changed is told by the one before it.
      QS_ASSIGN_OR_RETURN(const std::vector<ChannelRevisionRecord> records,
                          tx.ListChannelRevisions(id, before_id, RowsToRead(page, request.filter())));
      // History outlives the channel; without any there never was one.
      if (records.empty() && before_id == 0) QS_RETURN_IF_ERROR(tx.GetChannel(id).status());
      const auto add = [&](size_t i) {
        // A channel made anew under an old id begins with nothing.
        const bool first = records[i].config_revision <= 1 || i + 1 == records.size();
        *response.add_revisions() = ShowRevision(records[i], first ? nullptr : &records[i + 1]);
        return absl::OkStatus();
      };
      const auto cursor_of = [](const ChannelRevisionRecord& row) { return absl::StrCat(row.id); };
      QS_ASSIGN_OR_RETURN(*response.mutable_next_page_token(),
                          FillPage(request, page, records, wanted, add, cursor_of));
      return absl::OkStatus();
    });
  }

  static api::ChannelRevision ShowRevision(const ChannelRevisionRecord& record, const ChannelRevisionRecord* before) {
    api::ChannelRevision out;
    out.set_config_revision(record.config_revision);
    SetTime(out, &api::ChannelRevision::mutable_change_time, record.changed_us);
    out.set_changed_by(record.changed_by);
    *out.mutable_config() = ToProto(record.config);
    const api::ChannelConfig former = before == nullptr ? api::ChannelConfig() : ToProto(before->config);
    for (api::OptionChange& change : CompareConfigs(former, out.config())) *out.add_changes() = std::move(change);
    return out;
  }

  absl::Status Test(CallTime deadline, const api::TestChannelRequest& request, api::TestChannelResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.name()));
    if (!request.background()) return CheckChannel(context_, deadline, id, response);
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) { return tx.GetChannel(id).status(); }));
    return RunInBackground<api::TestChannelRequest, api::TestChannelResponse>(
        context_, request, response, {.subject = ChannelName(id)},
        [this](CallTime until, const auto& in, auto& out) { return Test(until, in, out); },
        [](const auto& answer, api::Operation& operation) { *operation.mutable_channel_test() = answer; });
  }

  absl::StatusOr<quayside::plugin::v1::Manifest> ManifestOf(const std::string& channel_id) {
    std::string account_id;
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const ChannelRecord channel, tx.GetChannel(channel_id));
      account_id = channel.account_id;
      return absl::OkStatus();
    }));
    return ManifestOfAccount(parts_, account_id);
  }

  static absl::StatusOr<ChannelRecord> Merge(ReadTx& tx, const quayside::plugin::v1::Manifest& manifest,
                                             const ChannelRecord& stored, const api::Channel& change,
                                             const std::set<std::string>& mask) {
    std::vector<FieldViolation> violations;
    ChannelRecord record = stored;
    if (mask.contains("display_name")) {
      CheckDisplayName(change.display_name(), "channel.display_name", violations);
      if (change.display_name().empty()) violations.push_back({"channel.display_name", "must not be empty"});
      record.display_name = change.display_name();
    }
    QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
    const api::ChannelConfig merged = MergeChannelConfig(ToProto(stored.config), change.config(), mask);
    record.config = ParseChannelConfig(merged, locations, violations);
    QS_RETURN_IF_ERROR(SettleFbaOptions(tx, manifest, AskedToSync(merged), &stored, record, violations));
    if (!violations.empty()) return MakeFieldError(Reason::kInvalidConfiguration, violations);
    return record;
  }

  absl::Status Delete(const api::DeleteChannelRequest& request, api::DeleteChannelResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.name()));
    Touched touched;
    bool brings_orders = false;
    return context_.changes.Make(
        request, response,
        {.prepare = [&]() -> absl::Status {
           brings_orders = BringsOrders(id);
           return absl::OkStatus();
         },
         .apply = [&](Tx& tx) -> absl::Status {
           touched = {};
           QS_ASSIGN_OR_RETURN(const ChannelRecord record, tx.GetChannel(id));
           QS_RETURN_IF_ERROR(CheckEtag(request.etag(), record.revision, ChannelName(id)));
           if (record.enabled) {
             return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kChannelEnabled,
                              absl::StrCat("'", ChannelName(id), "' is enabled; disable it first"),
                              {{"resource", ChannelName(id)}});
           }
           QS_RETURN_IF_ERROR(CheckOutcomesKnown(tx, record.account_id, id));
           const TimeUs now = parts_.clock.Now();
           touched.account_id = record.account_id;
           // Before its listings are gone: another channel of the account may list the same SKUs.
           QS_ASSIGN_OR_RETURN(touched.targets_of, tx.MarkTargetsOfChannel(id, now));
           QS_RETURN_IF_ERROR(tx.DeleteChannel(id));
           if (brings_orders) {
             QS_ASSIGN_OR_RETURN(touched.orders_restarted,
                                 RestartOrdersAfter(tx, now, record.account_id, parts_.history_us));
           }
           QS_RETURN_IF_ERROR(RetireCentre(tx, now, id));
           return AddEvent(tx, now, "channel.deleted", ChannelName(id), {{"account", AccountName(record.account_id)}});
         },
         .after = [&] { Tell(touched); },
         .details = [&]() -> AuditDetails {
           return {{"account", AccountName(touched.account_id)}};
         }});
  }

  absl::Status Enable(const api::EnableChannelRequest& request, api::EnableChannelResponse& response) {
    return SetEnabled(request, response, true);
  }
  absl::Status Disable(const api::DisableChannelRequest& request, api::DisableChannelResponse& response) {
    return SetEnabled(request, response, false);
  }

  template <class Request, class Response>
  absl::Status SetEnabled(const Request& request, Response& response, bool enabled) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.name()));
    QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
    Touched touched;
    bool brings_orders = false;
    return context_.changes.Make(
        request, response,
        {.prepare = [&]() -> absl::Status {
           brings_orders = BringsOrders(id);
           return absl::OkStatus();
         },
         .apply = [&](Tx& tx) -> absl::Status {
           touched = {};
           QS_ASSIGN_OR_RETURN(ChannelRecord record, tx.GetChannel(id));
           if (record.enabled != enabled) {
             record.enabled = enabled;
             QS_ASSIGN_OR_RETURN(touched,
                                 Save(tx, record, actor, true, enabled ? "channel.enabled" : "channel.disabled"));
             if (enabled && brings_orders) {
               QS_ASSIGN_OR_RETURN(touched.orders_restarted,
                                   RestartOrdersBeside(tx, parts_.clock.Now(), record, parts_.history_us));
             }
           }
           *response.mutable_channel() = ToProto(record);
           return absl::OkStatus();
         },
         .after = [&] { Tell(touched); }});
  }

  // What the engine is told after a commit; nothing when no account is named.
  struct Touched {
    std::string account_id;
    std::vector<std::string> targets_of;
    bool orders_restarted = false;
  };

  // Whether the channel's account has an orders lane at all; not when there is no such channel.
  bool BringsOrders(const std::string& channel_id) {
    const auto manifest = ManifestOf(channel_id);
    return manifest.ok() && OffersJob(*manifest, Job::kOrders);
  }

  absl::StatusOr<Touched> Save(Tx& tx, ChannelRecord& record, const std::string& actor, bool quantities_depend,
                               std::string_view event) {
    Touched touched{.account_id = record.account_id};
    ++record.revision;
    record.updated_us = parts_.clock.Now();
    QS_ASSIGN_OR_RETURN(const ChannelRecord before, tx.GetChannel(record.id));
    // While it was off nobody was to lower anything.
    if (!SendsQuantities(before) && SendsQuantities(record))
      QS_RETURN_IF_ERROR(tx.BeginOversellsAt(record.account_id, record.id, record.updated_us));
    QS_RETURN_IF_ERROR(tx.PutChannel(record, actor));
    QS_RETURN_IF_ERROR(FollowFba(tx, record.updated_us, record));
    if (before.config.fba_sync_inventory && !record.config.fba_sync_inventory)
      QS_RETURN_IF_ERROR(WantWholeCentre(tx, record));
    // Which quantities follow is found in memory after the commit (host/inventory/index), not written here.
    if (quantities_depend) touched.targets_of.push_back(record.account_id);
    ChannelGates gates(tx, record.updated_us);
    QS_RETURN_IF_ERROR(gates.Review(record));
    QS_RETURN_IF_ERROR(gates.Commit());
    QS_RETURN_IF_ERROR(AddEvent(tx, record.updated_us, event, ChannelName(record.id),
                                {{"config_revision", absl::StrCat(record.config_revision)}}));
    return touched;
  }

  // Read again, its stock is read whole: changes since would leave out what did not change.
  static absl::Status WantWholeCentre(Tx& tx, const ChannelRecord& channel) {
    QS_ASSIGN_OR_RETURN(std::optional<LaneRecord> lane,
                        tx.FindLane(ChannelLaneId(channel.account_id, channel.id, Job::kCentreStock)));
    if (!lane.has_value()) return absl::OkStatus();
    lane->want_pass_us = channel.updated_us;
    return tx.PutLaneControl(*lane);
  }

  void Tell(const Touched& touched) {
    if (touched.account_id.empty()) return;
    if (touched.orders_restarted) {
      const std::string lane_id = AccountLaneId(touched.account_id, Job::kOrders);
      parts_.engine.CursorsRestored({lane_id});
      parts_.engine.LaneChanged(lane_id);
    }
    parts_.engine.AccountChanged(touched.account_id);
    if (!touched.targets_of.empty()) parts_.engine.TargetsChanged(touched.targets_of);
  }

  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeChannelService(const ApiContext& context) {
  return std::make_unique<ChannelService>(context);
}

}  // namespace quayside
