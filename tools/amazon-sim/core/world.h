// Everything the simulator knows, apart from the time.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <string>
#include <string_view>
#include <vector>

#include "core/accounts.h"
#include "core/documents.h"
#include "core/faults.h"
#include "core/feed_settings.h"
#include "core/jobs.h"
#include "core/ledger.h"
#include "core/outbound_settings.h"
#include "core/page_token.h"
#include "core/rate_limits.h"
#include "core/report_settings.h"
#include "core/rng.h"
#include "core/seller_book.h"
#include "core/sim_clock.h"

namespace amazon_sim {

class World {
 public:
  using Event = std::function<void(World&, Micros due)>;

  explicit World(std::uint64_t seed);
  World(const World&) = delete;

  // A new account, with its seller's book (shared with other accounts of that seller and region).
  Account& AddAccount(Account account, const std::string& seller_id, const std::string& region);
  // The book of a seller; the first book for an empty id. Throws InputError when there is none.
  SellerBook& Book(std::string_view seller_id);
  // The account whose marketplaces a command for that seller may use. Throws InputError when there is none.
  Account& AccountOf(std::string_view seller_id);

  // Of every seller, those to come as well: how long after it was taken a package shows in its order.
  void SetPackagesShowAfter(Micros delay);
  Micros packages_show_after() const { return packages_show_after_; }

  // Tells the job books what report_settings and feed_settings say of them.
  void ApplyJobSettings();

  // Runs `event` once its time has come; at equal times in the order of scheduling.
  void Schedule(Micros due, Event event);
  // Runs everything due by `now`, each event at its own time, including what those events schedule.
  void RunEvents(Micros now);
  std::size_t scheduled() const { return events_.size(); }

  std::uint64_t seed() const { return seed_; }

  Ledger ledger;
  Accounts accounts;
  std::vector<std::unique_ptr<SellerBook>> books;
  FaultBook faults;
  RateLimits rate_limits;
  PageTokens page_tokens;
  Rng ids;               // request ids, submission ids
  Rng choices;           // which SKU, which marketplace
  Rng delays;            // how long reports and feeds take
  Rng outbound_choices;  // what the warehouse does, and how long it takes
  DocumentStore documents;
  JobBook reports;  // of class Report
  JobBook feeds;    // of class Feed
  ReportSettings report_settings;
  FeedSettings feed_settings;
  OutboundSettings outbound_settings;
  bool rate_limit_header = true;
  Micros date_skew = 0;  // how far the Date header is ahead of the simulated time

 private:
  struct Scheduled {
    Micros due;
    std::uint64_t number;
    Event event;
    bool operator<(const Scheduled& other) const {  // the queue's top is the greatest
      return due != other.due ? due > other.due : number > other.number;
    }
  };
  std::uint64_t seed_;
  Micros packages_show_after_ = 0;
  std::priority_queue<Scheduled> events_;
  std::uint64_t next_number_ = 0;
};

}  // namespace amazon_sim
