// The folder of trusted keys. None of this needs a host: it reads the folder anew at every load.
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/struct.pb.h"
#include "host/base/utc_text.h"
#include "host/plugin/bundle.h"
#include "host/plugin/key_folder.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/local_host.h"

namespace quayside::cli {
namespace {

struct TrustCommandOptions {
  std::string trusted_keys;
  std::string file;
  std::string key;
  std::string reason;
  bool replace = false;
};

// "trusted", or why not now.
std::string KeyState(const TrustedKey& key, TimeUs now) {
  if (key.revoked.has_value()) return "revoked";
  if (key.not_before.has_value() && now < *key.not_before) return "not yet valid";
  if (key.not_after.has_value() && now >= *key.not_after) return "expired";
  return "trusted";
}

google::protobuf::Value Text(const std::string& text) {
  google::protobuf::Value value;
  value.set_string_value(text);
  return value;
}

google::protobuf::Struct KeyDocument(const TrustedKey& key, TimeUs now) {
  google::protobuf::Struct document;
  auto& fields = *document.mutable_fields();
  fields["key"] = Text(key.id);
  fields["name"] = Text(key.name);
  fields["isolation"] = Text(std::string(IsolationModeText(key.isolation)));
  fields["state"] = Text(KeyState(key, now));
  for (const std::string& plugin : key.plugins) *fields["plugins"].mutable_list_value()->add_values() = Text(plugin);
  if (key.not_before.has_value()) fields["notBefore"] = Text(UtcText(*key.not_before));
  if (key.not_after.has_value()) fields["notAfter"] = Text(UtcText(*key.not_after));
  if (key.revoked.has_value()) fields["revokedReason"] = Text(key.revoked->reason);
  return document;
}

absl::Status ListCommand(Context& context, const TrustCommandOptions& options) {
  const std::string folder = TrustedKeysFolder(options.trusted_keys, context.console);
  const auto keys = ReadTrustedKeys(folder);
  if (!keys.ok()) return FromHostRules(keys.status());
  const TimeUs now = ConsoleClock(context.console).Now();
  google::protobuf::Struct document;
  auto& list = *(*document.mutable_fields())["keys"].mutable_list_value();
  Table table({{"KEY"},
               {"STATE"},
               {"HOLDER"},
               {"PLUGINS"},
               {"GRANTS"},
               {"FROM"},
               {"UNTIL"},
               {"REMARK", Align::kLeft, Shrink::kFirst}});
  for (const TrustedKey& key : keys->keys) {
    const std::string state = KeyState(key, now);
    *list.add_values()->mutable_struct_value() = KeyDocument(key, now);
    table.AddRow({key.id, Cell(state, state == "trusted" ? Color::kGreen : Color::kRed), key.name,
                  absl::StrJoin(key.plugins, ", "), std::string(IsolationModeText(key.isolation)),
                  key.not_before ? UtcText(*key.not_before) : "", key.not_after ? UtcText(*key.not_after) : "",
                  key.revoked ? key.revoked->reason : ""});
  }
  context.output.Document(document);
  context.output.TableOr(
      table, absl::StrCat("No key is trusted in ", folder, ". Trust one: quayside plugin trust add KEYID.toml"));
  for (const absl::Status& unreadable : keys->unreadable) {
    context.output.Note(absl::StrCat("warning: not a key: ", unreadable.message()));
  }
  return absl::OkStatus();
}

// Replaces or makes KEYID.toml; the host reads either the old or the new file.
absl::Status Store(const std::string& folder, const TrustedKey& key) {
  QS_CLI_RETURN_IF_ERROR(MakeDirectory(folder, 0755));
  return WriteFileAtomically(absl::StrCat(folder, "/", key.id, ".toml"), TrustedKeyToml(key), 0644);
}

absl::Status AddCommand(Context& context, const TrustCommandOptions& options) {
  const std::string folder = TrustedKeysFolder(options.trusted_keys, context.console);
  const auto text = ReadFile(options.file, kMaxKeyFileBytes);
  if (!text.ok()) return text.status();
  const auto key = ParseTrustedKey(*text, std::filesystem::path(options.file).filename().string());
  if (!key.ok()) return FromHostRules(key.status());
  const auto keys = ReadTrustedKeys(folder);
  if (!keys.ok()) return FromHostRules(keys.status());
  const TrustedKey* present = FindKey(*keys, key->id);
  const std::string place = absl::StrCat(folder, "/", key->id, ".toml");
  std::error_code error;
  if (present == nullptr && !options.replace && std::filesystem::exists(place, error)) {
    return WithAdvice(absl::FailedPreconditionError(
                          absl::StrCat(place, " is there and cannot be read as a key; it may have been revoked")),
                      "look at it; --replace takes the new one");
  }
  if (present != nullptr && !options.replace && TrustedKeyToml(*present) != TrustedKeyToml(*key)) {
    return WithAdvice(absl::FailedPreconditionError(absl::StrCat(
                          KeyTitle(*present), " is in ", folder, " with other limits",
                          present->revoked ? absl::StrCat(", and revoked: ", present->revoked->reason) : "")),
                      "compare both files; --replace takes the new one");
  }
  QS_CLI_RETURN_IF_ERROR(Store(folder, *key));
  context.output.Document(KeyDocument(*key, ConsoleClock(context.console).Now()));
  context.output.Line(absl::StrCat("trusted ", KeyTitle(*key), " for ", absl::StrJoin(key->plugins, ", "), ", ",
                                   std::string(IsolationModeText(key->isolation)), " at most, in ", folder));
  return absl::OkStatus();
}

absl::Status RevokeCommand(Context& context, const TrustCommandOptions& options) {
  const std::string folder = TrustedKeysFolder(options.trusted_keys, context.console);
  const auto keys = ReadTrustedKeys(folder);
  if (!keys.ok()) return FromHostRules(keys.status());
  const TrustedKey* present = FindKey(*keys, options.key);
  if (present == nullptr) {
    return WithAdvice(absl::NotFoundError(absl::StrCat("no key ", options.key, " is trusted in ", folder)),
                      "'quayside plugin trust list' shows the keys");
  }
  TrustedKey key = *present;
  if (!key.revoked.has_value()) {
    key.revoked = KeyRevocation{ConsoleClock(context.console).Now(), options.reason};
    const auto read = ParseTrustedKey(TrustedKeyToml(key), key.id + ".toml");
    if (!read.ok()) return FromHostRules(read.status());
    QS_CLI_RETURN_IF_ERROR(Store(folder, key));
  }
  context.output.Document(KeyDocument(key, ConsoleClock(context.console).Now()));
  context.output.Line(absl::StrCat("revoked ", KeyTitle(key), ": ", key.revoked->reason));
  context.output.Line(
      "What it signed is refused at the next load; what runs keeps running until then: sign it with another "
      "key and install it again, then reload or restart.");
  return absl::OkStatus();
}

}  // namespace

void AddTrustCommands(Command plugin) {
  Command group = plugin.Sub("trust", "Keys whose signatures hosts believe");
  auto options = std::make_shared<TrustCommandOptions>();
  const auto folder_option = [options](Command& command) {
    command.Option("--trusted-keys", options->trusted_keys, "PATH",
                   "Folder of trusted keys; else $QUAYSIDE_PLUGINS_TRUSTED_KEYS, else /etc/quayside/trusted-keys");
  };
  Command list = group.Sub("list", "The keys, what they may sign and until when");
  folder_option(list);
  list.Run([options](Context& context) { return ListCommand(context, *options); });

  Command add = group.Sub("add", "Trust a key from now on");
  add.Argument("FILE", options->file, "KEYID.toml, as 'quayside plugin keygen' made it");
  add.Flag("--replace", options->replace, "Also when the key is there with other limits, or revoked");
  folder_option(add);
  add.Run([options](Context& context) { return AddCommand(context, *options); });

  Command revoke = group.Sub("revoke", "Never believe a key again, whatever it signed and when");
  revoke.Argument("KEY", options->key, "Id of the key: 16 hexadecimal digits");
  revoke.Option("--reason", options->reason, "TEXT", "Why; every refusal shows it").Required();
  folder_option(revoke);
  revoke.Example("  quayside plugin trust revoke 5b1f0c9a7d3e2846 --reason 'laptop stolen'");
  revoke.Run([options](Context& context) { return RevokeCommand(context, *options); });
}

}  // namespace quayside::cli
