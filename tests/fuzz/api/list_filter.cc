// The filters of lists, as they come off the wire: the first byte says of which list, the rest is the filter.
#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "host/api/list_filters.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "tests/fuzz/api/unlinked_store.h"
#include "tests/fuzz/target.h"

namespace {

namespace api = quayside::v1;
using quayside::fuzz::Require;

constexpr std::array kSkus = {"A",   "A-1", "AB", "a", "%", "_", "A%", "\xc3\xa9", "\xc3\xaa", "\xf4\x8f\xbf\xbf",
                              "\x7f"};

quayside::ListingRecord ListingAt(size_t i) {
  return {.channel_id = "c",
          .account_id = "a",
          .sku = kSkus[i],
          .fulfilment = i % 2 == 0 ? quayside::Fulfilment::kMerchant : quayside::Fulfilment::kMarketplace,
          .item_id = i % 3 == 0 ? 1 : 0};
}

quayside::Store& Listings() {
  static const std::unique_ptr<quayside::Store> store =
      quayside::fuzz::MakeUnlinkedStore("filters", [](quayside::Tx& tx) -> absl::Status {
        for (size_t i = 0; i < kSkus.size(); ++i) QS_RETURN_IF_ERROR(tx.PutListing(ListingAt(i)));
        return absl::OkStatus();
      });
  return *store;
}

template <typename Parsed>
bool IsTaken(const absl::StatusOr<Parsed>& parsed) {
  if (parsed.ok()) return true;
  const auto violations = quayside::ViolationsOf(parsed.status());
  Require(HasReason(parsed.status(), quayside::Reason::kInvalidFilter) && !violations.empty(),
          "a filter that is refused is an invalid one, with its fields");
  for (const auto& violation : violations) Require(violation.field.starts_with("filter"), "fields are the filter's");
  return false;
}

void CheckOrders(const api::OrderFilter& filter) {
  const auto query = quayside::ParseOrderFilter(filter);
  if (!IsTaken(query)) return;
  Require(filter.channel().empty() ? query->channel_id.empty()
                                   : quayside::ChannelName(query->channel_id) == filter.channel(),
          "the channel is the one that was named");
  Require(filter.account().empty() ? query->account_id.empty()
                                   : quayside::AccountName(query->account_id) == filter.account(),
          "the account is the one that was named");
  Require(query->state.has_value() == (filter.state() != api::ORDER_STATE_UNSPECIFIED), "no state is every state");
  Require(query->external_id == filter.external_id(), "the marketplace's id is taken as it is");
}

void CheckLetters(const api::DeadLetterFilter& filter) {
  const auto query = quayside::ParseLetterFilter(filter);
  if (!IsTaken(query)) return;
  Require(filter.lane().empty() || quayside::LaneName(query->lane_id) == filter.lane(),
          "the lane is the one that was named");
  Require(filter.lane().empty() == query->lane_id.empty(), "no lane is every lane");
  Require(query->key == filter.key() && query->reason == filter.reason(), "key and reason are taken as they are");
  Require(query->state.has_value() == (filter.state() != api::DEAD_LETTER_STATE_UNSPECIFIED),
          "no state is every state");
}

bool Fits(const quayside::ListingRecord& listing, const api::ListingFilter& filter) {
  if (filter.only_linked() && listing.item_id == 0) return false;
  if (filter.only_unlinked() && listing.item_id != 0) return false;
  if (filter.fulfilment() == api::FULFILMENT_CHANNEL_MERCHANT && listing.fulfilment != quayside::Fulfilment::kMerchant)
    return false;
  if (filter.fulfilment() == api::FULFILMENT_CHANNEL_MARKETPLACE &&
      listing.fulfilment != quayside::Fulfilment::kMarketplace)
    return false;
  return listing.sku.starts_with(filter.sku_prefix());
}

void CheckListings(const api::ListingFilter& filter) {
  auto query = quayside::ParseListingFilter(filter);
  if (!IsTaken(query)) return;
  Require(!(filter.only_linked() && filter.only_unlinked()), "nothing is linked and not");
  query->channel_id = "c";
  std::vector<std::string> expected;
  for (size_t i = 0; i < kSkus.size(); ++i) {
    if (Fits(ListingAt(i), filter)) expected.emplace_back(kSkus[i]);
  }
  std::sort(expected.begin(), expected.end());
  std::vector<std::string> found;
  const absl::Status read = Listings().Read([&](quayside::ReadTx& tx) -> absl::Status {
    QS_ASSIGN_OR_RETURN(const std::vector<quayside::ListingRecord> records, tx.ListListings(*query));
    for (const auto& record : records) found.push_back(record.sku);
    return absl::OkStatus();
  });
  Require(read.ok() && found == expected, "those that fit are found, and no others");
}

template <typename Filter>
void Check(std::string_view bytes, void (*check)(const Filter&)) {
  Filter filter;
  if (filter.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) check(filter);
}

}  // namespace

QUAYSIDE_FUZZ_TARGET(list_filter) {
  if (input.empty()) return;
  const std::string_view filter = input.substr(1);
  switch (input[0]) {
    case 'o':
      return Check(filter, CheckOrders);
    case 'l':
      return Check(filter, CheckListings);
    default:
      return Check(filter, CheckLetters);
  }
}
