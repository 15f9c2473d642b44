#include "tools/quayside/commands/account_secrets.h"

#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "quayside/v1/plugin_service.pb.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"

namespace quayside::cli {
namespace {

// What a person is asked: "Refresh token (from Seller Central)". The name alone when the plugin cannot be asked.
std::map<std::string, std::string> SecretLabels(Context& context, const std::string& plugin) {
  v1::GetPluginRequest request;
  request.set_name(plugin);
  std::map<std::string, std::string> labels;
  const auto response = context.host.Call<v1::GetPluginResponse>(request);
  if (!response.ok()) return labels;
  for (const auto& secret : response->plugin().secrets()) {
    std::string label = secret.label().empty() ? secret.name() : secret.label();
    if (!secret.help().empty()) absl::StrAppend(&label, " (", secret.help(), ")");
    labels[secret.name()] = label;
  }
  return labels;
}

absl::Status StoreAndSay(Context& context, const std::string& name, const std::string& value, v1::Account& account) {
  auto stored = StoreSecret(context, account.name(), name, value);
  if (!stored.ok()) {
    context.output.Note(absl::StrCat(account.name(), " was added, but its secret ", name, " was not set"));
    return stored.status();
  }
  account = stored->account();
  context.output.Line(absl::StrCat("set secret ", name));
  return absl::OkStatus();
}

}  // namespace

std::vector<std::string> MissingSecrets(const v1::Account& account) {
  std::vector<std::string> missing;
  for (const auto& [name, set] : account.secrets_set()) {
    if (!set) missing.push_back(name);
  }
  std::sort(missing.begin(), missing.end());
  return missing;
}

absl::StatusOr<SecretValues> ReadSecretFlags(Context& context, const std::vector<std::string>& flags) {
  SecretValues values;
  for (const auto& flag : flags) {
    QS_CLI_ASSIGN_OR_RETURN(const SecretRequest request, ParseSecretFlag(flag));
    QS_CLI_ASSIGN_OR_RETURN(std::string value, ReadSecret(request, context.console));
    values.emplace_back(request.name, std::move(value));
  }
  return values;
}

absl::StatusOr<v1::SetAccountSecretResponse> StoreSecret(Context& context, const std::string& account,
                                                         const std::string& name, const std::string& value) {
  v1::SetAccountSecretRequest request;
  request.set_name(ResourceName("accounts", account));
  request.set_secret(name);
  request.set_value(value);
  return context.host.Call<v1::SetAccountSecretResponse>(request);
}

absl::Status SetSecretsOfNewAccount(Context& context, const SecretValues& values, v1::Account& account) {
  for (const auto& [name, value] : values) QS_CLI_RETURN_IF_ERROR(StoreAndSay(context, name, value, account));
  if (context.console.in_is_terminal && !MissingSecrets(account).empty()) {
    const auto labels = SecretLabels(context, account.plugin());
    context.output.Note("The plugin asks for these secrets; an empty answer leaves one out.");
    for (const auto& name : MissingSecrets(account)) {
      const auto label = labels.find(name);
      const auto value = context.console.read_secret(absl::StrCat(label == labels.end() ? name : label->second, ": "));
      if (!value) break;
      if (!value->empty()) QS_CLI_RETURN_IF_ERROR(StoreAndSay(context, name, *value, account));
    }
  }
  SayMissingSecrets(context, account);
  return absl::OkStatus();
}

void SayMissingSecrets(Context& context, const v1::Account& account) {
  const std::string id = ResourceId("accounts", account.name());
  const std::vector<std::string> missing = MissingSecrets(account);
  for (const auto& name : missing) {
    context.output.Note(absl::StrCat("secret ", name, " is missing; set it: quayside account secret ", id, " ", name));
  }
  if (missing.empty()) context.output.Line(absl::StrCat("next: quayside account test ", id));
}

}  // namespace quayside::cli
