#include "core/call.h"

#include <algorithm>
#include <charconv>

#include "core/time_text.h"

namespace amazon_sim {
namespace {

std::string_view ErrorTypeOf(int status) {
  switch (status) {
    case 400:
      return "InvalidInputException";
    case 401:
    case 403:
      return "AccessDeniedException";
    case 404:
      return "ResourceNotFoundException";
    case 413:
      return "RequestTooLargeException";
    case 415:
      return "UnsupportedMediaTypeException";
    case 429:
      return "TooManyRequestsException";
    case 503:
      return "ServiceUnavailableException";
    default:
      return "InternalServerException";
  }
}

}  // namespace

void RefuseInput(std::string details) {
  throw ApiError{400, "InvalidInput", "Request has missing or invalid parameters and cannot be parsed.",
                 std::move(details)};
}

boost::json::object ReadBodyObject(const Request& request) {
  const std::string* type = FindHeader(request.headers, "content-type");
  if (!type || type->find("application/json") == std::string::npos) {
    throw ApiError{415, "UnsupportedMediaType", "The request's Content-Type is not application/json.", ""};
  }
  boost::system::error_code error;
  boost::json::value body = boost::json::parse(request.body, error);
  if (error || !body.is_object()) RefuseInput("The body is not a JSON object.");
  return std::move(body.get_object());
}

Response JsonAnswer(int status, const boost::json::value& body) {
  return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = boost::json::serialize(body)};
}

Response ErrorAnswer(const ApiError& error) {
  const boost::json::object shown{{"code", error.code}, {"message", error.message}, {"details", error.details}};
  Response response = JsonAnswer(error.status, boost::json::object{{"errors", boost::json::array{shown}}});
  response.headers.emplace_back("x-amzn-ErrorType", ErrorTypeOf(error.status));
  return response;
}

Response QuotaExceeded() {
  return ErrorAnswer({429, "QuotaExceeded", "You exceeded your quota for the requested resource.", ""});
}

Response HtmlAnswer(int status, std::string_view title) {
  const std::string text(title);
  return {.status = status,
          .headers = {{"Content-Type", "text/html"}},
          .body = "<html>\r\n<head><title>" + text + "</title></head>\r\n<body>\r\n<center><h1>" + text +
                  "</h1></center>\r\n<hr><center>Server</center>\r\n</body>\r\n</html>\r\n"};
}

ApiError AccessDenied(std::string details) {
  return {403, "Unauthorized", "Access to requested resource is denied.", std::move(details)};
}

const Marketplace* ReadMarketplace(const Account& account, const std::string& id) {
  const Marketplace* marketplace = FindMarketplace(id);
  if (!marketplace || marketplace->id != id) RefuseInput("'" + id + "' is not a marketplace id.");
  if (!account.SellsIn(marketplace)) throw AccessDenied("The seller does not sell in " + id + ".");
  return marketplace;
}

void RequireFba(const Call& call) {
  if (!call.account.fba) RefuseInput("Invalid input.");
}

std::vector<const Marketplace*> ReadMarketplaces(const Call& call) {
  std::vector<const Marketplace*> marketplaces;
  for (const std::string& id : call.target.query.List("marketplaceIds")) {
    marketplaces.push_back(ReadMarketplace(call.account, id));
  }
  return marketplaces;
}

std::optional<Micros> ReadTime(const Query& query, std::string_view name) {
  const std::string* text = query.Find(name);
  if (!text) return std::nullopt;
  const auto time = ParseIso8601(*text);
  if (!time) RefuseInput("'" + std::string(name) + "' is not an ISO 8601 date-time.");
  return time;
}

std::vector<std::string> ReadEnumList(const Query& query, std::string_view name,
                                      std::initializer_list<std::string_view> allowed) {
  std::vector<std::string> values = query.List(name);
  for (const std::string& value : values) {
    if (std::find(allowed.begin(), allowed.end(), value) == allowed.end()) {
      RefuseInput("'" + value + "' is not a value of '" + std::string(name) + "'.");
    }
  }
  return values;
}

std::optional<std::int64_t> ReadWhole(const Query& query, std::string_view name) {
  const std::string* text = query.Find(name);
  if (!text) return std::nullopt;
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (error != std::errc() || end != text->data() + text->size()) {
    RefuseInput("'" + std::string(name) + "' is not a whole number.");
  }
  return value;
}

std::string MakeUuid(Rng& rng) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  std::string uuid;
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) uuid += '-';
    uuid += kHex[rng.Below(16)];
  }
  return uuid;
}

std::string MoneyText(std::int64_t minor, const Marketplace& marketplace) {
  std::string amount = std::to_string(minor < 0 ? -minor : minor);
  const auto decimals = static_cast<std::size_t>(marketplace.decimals);
  if (decimals > 0) {
    if (amount.size() <= decimals) amount.insert(0, decimals + 1 - amount.size(), '0');
    amount.insert(amount.size() - decimals, ".");
  }
  if (minor < 0) amount.insert(0, "-");
  return amount;
}

boost::json::object MoneyJson(std::int64_t minor, const Marketplace& marketplace) {
  return {{"amount", MoneyText(minor, marketplace)}, {"currencyCode", marketplace.currency}};
}

}  // namespace amazon_sim
