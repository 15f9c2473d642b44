// A file of the folder of trusted keys. The first line is its name.
#include "host/plugin/trusted_key.h"

#include "host/base/errors.h"
#include "host/plugin/signature.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(trusted_key) {
  const auto [name, toml] = SplitLine(input);
  const auto key = ParseTrustedKey(toml, std::string(name));
  if (!key.ok()) {
    Require(HasReason(key.status(), Reason::kTrustedKeyInvalid), "a refused one says TRUSTED_KEY_INVALID");
    return;
  }
  Require(KeyId(key->public_key) == key->id, "no key has another's id");
  Require(!key->plugins.empty(), "a key is limited to plugins");
  const auto again = ParseTrustedKey(TrustedKeyToml(*key), key->id + ".toml");
  Require(again.ok() && TrustedKeyToml(*again) == TrustedKeyToml(*key), "what is written reads back the same");
}
