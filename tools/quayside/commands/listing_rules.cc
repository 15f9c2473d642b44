#include "tools/quayside/commands/listing_rules.h"

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "quayside/v1/listing_service.pb.h"
#include "tools/quayside/channel_config.h"
#include "tools/quayside/commands/common.h"
#include "tools/quayside/errors.h"
#include "tools/quayside/names.h"
#include "tools/quayside/times.h"

namespace quayside::cli {
namespace {

struct RuleOptions {
  std::string channel;
  std::string sku;
  std::optional<std::string> max;
  std::optional<std::string> percentage;
  std::optional<std::string> end;
  std::string ignored;
  std::string etag;
  bool yes = false;
  bool dry_run = false;
};

bool IsOff(const std::string& text) { return absl::AsciiStrToLower(text) == "off"; }

// Puts the rule into the request, "off" as unset; answers what is wrong with the text, "" when it was taken.
template <class Set>
std::string TakeNumber(const std::optional<std::string>& text, const char* path, v1::UpdateListingRequest& request,
                       Set set) {
  if (!text.has_value()) return "";
  request.mutable_update_mask()->add_paths(path);
  if (IsOff(*text)) return "";
  std::int32_t value = 0;
  if (!absl::SimpleAtoi(*text, &value)) return absl::StrCat("'", *text, "' is no whole number and not 'off'");
  set(value);
  return "";
}

absl::Status TakeRules(const RuleOptions& options, v1::UpdateListingRequest& request) {
  v1::Listing& listing = *request.mutable_listing();
  std::vector<std::string> mistakes = {TakeNumber(options.max, "max_listed_quantity", request,
                                                  [&](std::int32_t value) { listing.set_max_listed_quantity(value); }),
                                       TakeNumber(options.end, "end_when_quantity", request,
                                                  [&](std::int32_t value) { listing.set_end_when_quantity(value); })};
  if (options.percentage.has_value()) {
    request.mutable_update_mask()->add_paths("listed_percentage_e4");
    const auto value = ParsePercentageE4(*options.percentage);
    if (value.has_value()) listing.set_listed_percentage_e4(*value);
    if (!value.has_value() && !IsOff(*options.percentage)) {
      mistakes.push_back(
          absl::StrCat("'", *options.percentage, "' is no percentage with at most four decimals and not 'off'"));
    }
  }
  if (!options.ignored.empty()) {
    request.mutable_update_mask()->add_paths("ignored");
    listing.set_ignored(options.ignored == "on");
  }
  std::erase(mistakes, "");
  if (!mistakes.empty()) return UsageErrors("rules cannot be read", mistakes);
  if (request.update_mask().paths().empty())
    return UsageError("give --max, --percentage, --end or --ignored; 'off' takes a rule away");
  return absl::OkStatus();
}

absl::Status SetCommand(Context& context, const RuleOptions& options) {
  v1::UpdateListingRequest request;
  request.mutable_listing()->set_name(ListingName(options.channel, options.sku));
  request.mutable_listing()->set_etag(options.etag);
  QS_CLI_RETURN_IF_ERROR(TakeRules(options, request));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::UpdateListingResponse>(request));
  context.output.Document(response);
  const v1::Listing& listing = response.listing();
  const auto shown = [](bool has, const std::string& value) { return has ? value : std::string("the channel's"); };
  context.output.Line(absl::StrCat(
      Did(options.dry_run, "changed ", "change "), options.sku, " of ", ResourceName("channels", options.channel),
      ": max ", shown(listing.has_max_listed_quantity(), absl::StrCat(listing.max_listed_quantity())), ", percentage ",
      shown(listing.has_listed_percentage_e4(), FormatPercentageE4(listing.listed_percentage_e4())), ", end ",
      shown(listing.has_end_when_quantity(), absl::StrCat(listing.end_when_quantity())),
      listing.ignored() ? ", ignored" : ""));
  return absl::OkStatus();
}

absl::Status OwnCommand(Context& context, const RuleOptions& options) {
  v1::SetQuantityOwnerRequest request;
  request.set_name(ListingName(options.channel, options.sku));
  request.set_validate_only(options.dry_run);
  QS_CLI_ASSIGN_OR_RETURN(const auto response, context.host.Call<v1::SetQuantityOwnerResponse>(request));
  context.output.Document(response);
  context.output.Line(absl::StrCat(ResourceName("channels", options.channel), " ",
                                   Did(options.dry_run, "decides", "decide"), " how many of ", options.sku,
                                   " all channels of the account show"));
  return absl::OkStatus();
}

std::string EstimateInWords(const v1::ForceUpdateResponse& estimate) {
  if (!estimate.has_expected_duration()) return "how long that takes is not known";
  const absl::Duration length = absl::Seconds(estimate.expected_duration().seconds());
  return absl::StrCat("about ", FormatLength(length), estimate.by_document() ? ", in a document" : "",
                      ", as the marketplace's allowance is now");
}

absl::Status ClearLatencyCommand(Context& context, const RuleOptions& options) {
  v1::ClearLatencyRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  if (!options.sku.empty()) request.add_skus(options.sku);
  request.set_validate_only(options.dry_run);
  v1::ClearLatencyResponse all;
  // One call marks a part of the channel.
  for (bool more = true; more;) {
    QS_CLI_ASSIGN_OR_RETURN(const auto part, context.host.Call<v1::ClearLatencyResponse>(request, Pace::kSlow));
    all.set_listings(all.listings() + part.listings());
    context.output.Progress(absl::StrCat(all.listings(), " marked ..."));
    more = part.more();
  }
  context.output.Progress("");
  context.output.Document(all);
  context.output.Line(absl::StrCat(Did(options.dry_run, "clears ", "clear "), "the handling time of ",
                                   Count(all.listings(), "listing"), " of ", request.parent(),
                                   "; their quantities are sent again for it"));
  return absl::OkStatus();
}

absl::Status ForceCommand(Context& context, const RuleOptions& options) {
  v1::ForceUpdateRequest request;
  request.set_parent(ResourceName("channels", options.channel));
  request.set_validate_only(true);
  QS_CLI_ASSIGN_OR_RETURN(const auto estimate, context.host.Call<v1::ForceUpdateResponse>(request));
  const std::string words = absl::StrCat("all ", Count(estimate.listings(), "linked listing"), " of ", request.parent(),
                                         " again: ", EstimateInWords(estimate));
  if (options.dry_run) {
    context.output.Document(estimate);
    context.output.Line(absl::StrCat("would send ", words));
    return absl::OkStatus();
  }
  QS_CLI_RETURN_IF_ERROR(Confirm(context, absl::StrCat("Send ", words, ". Go on?"), options.yes));
  request.set_validate_only(false);
  v1::ForceUpdateResponse all;
  // One call marks a part of the channel.
  for (;;) {
    QS_CLI_ASSIGN_OR_RETURN(const auto part, context.host.Call<v1::ForceUpdateResponse>(request, Pace::kSlow));
    all.set_listings(all.listings() + part.listings());
    context.output.Progress(absl::StrCat(all.listings(), " marked ..."));
    if (part.next_page_token().empty()) break;
    request.set_page_token(part.next_page_token());
  }
  context.output.Progress("");
  context.output.Document(all);
  context.output.Line(absl::StrCat("sends ", Count(all.listings(), "quantity", "quantities"), " of ", request.parent(),
                                   " again: ", EstimateInWords(estimate)));
  context.output.Line(absl::StrCat("see how far it is: quayside sync budgets"));
  return absl::OkStatus();
}

}  // namespace

void AddListingRuleCommands(Command listings) {
  auto options = std::make_shared<RuleOptions>();
  const auto with_options = WithOptions(options);

  Command set = listings.Sub("set", "A listing's own rules, or whether it is ignored");
  set.Argument("CHANNEL", options->channel, "Channel");
  set.Argument("SKU", options->sku, "The channel's SKU");
  set.Option("--max", options->max, "N", "At most so many are shown; off: the channel's rule");
  set.Option("--percentage", options->percentage, "PERCENT", "Share of the available stock; off: the channel's rule");
  set.Option("--end", options->end, "N", "At or below so many none is shown; off: the channel's rule");
  set.Option("--ignored", options->ignored, "on|off", "Never send its quantity");
  set.OneOf({"on", "off"});
  set.Option("--etag", options->etag, "ETAG",
             "As listings show told it; refused when somebody changed the listing since");
  set.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  set.Example("  quayside listings set uk ANCHOR-1 --max 5 --percentage off");
  set.Run(with_options(SetCommand));

  Command own = listings.Sub("own", "Let this channel decide the SKU's number on all channels of its account");
  own.Argument("CHANNEL", options->channel, "Channel");
  own.Argument("SKU", options->sku, "The channel's SKU");
  own.Flag("--dry-run", options->dry_run, "Check everything, change nothing");
  own.Run(with_options(OwnCommand));

  Command clear = listings.Sub("clear-latency", "Have the marketplace forget the handling times it was told");
  clear.Argument("CHANNEL", options->channel, "Channel");
  clear.OptionalArgument("SKU", options->sku, "The channel's SKU; every listing that was sent one unless given");
  clear.Flag("--dry-run", options->dry_run, "Say how many, change nothing");
  clear.Run(with_options(ClearLatencyCommand));

  Command force = listings.Sub("force", "Send the quantities of all linked listings again");
  force.Argument("CHANNEL", options->channel, "Channel");
  force.Flag("--yes", options->yes, "Do not ask");
  force.Flag("--dry-run", options->dry_run, "Say how long it takes, change nothing");
  force.Run(with_options(ForceCommand));
}

}  // namespace quayside::cli
