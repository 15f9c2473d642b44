#include "documents.h"

#include <boost/json.hpp>

#include "client.h"
#include "errors.h"
#include "json_fields.h"

namespace quayside::amazon {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Result;

constexpr size_t kMaxNameBytes = 128;

}  // namespace

Result<DocumentAddress> FindDocument(Caller& caller, const char* operation, std::string path) {
  QS_TRY(const pb::HttpReply answer, caller.Read(NewRequest(caller.settings(), operation, "GET", std::move(path))));
  if (answer.status() != 200) return ErrorFrom(answer, operation, caller.NowUs());
  json::monotonic_resource memory;
  const auto body = ParsePage(answer.body(), memory);
  if (!body) return Unreadable(answer, operation);
  JsonFields fields;
  DocumentAddress address;
  address.url = fields.NeedText(body->get_object(), "url");
  address.gzip = fields.GetText(body->get_object(), "compressionAlgorithm") == "GZIP";
  if (!fields.ok()) return Unreadable(answer, operation);
  return address;
}

Result<pb::FetchedDocument> Fetch(sdk::Step& step, const DocumentAddress& address, const std::string& name,
                                  const DocumentKind& kind) {
  pb::FetchDocument request;
  request.set_url(address.url);
  request.set_name(name);
  request.set_gzip(address.gzip);
  request.set_default_charset(kind.charset);
  request.set_max_bytes(kind.max_bytes);
  return step.Fetch(request);
}

bool IsExpired(const pb::FetchedDocument& fetched) {
  return fetched.http_status() == 403 || fetched.http_status() == 404 || fetched.http_status() == 410;
}

std::string DocumentName(std::string_view prefix, std::string_view id) {
  // Names hold letters, digits and ._-; EncodeSegment leaves % and ~ beside those.
  std::string name(prefix);
  for (const char c : EncodeSegment(id)) {
    if (c == '%') {
      name += "_x";
    } else if (c == '~') {
      name += "_x7E";
    } else if (c == '_') {
      name += "__";
    } else {
      name += c;
    }
  }
  return id.empty() || name.size() > kMaxNameBytes ? std::string() : name;
}

}  // namespace quayside::amazon
