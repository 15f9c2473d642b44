#include "core/world.h"

#include "core/json_fields.h"

namespace amazon_sim {

namespace {

// Eleven digits, as Amazon's.
std::uint64_t FirstId(std::uint64_t seed, std::string_view purpose) {
  return 50'000'000'000 + Rng(seed, purpose).Below(900'000'000);
}

}  // namespace

World::World(std::uint64_t seed)
    : accounts(seed),
      faults(seed),
      page_tokens(seed),
      ids(seed, "ids"),
      choices(seed, "choices"),
      delays(seed, "delays"),
      outbound_choices(seed, "outbound"),
      documents(seed),
      reports([](World& world) -> JobBook& { return world.reports; }, FirstId(seed, "report ids")),
      feeds([](World& world) -> JobBook& { return world.feeds; }, FirstId(seed, "feed ids")),
      seed_(seed) {
  ApplyJobSettings();
}

void World::ApplyJobSettings() {
  reports.retention = report_settings.retention;
  feeds.retention = feed_settings.retention;
  feeds.one_at_a_time = feed_settings.one_at_a_time;
}

Account& World::AddAccount(Account account, const std::string& seller_id, const std::string& region) {
  for (const auto& book : books) {
    if (book->seller_id() == seller_id && book->region() == region) account.book = book.get();
  }
  if (!account.book) {
    books.push_back(std::make_unique<SellerBook>(seller_id, region, seed_, ledger));
    account.book = books.back().get();
    account.book->set_packages_show_after(packages_show_after_);
  }
  return accounts.Add(std::move(account));
}

void World::SetPackagesShowAfter(Micros delay) {
  packages_show_after_ = delay;
  for (const auto& book : books) book->set_packages_show_after(delay);
}

SellerBook& World::Book(std::string_view seller_id) { return *AccountOf(seller_id).book; }

Account& World::AccountOf(std::string_view seller_id) {
  if (Account* account = accounts.FindSeller(seller_id)) return *account;
  throw InputError(seller_id.empty() ? "there are no accounts" : "no seller " + std::string(seller_id));
}

void World::Schedule(Micros due, Event event) { events_.push({due, next_number_++, std::move(event)}); }

void World::RunEvents(Micros now) {
  while (!events_.empty() && events_.top().due <= now) {
    const Scheduled next = events_.top();
    events_.pop();
    next.event(*this, next.due);
  }
}

}  // namespace amazon_sim
