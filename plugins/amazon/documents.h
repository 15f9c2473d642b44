// Documents of reports and feeds: Amazon names an address that lives for five minutes, the host fetches what lies
// there.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "caller.h"

namespace quayside::amazon {

struct DocumentAddress {
  std::string url;  // to know it is to be allowed to read it: never logged
  bool gzip = false;
};

// Where a document lies now; `operation` is getReportDocument or getFeedDocument, `path` its path.
[[nodiscard]] sdk::Result<DocumentAddress> FindDocument(Caller& caller, const char* operation, std::string path);

struct DocumentKind {
  const char* charset = "";  // of text that declares none; empty = bytes are kept as they are
  int64_t max_bytes = 0;
};

[[nodiscard]] sdk::Result<plugin::v1::FetchedDocument> Fetch(sdk::Step& step, const DocumentAddress& address,
                                                             const std::string& name, const DocumentKind& kind);

// The address is not valid any more; a new one may be asked for.
[[nodiscard]] bool IsExpired(const plugin::v1::FetchedDocument& fetched);

// The host's name for a document: `prefix` and Amazon's id, made of what a name may hold. Empty when the id is too long
// to be one of Amazon's.
[[nodiscard]] std::string DocumentName(std::string_view prefix, std::string_view id);

}  // namespace quayside::amazon
