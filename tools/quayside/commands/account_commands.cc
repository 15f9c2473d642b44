#include <algorithm>
#include <map>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "quayside/v1/account_service.pb.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/account_secrets.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/operation_begun.h"
#include "tools/quayside/commands/test_findings.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

using v1::Account;

struct AccountOptions {
  std::string id;
  std::string plugin = "amazon";
  std::string only_plugin;
  std::optional<std::string> display_name;
  std::vector<std::string> options;
  std::vector<std::string> unset_options;
  std::vector<std::string> secrets;
  std::string secret;
  std::string secret_file;
  bool secret_stdin = false;
  bool remove_secret = false;
  bool dry_run = false;
  bool no_wait = false;
  bool yes = false;
};

// Applies "key=value" texts; lists every one that is not of that form.
absl::Status ApplyAccountOptions(const std::vector<std::string>& assignments, Account& account) {
  std::vector<std::string> mistakes;
  for (const auto& assignment : assignments) {
    if (const auto parts = SplitAssignment(assignment)) {
      (*account.mutable_options())[parts->first] = parts->second;
    } else {
      mistakes.push_back(absl::StrCat("--option ", assignment, ": is not of the form key=value"));
    }
  }
  if (mistakes.empty()) return absl::OkStatus();
  return UsageErrors("an option cannot be set", mistakes);
}

std::map<std::string, std::string> SortedOptions(const Account& account) {
  return {account.options().begin(), account.options().end()};
}

std::string SecretsSummary(const Account& account) {
  const std::vector<std::string> missing = MissingSecrets(account);
  if (account.secrets_set().empty()) return "none needed";
  return missing.empty() ? "all set" : absl::StrCat("missing: ", absl::StrJoin(missing, ", "));
}

void PrintAccount(Context& context, const Account& account) {
  const absl::Time now = context.now();
  FieldList fields;
  fields.Add("account", account.name());
  fields.Add("name", account.display_name());
  fields.Add("plugin", account.plugin());
  for (const auto& [key, value] : SortedOptions(account)) fields.Add(absl::StrCat("option ", key), value);
  const std::map<std::string, bool> secrets(account.secrets_set().begin(), account.secrets_set().end());
  for (const auto& [name, set] : secrets) {
    fields.Add(absl::StrCat("secret ", name), set ? Cell("set", Color::kGreen) : Cell("missing", Color::kYellow));
  }
  fields.Add("created", FormatBoth(account.has_create_time(), account.create_time(), now));
  fields.Add("changed", FormatBoth(account.has_update_time(), account.update_time(), now));
  context.output.Text(fields.Render(context.output.style()));
}

absl::StatusOr<Account> GetAccountByName(Context& context, const std::string& id) {
  v1::GetAccountRequest request;
  request.set_name(ResourceName("accounts", id));
  QS_CLI_ASSIGN_OR_RETURN(auto response, context.host.Call<v1::GetAccountResponse>(request));
  return std::move(*response.mutable_account());
}

absl::Status AccountAddCommand(Context& context, const AccountOptions& options) {
  v1::CreateAccountRequest request;
  request.set_account_id(ResourceId("accounts", options.id));
  request.mutable_account()->set_plugin(ResourceName("plugins", options.plugin));
  request.mutable_account()->set_display_name(options.display_name.value_or(""));
  request.set_validate_only(options.dry_run);
  QS_CLI_RETURN_IF_ERROR(ApplyAccountOptions(options.options, *request.mutable_account()));
  // Read before anything is made, so that a secret that cannot be read leaves nothing half done.
  QS_CLI_ASSIGN_OR_RETURN(const auto values, ReadSecretFlags(context, options.secrets));
  QS_CLI_ASSIGN_OR_RETURN(auto response, context.host.Call<v1::CreateAccountResponse>(request));
  Account& account = *response.mutable_account();
  context.output.Line(
      absl::StrCat(Did(options.dry_run, "added accounts/", "add accounts/"),
                   account.name().empty() ? request.account_id() : ResourceId("accounts", account.name()), " (plugin ",
                   options.plugin, ")"));
  for (const auto& [key, value] : SortedOptions(request.account())) {
    context.output.Line(absl::StrCat("  ", key, " = ", value));
  }
  if (!options.dry_run) QS_CLI_RETURN_IF_ERROR(SetSecretsOfNewAccount(context, values, account));
  context.output.Document(response);
  return absl::OkStatus();
}

absl::Status AccountListCommand(Context& context, const AccountOptions& options) {
  v1::ListAccountsRequest request;
  request.mutable_filter()->set_plugin(ResourceName("plugins", options.only_plugin));
  QS_CLI_ASSIGN_OR_RETURN(auto response, ListPages<v1::ListAccountsResponse>(context.host, request, 0, [](auto& page) {
                            return page.mutable_accounts();
                          }));
  Table table({{"ACCOUNT"},
               {"NAME", Align::kLeft, Shrink::kLater},
               {"PLUGIN"},
               {"OPTIONS", Align::kLeft, Shrink::kFirst},
               {"SECRETS", Align::kLeft, Shrink::kLater}});
  for (const auto& account : response.accounts()) {
    table.AddRow({ResourceId("accounts", account.name()), account.display_name(),
                  ResourceId("plugins", account.plugin()),
                  absl::StrJoin(SortedOptions(account), " ", absl::PairFormatter("=")),
                  Cell(SecretsSummary(account), MissingSecrets(account).empty() ? Color::kGreen : Color::kYellow)});
  }
  context.output.Document(response);
  context.output.TableOr(
      table, options.only_plugin.empty()
                 ? "There is no account. Add one: quayside account add ID --plugin amazon --option key=value"
                 : "No account is of that plugin.");
  return absl::OkStatus();
}

absl::Status AccountShowCommand(Context& context, const AccountOptions& options) {
  v1::GetAccountResponse response;
  QS_CLI_ASSIGN_OR_RETURN(*response.mutable_account(), GetAccountByName(context, options.id));
  context.output.Document(response);
  PrintAccount(context, response.account());
  return absl::OkStatus();
}

absl::Status AccountUpdateCommand(Context& context, const AccountOptions& options) {
  if (!options.display_name && options.options.empty() && options.unset_options.empty()) {
    return UsageError("nothing to change: give --option key=value, --unset key or --name NAME");
  }
  QS_CLI_ASSIGN_OR_RETURN(const Account before, GetAccountByName(context, options.id));
  v1::UpdateAccountRequest request;
  Account& account = *request.mutable_account();
  account = before;
  if (options.display_name) {
    account.set_display_name(*options.display_name);
    request.mutable_update_mask()->add_paths("display_name");
  }
  if (!options.options.empty() || !options.unset_options.empty()) {
    QS_CLI_RETURN_IF_ERROR(ApplyAccountOptions(options.options, account));
    for (const auto& key : options.unset_options) account.mutable_options()->erase(key);
    request.mutable_update_mask()->add_paths("options");
  }
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::UpdateAccountResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "changed ", "change "), before.name()));
  const auto say = [&](const std::string& what, const std::string& old_value, const std::string& new_value) {
    if (old_value != new_value) context.output.Line(absl::StrCat("  ", what, ": ", old_value, " -> ", new_value));
  };
  say("name", before.display_name(), account.display_name());
  auto old_options = SortedOptions(before);
  for (const auto& [key, value] : SortedOptions(account)) {
    say(key, old_options.count(key) == 0 ? "unset" : old_options[key], value);
    old_options.erase(key);
  }
  for (const auto& [key, value] : old_options) say(key, value, "unset");
  return absl::OkStatus();
}

absl::Status AccountDeleteCommand(Context& context, const AccountOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const Account account, GetAccountByName(context, options.id));
  if (!options.dry_run) {
    QS_CLI_RETURN_IF_ERROR(Confirm(context, absl::StrCat("Delete ", account.name(), " and its secrets?"), options.yes));
  }
  v1::DeleteAccountRequest request;
  request.set_name(account.name());
  request.set_etag(account.etag());
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::DeleteAccountResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "deleted ", "delete "), account.name()));
  return absl::OkStatus();
}

absl::Status AccountTestCommand(Context& context, const AccountOptions& options) {
  v1::TestAccountRequest request;
  request.set_name(ResourceName("accounts", options.id));
  request.set_background(options.no_wait);
  context.output.Progress("asking the marketplace ...");
  auto result = context.host.Call<v1::TestAccountResponse>(request, Pace::kSlow);
  context.output.Progress("");
  QS_CLI_ASSIGN_OR_RETURN(const auto response, std::move(result));
  if (options.no_wait) {
    SayBegun(context, response, response.operation());
    return absl::OkStatus();
  }
  context.output.Document(response);
  return ReportFindings(context, request.name(), response.ok(), response.findings());
}

absl::Status AccountSecretCommand(Context& context, const AccountOptions& options) {
  if (options.secret_stdin + !options.secret_file.empty() + options.remove_secret > 1) {
    return UsageError("--stdin, --file and --remove exclude each other");
  }
  SecretRequest source{.name = options.secret};
  if (options.secret_stdin) source.source = SecretSource::kStdin;
  if (!options.secret_file.empty()) source = {options.secret, SecretSource::kFile, options.secret_file};
  std::string value;
  if (!options.remove_secret) {
    QS_CLI_ASSIGN_OR_RETURN(value, ReadSecret(source, context.console));
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response, StoreSecret(context, options.id, options.secret, value));
  context.output.Document(response);
  context.output.Line(absl::StrCat(options.remove_secret ? "removed" : "set", " secret ", options.secret, " of ",
                                   ResourceName("accounts", options.id)));
  SayMissingSecrets(context, response.account());
  return absl::OkStatus();
}

}  // namespace

void AddAccountCommands(Command root) {
  Command group = root.Sub("account", "Accounts at marketplace operators: credentials, seller id, region");
  auto options = std::make_shared<AccountOptions>();
  const auto with_options = WithOptions(options);

  Command add = group.Sub("add", "Add an account");
  add.Argument("ID", options->id, "Your name for it: a letter, then letters, digits and '-'");
  add.Option("--plugin", options->plugin, "ID", "Plugin, amazon unless given");
  add.Option("--option", options->options, "KEY=VALUE", "Option of the plugin; may be repeated");
  add.Option("--secret", options->secrets, "NAME[=-|=@FILE]",
             "Secret: NAME asks, =- takes a line of stdin; may be repeated");
  add.Option("--name", options->display_name, "NAME", "Name for people");
  add.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  add.Example("  quayside account add main --plugin amazon --option region=eu --option seller_id=A1B2C3");
  add.Run(with_options(AccountAddCommand));

  Command list = group.Sub("list", "All accounts");
  list.Option("--plugin", options->only_plugin, "PLUGIN", "Only of this plugin");
  list.Run(with_options(AccountListCommand));

  Command show = group.Sub("show", "One account: options, which secrets are set");
  show.Argument("ID", options->id, "Account").Run(with_options(AccountShowCommand));

  Command update = group.Sub("update", "Change options or the name");
  update.Argument("ID", options->id, "Account");
  update.Option("--option", options->options, "KEY=VALUE", "Option of the plugin; may be repeated");
  update.Option("--unset", options->unset_options, "KEY", "Take an option away; may be repeated");
  update.Option("--name", options->display_name, "NAME", "Name for people");
  update.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  update.Run(with_options(AccountUpdateCommand));

  Command remove = group.Sub("delete", "Delete an account that has no channels");
  remove.Argument("ID", options->id, "Account");
  remove.Flag("--yes", options->yes, "Do not ask");
  remove.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  remove.Run(with_options(AccountDeleteCommand));

  Command test = group.Sub("test", "Ask the marketplace whether the credentials work");
  test.Argument("ID", options->id, "Account");
  test.Flag("--no-wait", options->no_wait, kNoWaitHelp);
  test.Run(with_options(AccountTestCommand));

  Command secret = group.Sub("secret", "Set a secret: asks without echo, or takes it from stdin or a file");
  secret.Argument("ACCOUNT", options->id, "Account");
  secret.Argument("NAME", options->secret, "Secret; 'quayside account show' lists them");
  secret.Flag("--stdin", options->secret_stdin, "Take one line of stdin");
  secret.Option("--file", options->secret_file, "FILE", "Take the file's content");
  secret.Flag("--remove", options->remove_secret, "Take the secret away");
  secret.Example("  quayside account secret main refresh_token --file token.txt");
  secret.Run(with_options(AccountSecretCommand));
}

}  // namespace quayside::cli
