#include "host/api/background_call.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/operation_settling.h"
#include "host/api/paging.h"
#include "host/api/reload_streams.h"
#include "host/api/reload_view.h"
#include "host/api/services.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/inspection/plugin_view.h"
#include "quayside/v1/plugin_service.grpc.pb.h"

namespace quayside {
namespace {

absl::Status CheckPath(const std::string& path) {
  if (!path.empty() && path.front() == '/') return absl::OkStatus();
  return MakeFieldError(Reason::kInvalidArgument,
                        {{"path", "must be the absolute path of a folder on the host's disk"}});
}

class PluginService final : public StreamingService, public api::PluginService::CallbackService {
 public:
  explicit PluginService(const ApiContext& context) : context_(context), reloads_(context) {}

  grpc::Service& service() override { return *this; }
  void EndStreams() override { reloads_.Stop(); }

  grpc::ServerUnaryReactor* ListPlugins(grpc::CallbackServerContext* context, const api::ListPluginsRequest* request,
                                        api::ListPluginsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &PluginService::List);
  }
  grpc::ServerUnaryReactor* GetPlugin(grpc::CallbackServerContext* context, const api::GetPluginRequest* request,
                                      api::GetPluginResponse* response) override {
    return context_.calls.Read(context, request, response, this, &PluginService::Get);
  }
  grpc::ServerUnaryReactor* InspectPlugin(grpc::CallbackServerContext* context,
                                          const api::InspectPluginRequest* request,
                                          api::InspectPluginResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &PluginService::Inspect);
  }
  grpc::ServerUnaryReactor* InstallPlugin(grpc::CallbackServerContext* context,
                                          const api::InstallPluginRequest* request,
                                          api::InstallPluginResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &PluginService::Install);
  }
  grpc::ServerWriteReactor<api::ReloadPluginResponse>* ReloadPlugin(grpc::CallbackServerContext* context,
                                                                    const api::ReloadPluginRequest* request) override {
    return context_.calls.Stream<api::ReloadPluginResponse>(
        context, request, [&](StreamCaller caller) { return reloads_.Open(*request, std::move(caller)); });
  }
  grpc::ServerUnaryReactor* RollbackPlugin(grpc::CallbackServerContext* context,
                                           const api::RollbackPluginRequest* request,
                                           api::RollbackPluginResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &PluginService::Rollback);
  }
  grpc::ServerUnaryReactor* UnloadPlugin(grpc::CallbackServerContext* context, const api::UnloadPluginRequest* request,
                                         api::UnloadPluginResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &PluginService::Unload);
  }
  grpc::ServerUnaryReactor* ReleasePlugin(grpc::CallbackServerContext* context,
                                          const api::ReleasePluginRequest* request,
                                          api::ReleasePluginResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &PluginService::Release);
  }

 private:
  absl::Status List(const api::ListPluginsRequest& request, api::ListPluginsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    QS_ASSIGN_OR_RETURN(const RowFilter<api::Plugin> wanted, ParsePluginFilter(request.filter()));
    std::string last;
    for (const PluginStatus& status : context_.parts.catalog.List()) {
      if (status.record.id <= page.cursor) continue;
      api::Plugin plugin = PluginView(status);
      if (!wanted(plugin)) continue;
      if (response.plugins_size() == page.size) {
        response.set_next_page_token(MakePageToken(request, last));
        break;
      }
      *response.add_plugins() = std::move(plugin);
      last = status.record.id;
    }
    return absl::OkStatus();
  }

  absl::Status Get(const api::GetPluginRequest& request, api::GetPluginResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParsePluginName(request.name()));
    QS_ASSIGN_OR_RETURN(const PluginStatus status, context_.parts.catalog.Get(id));
    *response.mutable_plugin() = PluginView(status);
    return absl::OkStatus();
  }

  absl::Status Inspect(CallTime, const api::InspectPluginRequest& request, api::InspectPluginResponse& response) {
    QS_RETURN_IF_ERROR(CheckPath(request.path()));
    QS_ASSIGN_OR_RETURN(const BundleInspection inspection, context_.parts.catalog.Inspect(request.path()));
    response = InspectionView(inspection);
    return absl::OkStatus();
  }

  // What settles an installation that the host's end cuts off. BUNDLE_INVALID.
  absl::StatusOr<OperationOrder> OrderOfBundle(const std::string& path) {
    QS_ASSIGN_OR_RETURN(const BundleInspection inspection, context_.parts.catalog.Inspect(path));
    const PluginRecord& bundle = inspection.status.record;
    int64_t revision = 0;
    QS_RETURN_IF_ERROR(context_.parts.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(revision, tx.LastEventRevision());
      return absl::OkStatus();
    }));
    return OperationOrder{.subject = PluginName(bundle.id),
                          .facts = {{kBundleOfFact, bundle.id},
                                    {kBundleSha256Fact, bundle.sha256},
                                    {kRevisionBeforeFact, absl::StrCat(revision)}}};
  }

  absl::Status Install(CallTime, const api::InstallPluginRequest& request, api::InstallPluginResponse& response) {
    QS_RETURN_IF_ERROR(CheckPath(request.path()));
    if (request.background() && !request.validate_only()) {
      return RunInBackground<api::InstallPluginRequest, api::InstallPluginResponse>(
          context_, request, response, [&] { return OrderOfBundle(request.path()); },
          [this](CallTime until, const auto& in, auto& out) { return Install(until, in, out); },
          [](const auto& answer, api::Operation& operation) { *operation.mutable_installed_plugin() = answer; });
    }
    return context_.changes.MakeElsewhere(request, response, [&](const Changes::Remember& remember) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
      const auto also = [&](Tx& tx, const PluginStatus& status) {
        *response.mutable_plugin() = PluginView(status);
        return remember(tx);
      };
      QS_ASSIGN_OR_RETURN(
          const PluginStatus status,
          context_.parts.catalog.Install(
              request.path(),
              {.actor = actor, .validate_only = request.validate_only(), .allow_downgrade = request.allow_downgrade()},
              also));
      *response.mutable_plugin() = PluginView(status);
      return absl::OkStatus();
    });
  }

  absl::Status Rollback(CallTime, const api::RollbackPluginRequest& request, api::RollbackPluginResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParsePluginName(request.name()));
    if (request.background() && !request.validate_only()) {
      return RunInBackground<api::RollbackPluginRequest, api::RollbackPluginResponse>(
          context_, request, response, [&] { return OrderAboutPlugin(context_, id); },
          [this](CallTime until, const auto& in, auto& out) { return Rollback(until, in, out); },
          [](const auto& answer, api::Operation& operation) { *operation.mutable_reload() = answer.report(); });
    }
    return context_.changes.MakeElsewhere(request, response, [&](const Changes::Remember&) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const PluginStatus present, context_.parts.catalog.Get(id));
      QS_RETURN_IF_ERROR(CheckEtag(request.etag(), ActiveNumber(present), request.name()));
      if (request.validate_only()) {
        QS_ASSIGN_OR_RETURN(const std::string version, context_.parts.catalog.WayBack(id));
        response.mutable_report()->set_version(version);
        response.mutable_report()->set_previous_version(present.record.version);
        *response.mutable_plugin() = PluginView(present);
        return absl::OkStatus();
      }
      QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
      QS_ASSIGN_OR_RETURN(const ReloadReport report, context_.parts.catalog.Rollback(id, actor, nullptr));
      for (const auto& transition : report.transitions) *response.add_transitions() = TransitionView(transition);
      *response.mutable_report() = ReportView(report);
      QS_ASSIGN_OR_RETURN(const PluginStatus status, context_.parts.catalog.Get(id));
      *response.mutable_plugin() = PluginView(status);
      return absl::OkStatus();
    });
  }

  absl::Status Unload(CallTime, const api::UnloadPluginRequest& request, api::UnloadPluginResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParsePluginName(request.name()));
    return context_.changes.MakeElsewhere(request, response, [&](const Changes::Remember&) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
      QS_ASSIGN_OR_RETURN(const PluginStatus status,
                          request.validate_only() ? context_.parts.catalog.CheckUnload(id, request.generation())
                                                  : context_.parts.catalog.Unload(id, request.generation(), actor));
      *response.mutable_plugin() = PluginView(status);
      return absl::OkStatus();
    });
  }

  absl::Status Release(CallTime, const api::ReleasePluginRequest& request, api::ReleasePluginResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParsePluginName(request.name()));
    return context_.changes.MakeElsewhere(request, response, [&](const Changes::Remember&) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::string actor, context_.callers.ActorOf(request));
      QS_ASSIGN_OR_RETURN(const PluginStatus status,
                          context_.parts.catalog.Release(id, request.version(),
                                                         {.actor = actor, .validate_only = request.validate_only()}));
      *response.mutable_plugin() = PluginView(status);
      return absl::OkStatus();
    });
  }

  const ApiContext& context_;
  ReloadStreams reloads_;
};

}  // namespace

std::unique_ptr<StreamingService> MakePluginService(const ApiContext& context) {
  return std::make_unique<PluginService>(context);
}

}  // namespace quayside
