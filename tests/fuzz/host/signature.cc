// A file of a bundle's folder `signatures`. The first line is its name.
#include "host/plugin/signature.h"

#include "host/base/errors.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(signature) {
  const auto [name, text] = SplitLine(input);
  const auto signature = ParseSignature({std::string(name), std::string(text)});
  if (!signature.ok()) {
    Require(HasReason(signature.status(), Reason::kSignatureUnreadable), "a refused one says SIGNATURE_UNREADABLE");
    return;
  }
  Require(text.starts_with(signature->signed_text), "what is verified are the bytes of the file");
  Require(name == signature->statement.key_id + ".sig", "the name is the key's");
}
