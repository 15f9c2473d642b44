// Keys and signatures of bundles. None of this needs a host.
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "google/protobuf/struct.pb.h"
#include "host/inspection/plugin_view.h"
#include "host/plugin/admission.h"
#include "host/plugin/inspect.h"
#include "host/plugin/sign_bundle.h"
#include "tools/quayside/commands/commands.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/commands/plugin_print.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/key_files.h"
#include "tools/quayside/local_host.h"

namespace quayside::cli {
namespace {

struct KeygenOptions {
  std::string name;
  std::vector<std::string> plugins;
  std::string isolation = "isolated";
  std::string not_before;
  std::string not_after;
  std::string folder = ".";
};

struct SigningOptions {
  std::string path;
  std::string key;
  std::string trusted_keys;
};

void Put(google::protobuf::Struct& document, const std::string& name, const std::string& value) {
  (*document.mutable_fields())[name].set_string_value(value);
}

absl::Status SetDate(const std::string& flag, const std::string& text, std::optional<TimeUs>& date) {
  if (text.empty()) return absl::OkStatus();
  date = ParseKeyDate(text);
  if (date.has_value()) return absl::OkStatus();
  return UsageError(absl::StrCat(flag, " must be a date such as 2027-01-31 or 2027-01-31T12:00:00Z, not '", text, "'"));
}

absl::Status KeygenCommand(Context& context, const KeygenOptions& options) {
  auto key = Ed25519Key::Generate();
  if (!key.ok()) return FromHostRules(key.status());
  TrustedKey trusted = TrustedKeyOf(*key);
  trusted.name = options.name;
  trusted.plugins = options.plugins;
  trusted.isolation = ParseIsolationMode(options.isolation).value_or(IsolationMode::kIsolated);
  QS_CLI_RETURN_IF_ERROR(SetDate("--not-before", options.not_before, trusted.not_before));
  QS_CLI_RETURN_IF_ERROR(SetDate("--not-after", options.not_after, trusted.not_after));
  const std::string toml = TrustedKeyToml(trusted);
  const std::string stem = absl::StrCat(options.folder, "/", trusted.id);
  // What the hosts would refuse is not written.
  if (const auto read = ParseTrustedKey(toml, trusted.id + ".toml"); !read.ok()) return FromHostRules(read.status());
  QS_CLI_ASSIGN_OR_RETURN(const std::string pem, key->ToPem());
  QS_CLI_RETURN_IF_ERROR(WriteNewFile(stem + ".pem", pem, 0600));
  QS_CLI_RETURN_IF_ERROR(WriteNewFile(stem + ".toml", toml, 0644));

  google::protobuf::Struct document;
  Put(document, "key", trusted.id);
  Put(document, "privateKey", stem + ".pem");
  Put(document, "trustedKey", stem + ".toml");
  context.output.Document(document);
  context.output.Line(absl::StrCat("made key ", trusted.id, " for ", absl::StrJoin(trusted.plugins, ", ")));
  context.output.Line(absl::StrCat("  ", stem, ".pem   the secret: signs; keep it off the hosts, and keep a copy"));
  context.output.Line(absl::StrCat("  ", stem, ".toml  for the hosts: quayside plugin trust add ", stem, ".toml"));
  return absl::OkStatus();
}

absl::Status SignCommand(Context& context, const SigningOptions& options) {
  QS_CLI_ASSIGN_OR_RETURN(const Ed25519Key key, ReadPrivateKey(options.key));
  const auto bundle = ReadBundle(options.path);
  if (!bundle.ok()) return FromHostRules(bundle.status());
  const auto facts = ReadElf(bundle->library);
  if (!facts.ok()) return FromHostRules(facts.status());
  const auto findings = LintElf(*facts, ThisLintHost());
  // No host would load it.
  QS_CLI_RETURN_IF_ERROR(FromHostRules(RefuseFrom(LintWeight::kRefused, findings)));
  for (const LintFinding& finding : findings) {
    if (finding.weight != LintWeight::kNote) context.output.Note("warning: " + LintLine(finding));
  }
  const auto file = SignBundle(*bundle, key);
  if (!file.ok()) return FromHostRules(file.status());
  const std::string folder = absl::StrCat(options.path, "/", std::string(kSignatureFolder));
  const std::string path = absl::StrCat(folder, "/", file->name);
  QS_CLI_RETURN_IF_ERROR(MakeDirectory(folder, 0755));
  QS_CLI_RETURN_IF_ERROR(WriteFileAtomically(path, file->text, 0644));

  google::protobuf::Struct document;
  Put(document, "plugin", bundle->manifest.id());
  Put(document, "version", bundle->manifest.version());
  Put(document, "key", KeyId(key.public_key()));
  Put(document, "sha256", bundle->sha256);
  Put(document, "signature", path);
  context.output.Document(document);
  context.output.Line(absl::StrCat("signed ", bundle->manifest.id(), " ", bundle->manifest.version(), " with key ",
                                   KeyId(key.public_key()), ": ", path));
  return absl::OkStatus();
}

absl::Status VerifyCommand(Context& context, const SigningOptions& options) {
  const ConsoleClock clock(context.console);
  const auto trust = MakeTrustPolicy(clock, {.trusted_keys = TrustedKeysFolder(options.trusted_keys, context.console)});
  const BundleGate gate(*trust, {});
  const auto bundle = ReadBundle(options.path);
  if (!bundle.ok()) return FromHostRules(bundle.status());
  const auto admission = gate.Admit(*bundle, std::nullopt);
  if (!admission.ok()) return FromHostRules(admission.status());
  const auto inspection = InspectBundle(options.path, gate);
  if (!inspection.ok()) return FromHostRules(inspection.status());
  context.output.Document(InspectionView(*inspection));
  context.output.Line(absl::StrCat(bundle->manifest.id(), " ", bundle->manifest.version(), " is signed by ",
                                   admission->trust.signer, " and may run ",
                                   admission->isolation == IsolationMode::kInProcess ? "in process" : "isolated"));
  for (const std::string& warning : admission->warnings) context.output.Note("warning: " + warning);
  return absl::OkStatus();
}

}  // namespace

void AddSigningCommands(Command plugin) {
  auto keygen_options = std::make_shared<KeygenOptions>();
  Command keygen =
      plugin.Sub("keygen", "Make a key that signs plugins: KEYID.pem (secret) and KEYID.toml (for the hosts)");
  keygen.Option("--name", keygen_options->name, "TEXT", "Who holds the key, such as 'Acme releases 2027'").Required();
  keygen
      .Option("--plugin", keygen_options->plugins, "ID",
              "Plugin it may sign; '*' stands for any characters; repeatable")
      .Required();
  keygen.Option("--isolation", keygen_options->isolation, "MODE", "The most a signature grants; isolated unless given")
      .OneOf({"isolated", "in_process"});
  keygen.Option("--not-before", keygen_options->not_before, "DATE", "Hosts believe it from then on");
  keygen.Option("--not-after", keygen_options->not_after, "DATE", "Hosts accept nothing new of it from then on");
  keygen.Option("--out", keygen_options->folder, "PATH", "Folder for both files; this one unless given");
  keygen.Example("  quayside plugin keygen --name 'Acme releases 2027' --plugin 'acme-*' --not-after 2029-01-01");
  keygen.Run([keygen_options](Context& context) { return KeygenCommand(context, *keygen_options); });

  auto options = std::make_shared<SigningOptions>();
  Command sign = plugin.Sub("sign", "Sign a bundle: writes signatures/KEYID.sig beside its files");
  sign.Argument("PATH", options->path, "Folder with plugin.so and manifest.json");
  sign.Option("--key", options->key, "FILE", "The private key, KEYID.pem").Required();
  sign.Example("  quayside plugin sign build/bundles/amazon --key ~/keys/5b1f0c9a7d3e2846.pem");
  sign.Run([options](Context& context) { return SignCommand(context, *options); });

  Command verify = plugin.Sub("verify", "Would a host with these trusted keys load the bundle? Exit code 0: it would");
  verify.Argument("PATH", options->path, "Folder with plugin.so, manifest.json and signatures");
  verify.Option("--trusted-keys", options->trusted_keys, "PATH",
                "Folder of trusted keys; else $QUAYSIDE_PLUGINS_TRUSTED_KEYS, else /etc/quayside/trusted-keys");
  verify.Run([options](Context& context) { return VerifyCommand(context, *options); });
}

}  // namespace quayside::cli
