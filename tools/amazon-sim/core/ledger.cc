#include "core/ledger.h"

namespace amazon_sim {

std::string_view Name(QuantityCause cause) {
  switch (cause) {
    case QuantityCause::kSetup:
      return "setup";
    case QuantityCause::kPatch:
      return "patch";
    case QuantityCause::kFeed:
      return "feed";
    case QuantityCause::kSale:
      return "sale";
    case QuantityCause::kCancel:
      return "cancel";
    case QuantityCause::kBehindOurBack:
      return "behind-our-back";
  }
  return "";
}

std::string_view Name(FbaCause cause) {
  switch (cause) {
    case FbaCause::kSetup:
      return "setup";
    case FbaCause::kArrival:
      return "arrival";
    case FbaCause::kSale:
      return "sale";
    case FbaCause::kOutbound:
      return "outbound";
    case FbaCause::kCancel:
      return "cancel";
    case FbaCause::kBehindOurBack:
      return "behind-our-back";
  }
  return "";
}

std::string_view Name(PostSaleEntry::Kind kind) {
  switch (kind) {
    case PostSaleEntry::Kind::kCancel:
      return "cancel";
    case PostSaleEntry::Kind::kRefund:
      return "refund";
    case PostSaleEntry::Kind::kRefundOfShipped:
      return "refund-of-shipped";
  }
  return "";
}

void Ledger::SetLimit(std::size_t entries) {
  limit_ = entries;
  quantity_changes_.SetLimit(entries);
  fba_changes_.SetLimit(entries);
  fba_violations_.SetLimit(entries);
  oversells_.SetLimit(entries);
  post_sale_.SetLimit(entries);
  leaks_.SetLimit(entries);
  traced_calls_.SetLimit(entries);
}

FeedContent& Ledger::Content(std::string_view digest) {
  const auto found = feed_contents_.find(digest);
  return found != feed_contents_.end() ? found->second : feed_contents_[std::string(digest)];
}

CallCounts& Ledger::Calls(std::string_view seller_id, std::string_view operation) {
  auto seller = calls_.find(seller_id);
  if (seller == calls_.end()) seller = calls_.try_emplace(std::string(seller_id)).first;
  auto counts = seller->second.find(operation);
  if (counts == seller->second.end()) counts = seller->second.try_emplace(std::string(operation)).first;
  return counts->second;
}

}  // namespace amazon_sim
