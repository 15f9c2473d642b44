#include <map>

#include "absl/strings/str_cat.h"
#include "host/api/background_call.h"
#include "host/api/channel_check.h"
#include "host/api/channel_config.h"
#include "host/api/channel_creation.h"
#include "host/api/channel_history.h"
#include "host/api/channel_view.h"
#include "host/api/config_diff.h"
#include "host/api/convert.h"
#include "host/api/fba_options.h"
#include "host/api/masks.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/fulfilment/centre_location.h"
#include "host/inventory/channel_oversell.h"
#include "host/plugin/job_contract.h"
#include "host/sync/channel_gates.h"
#include "host/sync/lane_id.h"
#include "host/sync/order_restart.h"
#include "quayside/v1/channel_service.grpc.pb.h"

namespace quayside {
namespace {

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
    return context_.calls.Read(context, request, response, this, &ChannelService::Revisions);
  }
  grpc::ServerUnaryReactor* TestChannel(grpc::CallbackServerContext* context, const api::TestChannelRequest* request,
                                        api::TestChannelResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &ChannelService::Test);
  }

 private:
  absl::Status Create(const api::CreateChannelRequest& request, api::CreateChannelResponse& response) {
    return MakeChannel(context_, request, response);
  }

  absl::Status Revisions(const api::ListChannelRevisionsRequest& request, api::ListChannelRevisionsResponse& response) {
    return ShowChannelHistory(parts_.store, request, response);
  }

  absl::Status Get(const api::GetChannelRequest& request, api::GetChannelResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.name()));
    std::vector<ChannelRecord> records(1);
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(records[0], tx.GetChannel(id));
      QS_ASSIGN_OR_RETURN(const std::vector<LocationRecord> locations, tx.ListLocations());
      *response.mutable_channel() = ShowChannel(records[0]);
      return AddSyncState(tx, records[0], locations, *response.mutable_channel());
    }));
    AddLanes(parts_.engine, {response.mutable_channel()}, records);
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
        *channels.back() = ShowChannel(record);
        QS_RETURN_IF_ERROR(AddSyncState(tx, record, locations, *channels.back()));
      }
      return absl::OkStatus();
    }));
    AddLanes(parts_.engine, channels, records);
    return absl::OkStatus();
  }

  absl::Status Update(const api::UpdateChannelRequest& request, api::UpdateChannelResponse& response) {
    const absl::StatusOr<std::string> parsed = ParseChannelName(request.channel().name(), "channel.name");
    const absl::StatusOr<std::set<std::string>> paths =
        PathsOf(request.update_mask(), known_paths_, {"display_name", "config"});
    if (!parsed.ok() || !paths.ok() || !CheckRequestId(request.request_id()).ok())
      return RefuseMalformed(request, parsed, paths.status());
    const std::string& id = *parsed;
    const std::set<std::string>& mask = *paths;
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
           *response.mutable_channel() = ShowChannel(record);
           return absl::OkStatus();
         },
         .after = [&] { Tell(touched); },
         .details = [&] { return changes; }});
  }

  // All that is wrong beside what keeps the change from being begun: what the mask's good paths lead to, too.
  absl::Status RefuseMalformed(const api::UpdateChannelRequest& request, const absl::StatusOr<std::string>& id,
                               const absl::Status& mask) {
    std::vector<FieldViolation> found = ViolationsOf(CheckRequestId(request.request_id()));
    const auto add = [&](const absl::Status& status) {
      for (FieldViolation& violation : ViolationsOf(status)) found.push_back(std::move(violation));
    };
    add(mask);
    if (!id.ok()) return WithViolations(std::move(found), id.status());
    const absl::StatusOr<quayside::plugin::v1::Manifest> manifest = ManifestOf(*id);
    if (!manifest.ok()) return WithViolations(std::move(found), absl::OkStatus());
    std::set<std::string> paths;
    for (const std::string& path : request.update_mask().paths()) {
      if (known_paths_.contains(path)) paths.insert(path);
    }
    if (request.update_mask().paths().empty()) paths = {"display_name", "config"};
    add(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const ChannelRecord stored, tx.GetChannel(*id));
      return Merge(tx, *manifest, stored, request.channel(), paths).status();
    }));
    return WithViolations(std::move(found), absl::OkStatus());
  }

  static std::map<std::string, std::string> UpdateTexts(const ChannelRecord& before, const ChannelRecord& after) {
    std::map<std::string, std::string> texts =
        ChangeTexts(CompareConfigs(ToProto(before.config), ToProto(after.config)));
    if (before.display_name != after.display_name)
      texts["display_name"] = absl::StrCat(before.display_name, " -> ", after.display_name);
    return texts;
  }

  absl::Status Test(CallTime deadline, const api::TestChannelRequest& request, api::TestChannelResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.name()));
    if (!request.background()) return CheckChannel(context_, deadline, id, response);
    const auto about = [&]() -> absl::StatusOr<OperationOrder> {
      QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) { return tx.GetChannel(id).status(); }));
      return OperationOrder{.subject = ChannelName(id)};
    };
    return RunInBackground<api::TestChannelRequest, api::TestChannelResponse>(
        context_, request, response, about,
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
    const auto asked = merged.has_fba_sync_inventory() ? std::optional(merged.fba_sync_inventory()) : std::nullopt;
    QS_RETURN_IF_ERROR(SettleFbaOptions(tx, manifest, asked, &stored, record, violations));
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
           *response.mutable_channel() = ShowChannel(record);
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

  static std::set<std::string> KnownPaths() {
    std::set<std::string> known = ChannelConfigPaths();
    known.insert("display_name");
    return known;
  }

  const ApiContext& context_;
  const ApiParts& parts_;
  const std::set<std::string> known_paths_ = KnownPaths();
};

}  // namespace

std::unique_ptr<grpc::Service> MakeChannelService(const ApiContext& context) {
  return std::make_unique<ChannelService>(context);
}

}  // namespace quayside
