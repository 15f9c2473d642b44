// manifest.json of a bundle that somebody brings.
#include "host/plugin/manifest.h"

#include "host/net/request_rules.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(manifest) {
  const auto manifest = ParseManifest(input);
  if (!manifest.ok()) {
    Require(HasReason(manifest.status(), Reason::kBundleInvalid), "a refused manifest says BUNDLE_INVALID");
    return;
  }
  Require(manifest->contracts_size() > 0, "a manifest has a contract");
  for (const auto& origin : manifest->origins()) {
    const auto found = FindOrigin(*manifest, origin.name());
    Require(found.ok() && (*found)->url() == origin.url(), "an origin is found by its name, which is its own");
    if (!origin.presigned()) Require(BaseUrl(origin, {}).ok(), "a declared origin can be called: " + origin.url());
  }
  for (const auto& credential : manifest->credentials()) {
    for (const std::string& name : credential.origins()) {
      const auto origin = FindOrigin(*manifest, name);
      Require(origin.ok() && !(*origin)->presigned(),
              "a credential goes to declared origins only, and not to presigned ones");
    }
  }
  const auto filled = WithDefaults(*manifest, {});
  Require(WithDefaults(*manifest, filled) == filled, "defaults fill what is absent and nothing else");
  for (const FieldViolation& violation : CheckOptions(*manifest, filled)) {
    Require(violation.description == "is required", "a default passes its own check: " + violation.field);
  }
}
