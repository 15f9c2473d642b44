#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "host/api/account_identity.h"
#include "host/api/background_call.h"
#include "host/api/convert.h"
#include "host/api/manifests.h"
#include "host/api/masks.h"
#include "host/api/paging.h"
#include "host/api/services.h"
#include "host/base/names.h"
#include "host/plugin/needed_secrets.h"
#include "quayside/v1/account_service.grpc.pb.h"

namespace quayside {
namespace {

constexpr size_t kMaxSecretBytes = 16 * 1024;
constexpr int kUpdateAttempts = 3;

// The plugin's violations name its options; the request's fields have a path before them.
std::string RequestField(const std::string& field) {
  if (absl::StartsWith(field, "account.")) return field;
  if (absl::StartsWith(field, "options") || field == "display_name") return absl::StrCat("account.", field);
  return absl::StrCat("account.options.", field);
}

// Our own violations and the plugin's in one answer.
absl::Status JoinViolations(std::vector<FieldViolation> ours, const absl::Status& plugins) {
  const std::vector<FieldViolation> theirs = ViolationsOf(plugins);
  if (!plugins.ok() && theirs.empty() && ours.empty()) return plugins;
  for (const FieldViolation& violation : theirs) ours.push_back({RequestField(violation.field), violation.description});
  return ours.empty() ? absl::OkStatus() : MakeFieldError(Reason::kInvalidConfiguration, ours);
}

absl::StatusOr<api::Account> ToProto(ReadTx& tx, const Manifests& manifests, const AccountRecord& record) {
  api::Account out;
  out.set_name(AccountName(record.id));
  out.set_plugin(PluginName(record.plugin_id));
  out.set_display_name(record.display_name);
  out.mutable_options()->insert(record.options.begin(), record.options.end());
  if (const auto* manifest = manifests.Find(record.plugin_id)) {
    for (const auto& secret : manifest->secrets()) (*out.mutable_secrets_set())[secret.name()] = false;
  }
  QS_ASSIGN_OR_RETURN(const auto secrets, tx.GetSecrets(record.id));
  for (const auto& [name, sealed] : secrets) (*out.mutable_secrets_set())[name] = true;
  out.set_etag(absl::StrCat(record.revision));
  SetTime(out, &api::Account::mutable_create_time, record.created_us);
  SetTime(out, &api::Account::mutable_update_time, record.updated_us);
  return out;
}

class AccountService final : public api::AccountService::CallbackService {
 public:
  explicit AccountService(const ApiContext& context) : context_(context), parts_(context.parts) {}

  grpc::ServerUnaryReactor* CreateAccount(grpc::CallbackServerContext* context,
                                          const api::CreateAccountRequest* request,
                                          api::CreateAccountResponse* response) override {
    return context_.calls.Write(context, request, response, this, &AccountService::Create);
  }
  grpc::ServerUnaryReactor* GetAccount(grpc::CallbackServerContext* context, const api::GetAccountRequest* request,
                                       api::GetAccountResponse* response) override {
    return context_.calls.Read(context, request, response, this, &AccountService::Get);
  }
  grpc::ServerUnaryReactor* ListAccounts(grpc::CallbackServerContext* context, const api::ListAccountsRequest* request,
                                         api::ListAccountsResponse* response) override {
    return context_.calls.Read(context, request, response, this, &AccountService::List);
  }
  grpc::ServerUnaryReactor* UpdateAccount(grpc::CallbackServerContext* context,
                                          const api::UpdateAccountRequest* request,
                                          api::UpdateAccountResponse* response) override {
    return context_.calls.Write(context, request, response, this, &AccountService::Update);
  }
  grpc::ServerUnaryReactor* DeleteAccount(grpc::CallbackServerContext* context,
                                          const api::DeleteAccountRequest* request,
                                          api::DeleteAccountResponse* response) override {
    return context_.calls.Write(context, request, response, this, &AccountService::Delete);
  }
  grpc::ServerUnaryReactor* SetAccountSecret(grpc::CallbackServerContext* context,
                                             const api::SetAccountSecretRequest* request,
                                             api::SetAccountSecretResponse* response) override {
    return context_.calls.Write(context, request, response, this, &AccountService::SetSecret);
  }
  grpc::ServerUnaryReactor* TestAccount(grpc::CallbackServerContext* context, const api::TestAccountRequest* request,
                                        api::TestAccountResponse* response) override {
    return context_.calls.Slow(context, request, response, this, &AccountService::Test);
  }

 private:
  absl::Status Create(const api::CreateAccountRequest& request, api::CreateAccountResponse& response) {
    const Manifests manifests(parts_.catalog);
    AccountRecord record;
    return context_.changes.Make(
        request, response,
        {.prepare = [&] { return CheckNew(request, manifests, record); },
         .apply = [&](Tx& tx) -> absl::Status {
           record.id = request.account_id();
           if (record.id.empty()) {
             QS_ASSIGN_OR_RETURN(record.id, FreeId(tx, record.plugin_id));
           } else {
             QS_RETURN_IF_ERROR(CheckIsFree(tx, record.id));
           }
           QS_ASSIGN_OR_RETURN(std::vector<FieldViolation> violations, IdentityOf(tx, manifests, nullptr, record));
           QS_RETURN_IF_ERROR(JoinViolations(std::move(violations), absl::OkStatus()));
           if (request.account().display_name().empty()) record.display_name = record.id;
           record.revision = 1;
           record.created_us = record.updated_us = parts_.clock.Now();
           QS_RETURN_IF_ERROR(tx.PutAccount(record));
           QS_RETURN_IF_ERROR(AddEvent(tx, record.updated_us, "account.created", AccountName(record.id),
                                       {{"plugin", PluginName(record.plugin_id)}}));
           return Show(tx, manifests, record, response.mutable_account());
         },
         .after = [&] { parts_.engine.AccountChanged(record.id); },
         .details = [&]() -> AuditDetails {
           return {{"plugin", PluginName(record.plugin_id)}};
         }});
  }

  // Fills all of the record that the transaction does not decide.
  absl::Status CheckNew(const api::CreateAccountRequest& request, const Manifests& manifests, AccountRecord& record) {
    std::vector<FieldViolation> violations;
    if (!request.account_id().empty() && !IsChosenId(request.account_id())) {
      violations.push_back({"account_id", "must match [a-z][a-z0-9-]{0,62}, or be empty"});
    }
    CheckDisplayName(request.account().display_name(), "account.display_name", violations);
    CheckOptionTexts(request.account().options(), "account.options", violations);
    const auto plugin = ParsePluginName(request.account().plugin(), "account.plugin");
    if (!plugin.ok()) return JoinViolations(std::move(violations), plugin.status());
    QS_RETURN_IF_ERROR(parts_.catalog.Get(*plugin).status());
    record.id = request.account_id();
    record.plugin_id = *plugin;
    record.display_name = request.account().display_name();
    record.options = {request.account().options().begin(), request.account().options().end()};
    QS_RETURN_IF_ERROR(AddIdentity(manifests, nullptr, record, violations));
    return JoinViolations(std::move(violations), parts_.engine.ValidateAccount(record));
  }

  static absl::StatusOr<std::vector<FieldViolation>> IdentityOf(ReadTx& tx, const Manifests& manifests,
                                                                const AccountRecord* stored,
                                                                const AccountRecord& wanted) {
    const auto* manifest = manifests.Find(wanted.plugin_id);
    if (manifest == nullptr) return std::vector<FieldViolation>();
    return CheckIdentity(tx, *manifest, stored, wanted);
  }

  // Before the transaction, so that it is told with everything else; the transaction asks again.
  absl::Status AddIdentity(const Manifests& manifests, const AccountRecord* stored, const AccountRecord& wanted,
                           std::vector<FieldViolation>& violations) {
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(std::vector<FieldViolation> found, IdentityOf(tx, manifests, stored, wanted));
      std::move(found.begin(), found.end(), std::back_inserter(violations));
      return absl::OkStatus();
    });
  }

  static absl::Status CheckIsFree(ReadTx& tx, const std::string& id) {
    const absl::Status found = tx.GetAccount(id).status();
    if (absl::IsNotFound(found)) return absl::OkStatus();
    QS_RETURN_IF_ERROR(found);
    return MakeError(absl::StatusCode::kAlreadyExists, Reason::kAccountExists,
                     absl::StrCat("there is an account '", AccountName(id), "' already"),
                     {{"resource", AccountName(id)}});
  }

  // "amazon", "amazon-2", ...
  static absl::StatusOr<std::string> FreeId(ReadTx& tx, std::string base) {
    std::replace(base.begin(), base.end(), '_', '-');
    std::string id = base;
    for (int n = 2;; ++n) {
      const absl::Status found = tx.GetAccount(id).status();
      if (absl::IsNotFound(found)) return id;
      QS_RETURN_IF_ERROR(found);
      id = absl::StrCat(base, "-", n);
    }
  }

  absl::Status Get(const api::GetAccountRequest& request, api::GetAccountResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseAccountName(request.name()));
    const Manifests manifests(parts_.catalog);
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const AccountRecord record, tx.GetAccount(id));
      return Show(tx, manifests, record, response.mutable_account());
    });
  }

  absl::Status List(const api::ListAccountsRequest& request, api::ListAccountsResponse& response) {
    QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
    std::string plugin_id;
    if (!request.filter().plugin().empty()) {
      const auto parsed = ParsePluginName(request.filter().plugin(), "filter.plugin");
      if (!parsed.ok()) return MakeFieldError(Reason::kInvalidFilter, ViolationsOf(parsed.status()));
      plugin_id = *parsed;
    }
    const Manifests manifests(parts_.catalog);
    return parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> records,
                          plugin_id.empty() ? tx.ListAccounts(page.cursor, page.size + 1)
                                            : tx.ListAccountsOfPlugin(plugin_id, page.cursor, page.size + 1));
      for (const AccountRecord& record : records) {
        if (response.accounts_size() == page.size) {
          response.set_next_page_token(MakePageToken(request, records[static_cast<size_t>(page.size) - 1].id));
          break;
        }
        QS_ASSIGN_OR_RETURN(*response.add_accounts(), ToProto(tx, manifests, record));
      }
      return absl::OkStatus();
    });
  }

  absl::Status Update(const api::UpdateAccountRequest& request, api::UpdateAccountResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseAccountName(request.account().name(), "account.name"));
    QS_ASSIGN_OR_RETURN(const std::set<std::string> mask, PathsOf(request.update_mask(), {"display_name", "options"}));
    const Manifests manifests(parts_.catalog);
    AccountRecord checked;  // as it was when the plugin was asked, with the change
    AuditDetails changes;
    bool overtaken = false;
    absl::Status status;
    for (int attempt = 0; attempt < kUpdateAttempts; ++attempt) {
      overtaken = false;
      status = context_.changes.Make(
          request, response,
          {.prepare = [&]() -> absl::Status {
             QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
               QS_ASSIGN_OR_RETURN(checked, tx.GetAccount(id));
               return absl::OkStatus();
             }));
             QS_RETURN_IF_ERROR(CheckEtag(request.account().etag(), checked.revision, AccountName(id)));
             return MergeAndCheck(request.account(), mask, manifests, checked);
           },
           .apply = [&](Tx& tx) -> absl::Status {
             QS_ASSIGN_OR_RETURN(const AccountRecord stored, tx.GetAccount(id));
             QS_RETURN_IF_ERROR(CheckEtag(request.account().etag(), stored.revision, AccountName(id)));
             overtaken = stored.revision != checked.revision;
             // Without an etag the change goes onto whatever is there, but not unchecked.
             if (overtaken) return CheckEtag("overtaken", stored.revision, AccountName(id));
             AccountRecord record = checked;
             QS_ASSIGN_OR_RETURN(std::vector<FieldViolation> violations, IdentityOf(tx, manifests, &stored, record));
             QS_RETURN_IF_ERROR(JoinViolations(std::move(violations), absl::OkStatus()));
             changes = UpdateTexts(stored, record);
             if (record.options == stored.options && record.display_name == stored.display_name) {
               return Show(tx, manifests, stored, response.mutable_account());
             }
             ++record.revision;
             record.updated_us = parts_.clock.Now();
             QS_RETURN_IF_ERROR(tx.PutAccount(record));
             QS_RETURN_IF_ERROR(AddEvent(tx, record.updated_us, "account.updated", AccountName(id)));
             return Show(tx, manifests, record, response.mutable_account());
           },
           .after = [&] { parts_.engine.AccountChanged(id); },
           .details = [&] { return changes; }});
      if (!overtaken) break;
    }
    return status;
  }

  // What is different, as the audit trail has it: by option, "eu -> na".
  static std::map<std::string, std::string> UpdateTexts(const AccountRecord& before, const AccountRecord& after) {
    std::map<std::string, std::string> texts;
    if (before.display_name != after.display_name)
      texts["display_name"] = absl::StrCat(before.display_name, " -> ", after.display_name);
    std::map<std::string, std::string> all = before.options;
    all.insert(after.options.begin(), after.options.end());
    const auto text = [](const AccountRecord& record, const std::string& option) {
      const auto found = record.options.find(option);
      return found == record.options.end() ? std::string("unset") : found->second;
    };
    for (const auto& [option, value] : all) {
      const std::string was = text(before, option);
      const std::string is = text(after, option);
      if (was != is) texts[absl::StrCat("options.", option)] = absl::StrCat(was, " -> ", is);
    }
    return texts;
  }

  absl::Status MergeAndCheck(const api::Account& change, const std::set<std::string>& mask, const Manifests& manifests,
                             AccountRecord& record) {
    const AccountRecord stored = record;
    std::vector<FieldViolation> violations;
    if (mask.contains("display_name")) {
      CheckDisplayName(change.display_name(), "account.display_name", violations);
      record.display_name = change.display_name().empty() ? record.id : change.display_name();
    }
    if (!mask.contains("options")) return JoinViolations(std::move(violations), absl::OkStatus());
    CheckOptionTexts(change.options(), "account.options", violations);
    record.options = {change.options().begin(), change.options().end()};
    QS_RETURN_IF_ERROR(AddIdentity(manifests, &stored, record, violations));
    return JoinViolations(std::move(violations), parts_.engine.ValidateAccount(record));
  }

  absl::Status Delete(const api::DeleteAccountRequest& request, api::DeleteAccountResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseAccountName(request.name()));
    return context_.changes.Make(request, response,
                                 {.apply = [&](Tx& tx) -> absl::Status {
                                    QS_ASSIGN_OR_RETURN(const AccountRecord record, tx.GetAccount(id));
                                    QS_RETURN_IF_ERROR(CheckEtag(request.etag(), record.revision, AccountName(id)));
                                    QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels,
                                                        tx.ListChannels({.account_id = id, .limit = 1}));
                                    if (!channels.empty()) {
                                      return MakeError(
                                          absl::StatusCode::kFailedPrecondition, Reason::kAccountHasChannels,
                                          absl::StrCat("'", AccountName(id), "' still has '",
                                                       ChannelName(channels[0].id), "'; delete its channels first"),
                                          {{"resource", AccountName(id)}, {"channel", ChannelName(channels[0].id)}});
                                    }
                                    QS_RETURN_IF_ERROR(CheckOutcomesKnown(tx, id, ""));
                                    QS_RETURN_IF_ERROR(tx.DeleteAccount(id));
                                    const TimeUs now = parts_.clock.Now();
                                    return AddEvent(tx, now, "account.deleted", AccountName(id));
                                  },
                                  .after =
                                      [&] {
                                        // Its steps are stopped first: they would fetch documents anew.
                                        parts_.engine.AccountChanged(id);
                                        ReleaseDocuments(id);
                                      }});
  }

  // The account is deleted whatever becomes of this; what stays is removed by the hourly sweep.
  void ReleaseDocuments(const std::string& id) {
    if (parts_.documents == nullptr) return;
    if (const absl::Status released = parts_.documents->ReleaseAccount(id); !released.ok()) {
      parts_.logger.Warning("documents of a deleted account could not be removed",
                            {Field("account", id), Field("error", released)});
    }
  }

  absl::Status SetSecret(const api::SetAccountSecretRequest& request, api::SetAccountSecretResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseAccountName(request.name()));
    const Manifests manifests(parts_.catalog);
    std::string sealed;
    return context_.changes.Make(
        request, response,
        {.prepare = [&]() -> absl::Status {
           if (request.value().size() > kMaxSecretBytes) {
             return MakeFieldError(Reason::kInvalidArgument, {{"value", "is longer than 16 KiB"}});
           }
           QS_RETURN_IF_ERROR(CheckDeclared(id, request.secret()));
           if (request.value().empty()) return absl::OkStatus();
           QS_ASSIGN_OR_RETURN(sealed,
                               parts_.cipher.Seal(request.value(), absl::StrCat("secret/", id, "/", request.secret())));
           return absl::OkStatus();
         },
         .apply = [&](Tx& tx) -> absl::Status {
           QS_ASSIGN_OR_RETURN(AccountRecord record, tx.GetAccount(id));
           ++record.revision;
           record.updated_us = parts_.clock.Now();
           QS_RETURN_IF_ERROR(tx.PutAccount(record));
           QS_RETURN_IF_ERROR(tx.PutSecret(id, request.secret(), sealed));
           QS_RETURN_IF_ERROR(AddEvent(tx, record.updated_us, sealed.empty() ? "secret.removed" : "secret.set",
                                       AccountName(id), {{"secret", request.secret()}}));
           return Show(tx, manifests, record, response.mutable_account());
         },
         .after = [&] { parts_.engine.AccountChanged(id); },
         .details = [&]() -> AuditDetails {
           return {{"secret", request.secret()}, {"value", sealed.empty() ? "removed" : "set"}};
         }});
  }

  absl::StatusOr<quayside::plugin::v1::Manifest> ManifestOf(const std::string& account_id) {
    AccountRecord account;
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(account, tx.GetAccount(account_id));
      return absl::OkStatus();
    }));
    QS_ASSIGN_OR_RETURN(PluginStatus plugin, parts_.catalog.Get(account.plugin_id));
    return std::move(plugin.manifest);
  }

  absl::Status CheckDeclared(const std::string& account_id, const std::string& secret) {
    QS_ASSIGN_OR_RETURN(const auto manifest, ManifestOf(account_id));
    std::vector<std::string> names;
    for (const auto& declared : manifest.secrets()) names.push_back(declared.name());
    if (std::find(names.begin(), names.end(), secret) != names.end()) return absl::OkStatus();
    return MakeFieldError(Reason::kUnknownSecret,
                          {{"secret", names.empty() ? std::string("the plugin asks for no secrets")
                                                    : absl::StrCat("must be one of ", absl::StrJoin(names, ", "))}});
  }

  absl::Status Test(CallTime deadline, const api::TestAccountRequest& request, api::TestAccountResponse& response) {
    QS_ASSIGN_OR_RETURN(const std::string id, ParseAccountName(request.name()));
    if (request.background()) {
      const auto about = [&]() -> absl::StatusOr<OperationOrder> {
        QS_RETURN_IF_ERROR(CheckSecretsSet(id));
        return OperationOrder{.subject = AccountName(id)};
      };
      return RunInBackground<api::TestAccountRequest, api::TestAccountResponse>(
          context_, request, response, about,
          [this](CallTime until, const auto& in, auto& out) { return Test(until, in, out); },
          [](const auto& answer, api::Operation& operation) { *operation.mutable_account_test() = answer; });
    }
    QS_RETURN_IF_ERROR(CheckSecretsSet(id));
    QS_ASSIGN_OR_RETURN(const auto reply, parts_.engine.TestAccount(id, TimeLeft(parts_.clock, deadline)));
    response.set_ok(true);
    for (const auto& finding : reply.findings()) {
      auto* added = response.add_findings();
      added->set_subject(finding.subject());
      added->set_ok(finding.ok());
      added->set_message(finding.message());
      response.set_ok(response.ok() && finding.ok());
    }
    return absl::OkStatus();
  }

  absl::Status CheckSecretsSet(const std::string& account_id) {
    QS_ASSIGN_OR_RETURN(const auto manifest, ManifestOf(account_id));
    std::vector<std::string> missing;
    QS_RETURN_IF_ERROR(parts_.store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const auto secrets, tx.GetSecrets(account_id));
      for (const std::string& name : NeededSecrets(manifest)) {
        if (!secrets.contains(name)) missing.push_back(name);
      }
      return absl::OkStatus();
    }));
    if (missing.empty()) return absl::OkStatus();
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kSecretMissing,
                     absl::StrCat("not set: ", absl::StrJoin(missing, ", ")),
                     {{"resource", AccountName(account_id)}, {"secrets", absl::StrJoin(missing, ",")}});
  }

  static absl::Status Show(ReadTx& tx, const Manifests& manifests, const AccountRecord& record, api::Account* out) {
    QS_ASSIGN_OR_RETURN(*out, ToProto(tx, manifests, record));
    return absl::OkStatus();
  }

  const ApiContext& context_;
  const ApiParts& parts_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeAccountService(const ApiContext& context) {
  return std::make_unique<AccountService>(context);
}

}  // namespace quayside
