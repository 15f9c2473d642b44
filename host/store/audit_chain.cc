#include "host/store/audit_chain.h"

#include <openssl/sha.h>

#include "host/base/text.h"

namespace quayside {
namespace {

// With its length before it: no two records have the same text.
void Add(std::string& text, std::string_view value) { text += Concat(value.size(), ":", value, "\n"); }

}  // namespace

std::string AuditHash(std::string_view before, const AuditRecord& record) {
  std::string text = "quayside audit 1\n";
  Add(text, before);
  Add(text, Concat(record.id));
  Add(text, Concat(record.time_us));
  for (const std::string* value : {&record.actor, &record.action, &record.resource, &record.outcome}) Add(text, *value);
  for (const auto& [key, value] : record.details) {
    Add(text, key);
    Add(text, value);
  }
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

}  // namespace quayside
