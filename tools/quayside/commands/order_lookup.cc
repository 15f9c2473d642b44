#include "tools/quayside/commands/order_lookup.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/text.h"

namespace quayside::cli {
namespace {

// The order that has this id at its channel.
absl::StatusOr<std::string> FindOrderByChannelId(Context& context, const std::string& external_id,
                                                 const absl::Status& not_found) {
  v1::ListOrdersRequest request;
  request.set_page_size(10);
  request.mutable_filter()->set_external_id(external_id);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::ListOrdersResponse>(request));
  if (response.orders().empty()) return not_found;
  if (response.orders_size() == 1) return response.orders(0).name();
  std::vector<std::string> names;
  for (const auto& order : response.orders()) names.push_back(absl::StrCat(order.name(), " of ", order.account()));
  return WithLines(WithAdvice(absl::FailedPreconditionError(absl::StrCat("several orders have the id ", external_id)),
                              "take one of them by its name"),
                   names);
}

// By its id, or by its SKU where only one line has it. `written`: the option as it was given, for the mistake.
absl::StatusOr<std::string> OrderLineNamed(const v1::Order& order, const std::string& name,
                                           const std::string& written) {
  std::vector<std::string> found;
  for (const auto& candidate : order.lines()) {
    if (candidate.external_id() == name) return name;
    if (candidate.sku() == name) found.push_back(candidate.external_id());
  }
  if (found.empty()) {
    return UsageError(absl::StrCat(written, ": the order has no line '", name, "'; 'quayside orders show ",
                                   ResourceId("orders", order.name()), "' lists them"));
  }
  if (found.size() > 1) {
    return UsageError(
        absl::StrCat(written, ": several lines have the SKU ", name, "; name one of ", absl::StrJoin(found, ", ")));
  }
  return found.front();
}

}  // namespace

absl::StatusOr<v1::GetOrderResponse> GetOrderByAnyId(Context& context, const std::string& id) {
  v1::GetOrderRequest request;
  request.set_name(ResourceName("orders", id));
  auto response = context.host.Call<v1::GetOrderResponse>(request);
  const bool unknown = absl::IsNotFound(response.status()) || absl::IsInvalidArgument(response.status());
  if (!unknown || absl::StartsWith(id, "orders/")) return response;
  QS_CLI_ASSIGN_OR_RETURN(*request.mutable_name(), FindOrderByChannelId(context, id, response.status()));
  return context.host.Call<v1::GetOrderResponse>(request);
}

absl::StatusOr<LineValue> ParseLineValue(const v1::Order& order, absl::string_view option, const std::string& text,
                                         absl::string_view form) {
  const std::string written = absl::StrCat(option, " ", text);
  const std::size_t equals = text.rfind('=');
  if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
    return UsageError(absl::StrCat(written, ": write ", form));
  QS_CLI_ASSIGN_OR_RETURN(std::string line, OrderLineNamed(order, text.substr(0, equals), written));
  return LineValue{std::move(line), text.substr(equals + 1)};
}

absl::StatusOr<LineUnits> ParseLineUnits(const v1::Order& order, absl::string_view option, const std::string& text) {
  constexpr absl::string_view kForm = "SKU=QUANTITY, the quantity 1 or more";
  QS_CLI_ASSIGN_OR_RETURN(const LineValue given, ParseLineValue(order, option, text, kForm));
  int units = 0;
  if (absl::SimpleAtoi(given.value, &units) && units >= 1) return LineUnits{given.line, units};
  return UsageError(absl::StrCat(option, " ", text, ": write ", kForm));
}

std::string SkuOfLine(const v1::Order& order, const std::string& line_id) {
  for (const auto& line : order.lines()) {
    if (line.external_id() == line_id) return line.sku();
  }
  return line_id;
}

std::string WhyText(const std::string& reason, const std::string& message) {
  if (reason.empty()) return CleanText(message);
  return CleanText(message.empty() ? reason : absl::StrCat(message, " [", reason, "]"));
}

}  // namespace quayside::cli
