#include "core/document_json.h"

#include <algorithm>

#include "core/world.h"

namespace amazon_sim {

std::string_view CalledHost(const Call& call) {
  const std::string* host = FindHeader(call.request.headers, "host");
  return host ? std::string_view(*host) : std::string_view();
}

boost::json::object DescribeDocument(Call& call, std::initializer_list<DocumentUse> uses) {
  const std::string& id = call.target.segments.back();
  Document* document = call.world.documents.Find(id);
  if (!document || document->account != &call.account ||
      std::find(uses.begin(), uses.end(), document->use) == uses.end()) {
    throw ApiError{404, "NotFound", "The requested resource was not found.", id};
  }
  const auto decoded = ReadEnumList(call.target.query, "enableContentEncodingUrlHeader", {"true", "false"});
  ++document->described;
  std::string_view encoding;
  if (document->gzip) encoding = !decoded.empty() && decoded[0] == "true" ? "gzip" : "identity";
  boost::json::object shown{
      {"url", call.world.documents.Address(*document, "GET", CalledHost(call), encoding, call.now)}};
  if (document->gzip) shown["compressionAlgorithm"] = "GZIP";
  return shown;
}

}  // namespace amazon_sim
