#include "host/plugin/trust.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/base/utc_text.h"

namespace quayside {
namespace {

// Time enough to sign everything again before a key ends.
constexpr DurationUs kExpiryWarningUs = 30 * kDayUs;

std::string BundleTitle(const Bundle& bundle) { return Concat(bundle.manifest.id(), " ", bundle.manifest.version()); }

Reason ReasonOfState(SignatureState state) {
  switch (state) {
    case SignatureState::kUnreadable:
    case SignatureState::kTrusted:
      return Reason::kSignatureUnreadable;
    case SignatureState::kUnknownKey:
      return Reason::kKeyUnknown;
    case SignatureState::kWrongKey:
      return Reason::kSignatureWrong;
    case SignatureState::kChanged:
      return Reason::kBundleChanged;
    case SignatureState::kRevoked:
      return Reason::kKeyRevoked;
    case SignatureState::kNotForPlugin:
      return Reason::kKeyNotForPlugin;
    case SignatureState::kNotYetValid:
      return Reason::kKeyNotYetValid;
    case SignatureState::kExpired:
      return Reason::kKeyExpired;
  }
  return Reason::kInternal;
}

// What differs between the bundle and what was signed; empty when nothing does.
std::string Difference(const Bundle& bundle, const SignedStatement& statement) {
  if (statement.plugin_id != bundle.manifest.id() || statement.version != bundle.manifest.version()) {
    return Concat("the signature is of ", statement.plugin_id, " ", statement.version, ", this bundle is ",
                  BundleTitle(bundle));
  }
  if (statement.manifest_sha256 != bundle.manifest_sha256) {
    return Concat("manifest.json was changed after signing (sha256 ", bundle.manifest_sha256, ", signed was ",
                  statement.manifest_sha256, ")");
  }
  if (statement.library_sha256 != bundle.sha256) {
    return Concat("plugin.so was changed after signing (sha256 ", bundle.sha256, ", signed was ",
                  statement.library_sha256, ")");
  }
  return {};
}

class SignatureJudge {
 public:
  SignatureJudge(const Bundle& bundle, const TrustedKeys& keys, TimeUs now, std::optional<TimeUs> accepted_us)
      : bundle_(bundle), keys_(keys), now_(now), accepted_us_(accepted_us) {}

  [[nodiscard]] SignatureFinding Judge(const SignatureFile& file) const {
    SignatureFinding finding;
    finding.key_id = file.name.substr(0, file.name.find('.'));
    const auto set = [&](SignatureState state, std::string message) {
      finding.state = state;
      finding.message = std::move(message);
      return finding;
    };
    const auto signature = ParseSignature(file);
    if (!signature.ok()) return set(SignatureState::kUnreadable, std::string(signature.status().message()));
    const TrustedKey* key = FindKey(keys_, finding.key_id);
    if (key == nullptr) return set(SignatureState::kUnknownKey, UnknownKey());
    finding.key_name = key->name;
    finding.isolation = key->isolation;
    if (!VerifyEd25519(key->public_key, signature->signed_text, signature->bytes)) {
      return set(SignatureState::kWrongKey, Concat("it was not made with the key of ", key->name,
                                                   ", or its text was changed; sign the bundle again with that key"));
    }
    if (const std::string difference = Difference(bundle_, signature->statement); !difference.empty()) {
      return set(SignatureState::kChanged, Concat(difference, "; take the bundle as it was signed, or sign it again"));
    }
    if (key->revoked.has_value()) {
      return set(SignatureState::kRevoked,
                 Concat("the key of ", key->name, " was revoked",
                        key->revoked->at == 0 ? "" : Concat(" on ", UtcText(key->revoked->at)), ": ",
                        key->revoked->reason, "; get the bundle signed with a key that is trusted now"));
    }
    if (!MaySign(*key, bundle_.manifest.id())) {
      return set(SignatureState::kNotForPlugin,
                 Concat("the key of ", key->name, " may sign ", absl::StrJoin(key->plugins, ", "), " and not ",
                        bundle_.manifest.id(), "; if it should, add that to plugins in ", FileOf(*key)));
    }
    // A build that was accepted long ago may have been signed anew with a younger key; a clock may have been put back.
    if (key->not_before.has_value() && std::max(accepted_us_.value_or(now_), now_) < *key->not_before) {
      return set(SignatureState::kNotYetValid, Concat("the key of ", key->name, " is trusted from ",
                                                      UtcText(*key->not_before), " on, and this host's clock reads ",
                                                      UtcText(now_), "; wait, or change not_before in ", FileOf(*key)));
    }
    if (key->not_after.has_value() && accepted_us_.value_or(now_) >= *key->not_after) {
      return set(
          SignatureState::kExpired,
          Concat("the key of ", key->name, " expired on ", UtcText(*key->not_after), ", and this host's clock reads ",
                 UtcText(now_), "; get the bundle signed with a newer key, or change not_after in ", FileOf(*key)));
    }
    return set(SignatureState::kTrusted, ExpiryWarning(*key));
  }

 private:
  [[nodiscard]] std::string FileOf(const TrustedKey& key) const { return Concat(keys_.folder, "/", key.id, ".toml"); }

  [[nodiscard]] std::string UnknownKey() const {
    std::string message = Concat("no key of this id is trusted; if you know whose it is, put its .toml file into ",
                                 keys_.folder.empty() ? "the folder plugins.trusted_keys" : keys_.folder,
                                 " ('quayside plugin trust add')");
    if (!keys_.unreadable.empty()) {
      message += Concat(
          " (unreadable there: ",
          std::string_view(keys_.unreadable.front().message().data(), keys_.unreadable.front().message().size()), ")");
    }
    return message;
  }

  [[nodiscard]] std::string ExpiryWarning(const TrustedKey& key) const {
    if (!key.not_after.has_value() || now_ < *key.not_after - kExpiryWarningUs) return {};
    if (now_ >= *key.not_after) {
      return Concat("the key of ", key.name, " expired on ", UtcText(*key.not_after),
                    "; this build was accepted before and keeps running, new ones need a newer key");
    }
    return Concat("the key of ", key.name, " expires on ", UtcText(*key.not_after),
                  "; sign coming builds with a newer one");
  }

  const Bundle& bundle_;
  const TrustedKeys& keys_;
  const TimeUs now_;
  const std::optional<TimeUs> accepted_us_;
};

class FolderTrustPolicy final : public TrustPolicy {
 public:
  FolderTrustPolicy(const Clock& clock, TrustOptions options) : clock_(clock), options_(std::move(options)) {}

  absl::StatusOr<TrustVerdict> Judge(const Bundle& bundle, std::optional<TimeUs> accepted_us) const override {
    QS_ASSIGN_OR_RETURN(const TrustedKeys keys, ReadTrustedKeys(options_.trusted_keys));
    return DecideTrust(bundle, JudgeSignatures(bundle, keys, clock_.Now(), accepted_us), keys, options_.development);
  }
  absl::StatusOr<std::vector<SignatureFinding>> Look(const Bundle& bundle) const override {
    QS_ASSIGN_OR_RETURN(const TrustedKeys keys, ReadTrustedKeys(options_.trusted_keys));
    return JudgeSignatures(bundle, keys, clock_.Now(), std::nullopt);
  }

 private:
  const Clock& clock_;
  const TrustOptions options_;
};

}  // namespace

std::string_view SignatureStateText(SignatureState state) {
  switch (state) {
    case SignatureState::kUnreadable:
      return "UNREADABLE";
    case SignatureState::kUnknownKey:
      return "UNKNOWN_KEY";
    case SignatureState::kWrongKey:
      return "WRONG_KEY";
    case SignatureState::kChanged:
      return "CHANGED";
    case SignatureState::kRevoked:
      return "REVOKED";
    case SignatureState::kNotForPlugin:
      return "NOT_FOR_PLUGIN";
    case SignatureState::kNotYetValid:
      return "NOT_YET_VALID";
    case SignatureState::kExpired:
      return "EXPIRED";
    case SignatureState::kTrusted:
      return "TRUSTED";
  }
  return "UNREADABLE";
}

std::vector<SignatureFinding> JudgeSignatures(const Bundle& bundle, const TrustedKeys& keys, TimeUs now,
                                              std::optional<TimeUs> accepted_us) {
  const SignatureJudge judge(bundle, keys, now, accepted_us);
  std::vector<SignatureFinding> findings;
  for (const SignatureFile& file : bundle.signatures) findings.push_back(judge.Judge(file));
  return findings;
}

absl::StatusOr<TrustVerdict> DecideTrust(const Bundle& bundle, const std::vector<SignatureFinding>& findings,
                                         const TrustedKeys& keys, bool development) {
  TrustVerdict verdict;
  if (findings.empty()) {
    if (development) return verdict;
    return MakeError(
        absl::StatusCode::kFailedPrecondition, Reason::kPluginUnsigned,
        Concat(BundleTitle(bundle), " is not signed, and only development mode runs what nobody signed; sign it with '",
               "quayside plugin sign FOLDER --key FILE' and a key that is trusted in ",
               keys.folder.empty() ? "plugins.trusted_keys" : keys.folder));
  }
  std::vector<std::string> signers;
  std::vector<std::string> problems;
  SignatureState furthest = SignatureState::kUnreadable;
  for (const SignatureFinding& finding : findings) {
    furthest = std::max(furthest, finding.state);
    if (finding.state != SignatureState::kTrusted) {
      problems.push_back(Concat("signature ", finding.key_id, ": ", finding.message));
      continue;
    }
    signers.push_back(Concat(finding.key_name, " (", finding.key_id, ")"));
    verdict.key_ids.push_back(finding.key_id);
    verdict.isolation = std::max(verdict.isolation, finding.isolation);
    if (!finding.message.empty()) verdict.warnings.push_back(finding.message);
  }
  if (signers.empty()) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, ReasonOfState(furthest),
        Concat(BundleTitle(bundle), ": ", absl::StrJoin(problems, "; "),
               development ? "; in development mode a bundle without its folder 'signatures' runs UNSIGNED" : ""),
        {{"plugin", bundle.manifest.id()}, {"version", bundle.manifest.version()}});
  }
  // One that is about to expire matters only when no other stays.
  if (verdict.warnings.size() < signers.size()) verdict.warnings.clear();
  verdict.signer = absl::StrJoin(signers, ", ");
  verdict.is_unsigned = false;
  return verdict;
}

std::unique_ptr<TrustPolicy> MakeTrustPolicy(const Clock& clock, TrustOptions options) {
  return std::make_unique<FolderTrustPolicy>(clock, std::move(options));
}

}  // namespace quayside
