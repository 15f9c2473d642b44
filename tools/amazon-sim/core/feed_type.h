// The feed types there are. A new one is a file that makes a FeedType, and a line in feed_type.cc.
#pragma once

#include <boost/json/object.hpp>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/accounts.h"
#include "core/feed_settings.h"
#include "core/ledger.h"
#include "core/sim_clock.h"

namespace amazon_sim {

class World;

// What a feed is processed with, at `now`.
struct FeedContext {
  World& world;
  const Account& account;
  const std::vector<const Marketplace*>& marketplaces;
  const boost::json::object& options;
  const FeedSettings& settings;
  const std::string& feed_id;
  double share;  // of the messages, from the first on, that take effect before the feed breaks off; 1: all
  Micros now;
};

struct FeedOutcome {
  bool fatal = false;  // nothing could be made of it
  std::string report;  // the processing report; empty: none
  std::string report_type = "application/json; charset=UTF-8";
  std::int64_t messages = 0;
  std::int64_t accepted = 0;
  std::int64_t invalid = 0;
};

struct FeedType {
  std::string_view name;
  // Does what the document says. Null for a type Amazon no longer processes: it ends FATAL.
  FeedOutcome (*process)(const FeedContext&, const std::string& document);
};

std::span<const FeedType> AllFeedTypes();
const FeedType* FindFeedType(std::string_view name);

// json_listings_feed.cc
extern const FeedType kJsonListings;
// order_fulfillment_feed.cc
extern const FeedType kOrderFulfillment;
// order_acknowledgement_feed.cc
extern const FeedType kOrderAcknowledgement;
// payment_adjustment_feed.cc
extern const FeedType kPaymentAdjustment;

}  // namespace amazon_sim
