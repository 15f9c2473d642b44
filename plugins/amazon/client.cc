#include "client.h"

namespace quayside::amazon {

plugin::v1::HttpRequest NewRequest(const Settings& settings, const char* operation, const char* method,
                                   std::string path) {
  plugin::v1::HttpRequest request;
  request.set_origin(settings.region);
  request.set_method(method);
  request.set_path(std::move(path));
  request.set_operation(operation);
  plugin::v1::Header* accept = request.add_headers();
  accept->set_name("accept");
  accept->set_value("application/json");
  plugin::v1::CredentialUse* token = request.add_credentials();
  token->set_name("lwa");
  token->set_place(plugin::v1::CredentialUse::PLACE_HEADER);
  token->set_key("x-amz-access-token");
  return request;
}

sdk::Result<plugin::v1::HttpReply> Read(sdk::Step& step, const plugin::v1::HttpRequest& request) {
  auto reply = step.Http(request);
  if (!reply.ok() && reply.error().status == QS_UNKNOWN) reply.error().status = QS_RETRY;
  return reply;
}

void SetJsonBody(plugin::v1::HttpRequest& request, const boost::json::object& body) {
  plugin::v1::Header* type = request.add_headers();
  type->set_name("content-type");
  type->set_value("application/json");
  request.set_body(boost::json::serialize(body));
}

void AddQuery(plugin::v1::HttpRequest& request, std::string name, std::string value) {
  plugin::v1::QueryParameter* parameter = request.add_query();
  parameter->set_name(std::move(name));
  parameter->set_value(std::move(value));
}

std::string Csv(const std::vector<std::string>& values) {
  std::string text;
  for (const std::string& value : values) {
    if (!text.empty()) text += ',';
    text += value;
  }
  return text;
}

std::string EncodeSegment(std::string_view text) {
  constexpr char kHex[] = "0123456789ABCDEF";
  std::string encoded;
  encoded.reserve(text.size());
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                       c == '.' || c == '_' || c == '~';
    if (plain) {
      encoded += c;
    } else {
      const auto byte = static_cast<unsigned char>(c);
      encoded += '%';
      encoded += kHex[byte >> 4];
      encoded += kHex[byte & 15];
    }
  }
  return encoded;
}

}  // namespace quayside::amazon
