#include "host/plugin/sign_bundle.h"

#include "host/base/errors.h"
#include "host/base/text.h"

namespace quayside {

absl::StatusOr<SignatureFile> SignBundle(const Bundle& bundle, const Ed25519Key& key) {
  QS_ASSIGN_OR_RETURN(std::string text, MakeSignature(key, {.plugin_id = bundle.manifest.id(),
                                                            .version = bundle.manifest.version(),
                                                            .manifest_sha256 = bundle.manifest_sha256,
                                                            .library_sha256 = bundle.sha256}));
  return SignatureFile{Concat(KeyId(key.public_key()), kSignatureSuffix), std::move(text)};
}

TrustedKey TrustedKeyOf(const Ed25519Key& key) {
  return {.id = KeyId(key.public_key()), .public_key = key.public_key()};
}

}  // namespace quayside
