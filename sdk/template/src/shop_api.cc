#include "shop_api.h"

#include "quayside/request.h"

namespace example_shop {
namespace {

constexpr int64_t kSecondUs = 1'000'000;

pb::HttpRequest Request(const char* method, const std::string& path, const std::string& operation) {
  pb::HttpRequest request = sdk::MakeRequest(method, "shop", path, operation);
  // The host puts the key there; the plugin never sees it.
  sdk::AddCredential(request, "key", pb::CredentialUse::PLACE_HEADER, "x-api-key");
  return request;
}

}  // namespace

sdk::Result<boost::json::value> Get(const std::string& path, const std::string& operation, const Query& query,
                                    sdk::Step& step) {
  pb::HttpRequest request = Request("GET", path, operation);
  for (const auto& [name, value] : query) sdk::AddQuery(request, name, value);
  QS_TRY(const pb::HttpReply reply, step.Http(request));
  switch (reply.status()) {
    case 200: {
      boost::system::error_code error;
      boost::json::value json = boost::json::parse(reply.body(), error);
      if (error) return sdk::Error::RetryAt(0, "CHANNEL_UNAVAILABLE", "the shop's answer is no JSON");
      return json;
    }
    case 401:
    case 403:
      return sdk::Error::Auth("CREDENTIALS_REFUSED", "the shop does not accept the API key");
    case 429:
      return sdk::Error::RetryAt(step.NowUs() + 30 * kSecondUs, "THROTTLED", "the shop asks to wait");
    default:
      return sdk::Error::RetryAt(0, "CHANNEL_UNAVAILABLE",
                                 "the shop answers HTTP " + std::to_string(reply.status()));
  }
}

%any_write%sdk::Result<pb::HttpReply> Post(const std::string& path, const std::string& operation,
%any_write%                                const boost::json::object& body, sdk::Step& step) {
%any_write%  pb::HttpRequest request = Request("POST", path, operation);
%any_write%  pb::Header& type = *request.add_headers();
%any_write%  type.set_name("content-type");
%any_write%  type.set_value("application/json");
%any_write%  request.set_body(boost::json::serialize(body));
%any_write%  return step.Http(request);
%any_write%}
%any_write%
sdk::Result<bool> CheckCursor(bool has_cursor, const pb::Cursor& cursor) {
  if (has_cursor && cursor.schema() != kCursorSchema)
    return sdk::Error::Invalid("CURSOR_SCHEMA_UNKNOWN", "this version reads cursors of schema 1");
  return true;
}

}  // namespace example_shop
