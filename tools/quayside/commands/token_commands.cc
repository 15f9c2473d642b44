// token, audit and key: who may use the host, what was done with it, and what its data is sealed with.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "quayside/v1/admin_service.pb.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

constexpr int kSecondsOfADay = 86'400;

struct TokenOptions {
  std::string id;
  std::vector<std::string> roles;
  std::vector<std::string> channels;
  std::string display_name;
  std::string out;
  int days = 90;
  bool dry_run = false;
  bool yes = false;
  bool usable = false;
  std::string has_role;
  int limit = 0;
};

struct KeyOptions {
  bool master_key = false;
  bool dry_run = false;
  bool yes = false;
};

// "channel-admin" -> ROLE_CHANNEL_ADMIN; anything else is the host's to refuse.
v1::Role RoleOf(const std::string& word) {
  v1::Role role = v1::ROLE_UNSPECIFIED;
  v1::Role_Parse(absl::AsciiStrToUpper(absl::StrCat("ROLE_", absl::StrReplaceAll(word, {{"-", "_"}}))), &role);
  return role;
}

std::string RoleWords(const v1::Token& token) {
  return absl::StrJoin(token.roles(), " ", [](std::string* out, int role) {
    absl::StrAppend(out, absl::StrReplaceAll(EnumWord(v1::Role_Name(role), "ROLE_"), {{" ", "-"}}));
  });
}

// A new file of its owner's: made before the token is, so that no secret is lost to a folder that cannot be written.
class SecretFile {
 public:
  ~SecretFile() {
    if (fd_ < 0) return;
    close(fd_);
    if (!written_) unlink(path_.c_str());
  }
  SecretFile() = default;
  SecretFile(const SecretFile&) = delete;
  SecretFile& operator=(const SecretFile&) = delete;

  absl::Status Make(const std::string& path) {
    path_ = path;
    fd_ = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd_ >= 0) return absl::OkStatus();
    return UsageError(absl::StrCat("--out: cannot make '", path, "': ", std::strerror(errno)));
  }
  absl::Status Write(const std::string& secret) {
    const std::string text = secret + "\n";
    written_ = write(fd_, text.data(), text.size()) == static_cast<ssize_t>(text.size()) && fsync(fd_) == 0;
    if (written_) return absl::OkStatus();
    return absl::UnknownError(absl::StrCat("the token cannot be written to '", path_, "': ", std::strerror(errno),
                                           "; revoke it and make another"));
  }

 private:
  std::string path_;
  int fd_ = -1;
  bool written_ = false;
};

absl::Status CreateToken(Context& context, const TokenOptions& options) {
  v1::CreateTokenRequest request;
  request.set_token_id(options.id);
  request.mutable_token()->set_display_name(options.display_name);
  for (const std::string& role : options.roles) request.mutable_token()->add_roles(RoleOf(role));
  for (const std::string& channel : options.channels) {
    request.mutable_token()->add_channels(ResourceName("channels", channel));
  }
  request.mutable_lifetime()->set_seconds(std::int64_t{options.days} * kSecondsOfADay);
  request.set_validate_only(options.dry_run);
  SecretFile file;
  const bool to_file = !options.out.empty() && !options.dry_run;
  if (to_file) QS_CLI_RETURN_IF_ERROR(file.Make(options.out));
  QS_CLI_ASSIGN_OR_RETURN(auto response, context.host.Call<v1::CreateTokenResponse>(request));
  if (!options.dry_run && response.secret().empty()) {
    return absl::DataLossError("the answer with the secret was lost; revoke the token and make another");
  }
  if (to_file) {
    QS_CLI_RETURN_IF_ERROR(file.Write(response.secret()));
    response.clear_secret();
  }
  context.output.Document(response);
  context.output.Line(absl::StrCat(Did(options.dry_run, "made", "make"), " ", response.token().name(), " (",
                                   RoleWords(response.token()), ")"));
  if (to_file) {
    context.output.Line(absl::StrCat("its secret is in ", options.out, "; use it with --token-file"));
  } else if (!options.dry_run) {
    context.output.Line(absl::StrCat("secret, shown this once: ", response.secret()));
  }
  return absl::OkStatus();
}

absl::Status ListTokens(Context& context, const TokenOptions& options) {
  v1::ListTokensRequest request;
  if (!options.has_role.empty()) request.mutable_filter()->set_role(RoleOf(options.has_role));
  if (options.usable) request.mutable_filter()->set_usable(true);
  QS_CLI_ASSIGN_OR_RETURN(const auto response,
                          ListPages<v1::ListTokensResponse>(context.host, request, options.limit,
                                                            [](auto& page) { return page.mutable_tokens(); }));
  const absl::Time now = context.now();
  Table table({{"TOKEN"},
               {"ROLES"},
               {"CHANNELS", Align::kLeft, Shrink::kFirst},
               {"MADE BY"},
               {"EXPIRES"},
               {"LAST USED"},
               {"STATE"}});
  for (const auto& token : response.tokens()) {
    const bool expired = token.has_expire_time() && ToTime(token.expire_time()) <= now;
    std::vector<std::string> channels;
    for (const auto& name : token.channels()) channels.push_back(ResourceId("channels", name));
    table.AddRow({ResourceId("tokens", token.name()), RoleWords(token),
                  channels.empty() ? "all" : absl::StrJoin(channels, " "), token.creator(),
                  FormatShort(token.has_expire_time(), token.expire_time(), now),
                  FormatShort(token.has_last_use_time(), token.last_use_time(), now),
                  token.has_revoke_time() ? Cell("revoked", Color::kRed)
                  : expired               ? Cell("expired", Color::kRed)
                                          : Cell("good")});
  }
  context.output.Document(response);
  context.output.TableOr(table, request.has_filter() ? "No token is like that." : "No token was made yet.");
  SayWhenCut(context, !response.next_page_token().empty(), response.tokens_size());
  return absl::OkStatus();
}

absl::Status RevokeToken(Context& context, const TokenOptions& options) {
  v1::RevokeTokenRequest request;
  request.set_name(ResourceName("tokens", options.id));
  QS_CLI_RETURN_IF_ERROR(
      Confirm(context, absl::StrCat("Whoever uses ", request.name(), " is shut out. Revoke it?"), options.yes));
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::RevokeTokenResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat("revoked ", response.token().name()));
  return absl::OkStatus();
}

absl::Status RotateKey(Context& context, const KeyOptions& options) {
  v1::RotateKeyRequest request;
  request.set_master_key(options.master_key);
  request.set_validate_only(options.dry_run);
  if (options.master_key && !options.dry_run) {
    QS_CLI_RETURN_IF_ERROR(Confirm(
        context, "The master key file is replaced; backups of the database need the former one. Go on?", options.yes));
  }
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::RotateKeyResponse>(request, Pace::kSlow));
  context.output.Document(response);
  context.output.Line(absl::StrCat("data key ", response.data_key(), options.dry_run ? " would seal" : " seals",
                                   " what is stored from now on"));
  if (options.master_key && !options.dry_run) context.output.Line("back up the master key file now");
  return absl::OkStatus();
}

}  // namespace

void AddTokenCommands(Command root) {
  Command group = root.Sub("token", "Tokens: who may use the host from elsewhere");
  auto options = std::make_shared<TokenOptions>();
  Command create = group.Sub("create", "Make a token; its secret is shown once, or written to a file");
  create.Argument("ID", options->id, "How it is called, also in the audit trail");
  create.Option("--role", options->roles, "ROLE", "What it may do; may be repeated")
      .OneOf({"viewer", "operator", "channel-admin", "plugin-admin", "admin", "auditor"})
      .Required();
  create.Option("--channel", options->channels, "CHANNEL", "Only for this channel; may be repeated");
  create.Option("--days", options->days, "N", "How long it is good; 90 unless given");
  create.Option("--name", options->display_name, "TEXT", "What it is for");
  create.Option("--out", options->out, "FILE", "Write the secret to this new file (0600) instead of showing it");
  create.Flag("--dry-run", options->dry_run, "Only check");
  create.Example("  quayside token create console --role operator --out console.token");
  create.Run([options](Context& context) { return CreateToken(context, *options); });

  Command list = group.Sub("list", "All tokens, without their secrets");
  list.Option("--role", options->has_role, "ROLE", "Only those that have it")
      .OneOf({"viewer", "operator", "channel-admin", "plugin-admin", "admin", "auditor"});
  list.Flag("--usable", options->usable, "Neither revoked nor expired");
  list.Option("--limit", options->limit, "N", "At most so many, 0 = all");
  list.Run([options](Context& context) { return ListTokens(context, *options); });

  Command revoke = group.Sub("revoke", "Shut out whoever uses a token, at once and for good");
  revoke.Argument("ID", options->id, "The token");
  revoke.Flag("--yes", options->yes, "Do not ask");
  revoke.Run([options](Context& context) { return RevokeToken(context, *options); });

  auto key = std::make_shared<KeyOptions>();
  Command keys = root.Sub("key", "The keys that secrets and personal data are sealed with");
  Command rotate = keys.Sub("rotate", "Seal with a new data key from now on, while the host runs");
  rotate.Flag("--master-key", key->master_key, "Also replace the master key file");
  rotate.Flag("--dry-run", key->dry_run, "Only check");
  rotate.Flag("--yes", key->yes, "Do not ask");
  rotate.Run([key](Context& context) { return RotateKey(context, *key); });
}

}  // namespace quayside::cli
