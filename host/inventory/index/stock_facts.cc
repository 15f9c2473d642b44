#include "host/inventory/index/stock_facts.h"

#include <algorithm>
#include <utility>

#include "absl/container/inlined_vector.h"
#include "host/inventory/may_show.h"
#include "host/inventory/target_decision.h"

namespace quayside {
namespace {

constexpr TargetReason kReasons[] = {TargetReason::kNotListed, TargetReason::kChannelDisabled,
                                     TargetReason::kSyncOff,   TargetReason::kVanished,
                                     TargetReason::kIgnored,   TargetReason::kUnlinked,
                                     TargetReason::kNoLevel,   TargetReason::kMarketplaceFulfils};
// A channel's name where the note names one.
constexpr std::string_view kSomeChannel = "\n";

template <typename T>
std::optional<T> If(bool has, T value) {
  return has ? std::optional<T>(value) : std::nullopt;
}

}  // namespace

class StockFacts::View final : public TargetView {
 public:
  View(const StockFacts& facts, TargetNumber number) : facts_(facts), target_(facts.targets_[number]) {
    for (uint32_t at = target_.first_listing; at != kNoNumber; at = facts.listings_[at].next_of_target)
      listings_.push_back(at);
    number_ = number;
  }
  TargetFacts target() const override {
    return {.accepted = If(target_.has_accepted, target_.accepted),
            .accepted_stale = target_.accepted_stale,
            .latency = If<int32_t>(target_.latency != 0, target_.latency),
            .clear_latency = target_.clear_latency,
            .changed_us = target_.changed_us,
            .may_show = If(target_.has_may_show, target_.may_show)};
  }
  size_t candidates() const override { return listings_.size(); }
  const ChannelRecord& channel(size_t candidate) const override {
    return facts_.channels_[At(candidate).channel]->record;
  }
  ListingFacts listing(size_t candidate) const override {
    const Listing& at = At(candidate);
    return {.fulfilment = at.fulfilment,
            .ignored = at.ignored,
            .vanished = at.vanished,
            .item_id = at.item == kNoNumber ? 0 : facts_.items_[at.item].id,
            .units_per_listing = at.units,
            .quantity_seen = If(at.has_seen, at.seen),
            .max_listed_quantity = If(at.has_max_listed, at.max_listed),
            .listed_percentage_e4 = If(at.has_percentage, at.percentage_e4),
            .end_when_quantity = If(at.has_end_when, at.end_when)};
  }
  bool owned_before(size_t candidate) const override { return At(candidate).channel == target_.owner; }
  bool chosen(size_t candidate) const override { return At(candidate).channel == target_.chosen; }
  // Is its channel the one that the target's note names?
  bool is_witness(size_t candidate) const { return At(candidate).channel == target_.witness; }
  std::optional<int64_t> available(size_t candidate) const override { return facts_.Available(At(candidate)); }
  std::optional<int32_t> latency(size_t candidate) const override { return facts_.LatencyOf(At(candidate)); }
  bool orders_known(TimeUs up_to) const override {
    bool known = true;
    facts_.EachSeller(number_, [&](const Account& account) {
      known = !account.brings_orders || OrdersKnown(account.watermark_us, up_to);
      return known;
    });
    return known;
  }

 private:
  const Listing& At(size_t candidate) const { return facts_.listings_[listings_[candidate]]; }

  const StockFacts& facts_;
  const Target& target_;
  TargetNumber number_;
  absl::InlinedVector<uint32_t, 8> listings_;
};

StockFacts::StockFacts() : target_numbers_(0, KeyHash{&targets_}, KeyEqual{&targets_}) {
  for (const TargetReason reason : kReasons) {
    TargetVerdict verdict;
    verdict.reason = reason;
    reasons_.emplace(TargetNote(verdict, "", ""), reason);
  }
  for (const std::string_view note : {kNotSaidNote, kSkuNotKnownNote})
    reasons_.emplace(note, TargetReason::kFulfilmentUnknown);
}

bool StockFacts::Apply(const InventoryChange& change) {
  return std::visit([this](const auto& row) { return ApplyRow(row); }, change);
}

bool StockFacts::ApplyRow(const ChannelRecord& row) {
  Channel& channel = *channels_[InternChannel(row.id)];
  channel.account = InternAccount(row.account_id);
  ChannelRecord& record = channel.record;
  // The name has a say where it names a property of the items.
  const bool same_name = record.display_name == row.display_name && record.plugin_id == row.plugin_id;
  const bool same = record.account_id == row.account_id && record.enabled == row.enabled &&
                    record.config == row.config && (same_name || !row.config.product_based_latency);
  if (record.enabled != row.enabled) switched_accounts_.push_back(channel.account);
  new_sellers_ = new_sellers_ || (row.enabled && !record.enabled);
  record.account_id = row.account_id;
  record.enabled = row.enabled;
  record.config_revision = row.config_revision;
  record.updated_us = row.updated_us;
  record.display_name = row.display_name;
  record.plugin_id = row.plugin_id;
  channel.latency_names = LatencyNamesOf(row);
  if (same) return true;
  record.config = row.config;
  channel.chosen.clear();
  for (const std::string& id : row.config.chosen_locations()) channel.chosen.push_back(InternLocation(id));
  if (channel.listings > 0 && !std::exchange(channel.changed, true))
    changed_channels_.push_back(*channel_ids_.Find(row.id));
  return true;
}

bool StockFacts::ApplyRow(const LocationRecord& row) {
  const uint32_t number = InternLocation(row.id);
  if (fulfilment_centre_[number] == row.fulfilment_centre && inactive_[number] == row.inactive) return true;
  fulfilment_centre_[number] = row.fulfilment_centre;
  inactive_[number] = row.inactive;
  for (uint32_t channel = 0; channel < channels_.size(); ++channel) {
    if (channels_[channel]->listings > 0 && !std::exchange(channels_[channel]->changed, true))
      changed_channels_.push_back(channel);
  }
  return true;
}

bool StockFacts::ApplyRow(const ListingsVanished& row) {
  const std::optional<uint32_t> channel = channel_ids_.Find(row.channel_id);
  if (!channel.has_value()) return false;
  const AccountNumber account = channels_[*channel]->account;
  if (account == kNoNumber) return false;
  for (const std::string& sku : row.skus) {
    const std::optional<TargetNumber> target = FindTarget(account_ids_[account], sku);
    const uint32_t listing = target.has_value() ? FindListing(*target, *channel) : kNoNumber;
    if (listing == kNoNumber) return false;
    listings_[listing].vanished = true;
    Touch(*target);
    TouchItem(listings_[listing].item);
  }
  return true;
}

bool StockFacts::ApplyRow(const OrdersKnownTo& row) {
  const AccountNumber account = InternAccount(row.account_id);
  if (accounts_[account].watermark_us == row.watermark_us) return true;
  accounts_[account].watermark_us = row.watermark_us;
  Move(account);
  return true;
}

void StockFacts::SetBringsOrders(std::string_view account_id, bool brings) {
  const AccountNumber account = InternAccount(account_id);
  if (accounts_[account].brings_orders == brings) return;
  accounts_[account].brings_orders = brings;
  new_sellers_ = new_sellers_ || brings;
  Move(account);
}

void StockFacts::Put(const ListingStock& row) {
  const uint32_t channel = InternChannel(row.channel_id);
  const AccountNumber account = InternAccount(row.account_id);
  if (channels_[channel]->account == kNoNumber) channels_[channel]->account = account;
  const TargetNumber target = InternTarget(account, row.sku);
  uint32_t number = FindListing(target, channel);
  if (number == kNoNumber) number = AddListing(target, channel);
  Listing& listing = listings_[number];
  TouchItem(listing.item);
  const uint32_t item = row.item_id == 0 ? kNoNumber : InternItem(row.item_id);
  if (item != listing.item) {
    Unlink(number);
    Link(number, item);
    TouchItem(item);
  }
  listing.units = row.units_per_listing;
  listing.seen = row.quantity_seen.value_or(0);
  listing.max_listed = row.max_listed_quantity.value_or(0);
  listing.percentage_e4 = row.listed_percentage_e4.value_or(0);
  listing.end_when = row.end_when_quantity.value_or(0);
  listing.fulfilment = row.fulfilment;
  listing.ignored = row.ignored;
  listing.vanished = row.vanished;
  listing.has_seen = row.quantity_seen.has_value();
  listing.has_max_listed = row.max_listed_quantity.has_value();
  listing.has_percentage = row.listed_percentage_e4.has_value();
  listing.has_end_when = row.end_when_quantity.has_value();
  Touch(target);
}

void StockFacts::Put(const LevelRecord& row) {
  const uint32_t item = InternItem(row.item_id);
  const auto location = static_cast<uint16_t>(InternLocation(row.location_id));
  uint32_t number = items_[item].first_level;
  while (number != kNoNumber && levels_[number].location != location) number = levels_[number].next;
  if (number == kNoNumber) {
    number = levels_.Add({.next = items_[item].first_level, .location = location});
    items_[item].first_level = number;
  }
  Level& level = levels_[number];
  level.level = row.level.value_or(0);
  level.known = row.level.has_value();
  level.reserved = row.reserved;
  TouchItem(item);
}

void StockFacts::Put(const TargetRecord& row) {
  const TargetNumber number = InternTarget(InternAccount(row.account_id), row.sku);
  Target& target = targets_[number];
  target.changed_us = row.changed_us;
  target.owner = row.owner_channel_id.empty() ? kNoNumber : InternChannel(row.owner_channel_id);
  target.chosen = row.chosen_channel_id.empty() ? kNoNumber : InternChannel(row.chosen_channel_id);
  target.wanted = row.wanted.value_or(0);
  target.accepted = row.accepted.value_or(0);
  target.state = static_cast<uint8_t>(row.state);
  target.reason = TargetReason::kNothing;
  if (row.state == TargetState::kNone) ReadNote(row.note, target);
  target.stored = true;
  target.has_wanted = row.wanted.has_value();
  target.has_accepted = row.accepted.has_value();
  const std::optional<int32_t> besides = MayShowBesides(row);
  target.may_show = besides.value_or(0);
  target.has_may_show = besides.has_value();
  target.accepted_stale = row.accepted_stale;
  target.latency = static_cast<uint8_t>(row.latency.value_or(0));
  target.clear_latency = row.clear_latency;
  Touch(number);
}

void StockFacts::Put(const ItemProperties& row) {
  std::vector<Days> known;
  for (const auto& [name, value] : row.values) {
    const std::optional<int32_t> days = MayBeLatency(name) ? ParseLatency(value) : std::nullopt;
    if (days.has_value()) known.push_back({.name = property_names_.Intern(name), .days = *days});
  }
  const uint32_t item = InternItem(row.item_id);
  if (known.empty()) {
    if (item_days_.erase(item) == 0) return;
  } else {
    item_days_[item] = std::move(known);
  }
  TouchItem(item);
}

std::vector<TargetNumber> StockFacts::TakeTouched() {
  for (const TargetNumber target : touched_) targets_[target].touched = false;
  return std::exchange(touched_, {});
}

std::vector<uint32_t> StockFacts::TakeChangedChannels() {
  for (const uint32_t channel : changed_channels_) channels_[channel]->changed = false;
  return std::exchange(changed_channels_, {});
}

std::vector<AccountNumber> StockFacts::TakeMovedAccounts() {
  for (const AccountNumber account : moved_accounts_) accounts_[account].moved = false;
  return std::exchange(moved_accounts_, {});
}

std::optional<TargetNumber> StockFacts::FindTarget(std::string_view account_id, std::string_view sku) const {
  const std::optional<AccountNumber> account = FindAccount(account_id);
  const std::optional<uint32_t> name = skus_.Find(sku);
  if (!account.has_value() || !name.has_value()) return std::nullopt;
  const auto found = target_numbers_.find(TargetKey{*account, *name});
  return found == target_numbers_.end() ? std::nullopt : std::optional<TargetNumber>(*found);
}

std::optional<AccountNumber> StockFacts::FindAccount(std::string_view account_id) const {
  return account_ids_.Find(account_id);
}

bool StockFacts::Concerns(TargetNumber target, const std::vector<bool>& channels) const {
  for (uint32_t at = targets_[target].first_listing; at != kNoNumber; at = listings_[at].next_of_target) {
    if (channels[listings_[at].channel]) return true;
  }
  return false;
}

TargetVerdict StockFacts::Judge(TargetNumber target) const { return JudgeTarget(View(*this, target)); }

LastDecision StockFacts::Last(TargetNumber number, const TargetVerdict& now) const {
  const Target& target = targets_[number];
  LastDecision last{.stored = target.stored,
                    .state = static_cast<TargetState>(target.state),
                    .wanted = If(target.has_wanted, target.wanted),
                    .reason = target.reason};
  if (!now.owner.has_value()) return last;
  const View view(*this, number);
  last.same_owner = view.owned_before(*now.owner);
  if (now.witness.has_value() && !view.is_witness(*now.witness)) last.reason = TargetReason::kNothing;
  last.rules_changed = view.channel(*now.owner).updated_us > target.changed_us;
  return last;
}

std::optional<int32_t> StockFacts::Shown(TargetNumber number, const TargetVerdict& now) const {
  const Target& target = targets_[number];
  std::optional<int32_t> shown = If(target.has_accepted, target.accepted);
  if (!target.has_accepted && now.owner.has_value()) shown = View(*this, number).listing(*now.owner).quantity_seen;
  return HigherOf(shown, If(target.has_may_show, target.may_show));
}

std::string StockFacts::OwnerOf(TargetNumber number, const TargetVerdict& now) const {
  if (now.owner.has_value()) return View(*this, number).channel(*now.owner).id;
  const uint32_t owner = targets_[number].owner;
  return owner == kNoNumber ? "" : channels_[owner]->record.id;
}

std::optional<AccountNumber> StockFacts::FirstBehind(TargetNumber target) const {
  const TimeUs up_to = targets_[target].changed_us;
  std::optional<AccountNumber> behind;
  EachSeller(target, [&](const Account& account) {
    if (!account.brings_orders || OrdersKnown(account.watermark_us, up_to)) return true;
    behind = static_cast<AccountNumber>(&account - accounts_.data());
    return false;
  });
  return behind;
}

int64_t StockFacts::CountListings(std::string_view channel_id) const {
  const std::optional<uint32_t> channel = channel_ids_.Find(channel_id);
  return channel.has_value() ? channels_[*channel]->listings : 0;
}

AccountNumber StockFacts::InternAccount(std::string_view id) {
  const AccountNumber number = account_ids_.Intern(id);
  if (number == accounts_.size()) accounts_.emplace_back();
  return number;
}

uint32_t StockFacts::InternChannel(std::string_view id) {
  const uint32_t number = channel_ids_.Intern(id);
  if (number == channels_.size()) {
    channels_.push_back(std::make_unique<Channel>());
    channels_.back()->record.id = std::string(id);
  }
  return number;
}

uint32_t StockFacts::InternLocation(std::string_view id) {
  const uint32_t number = location_ids_.Intern(id);
  if (number == fulfilment_centre_.size()) {
    fulfilment_centre_.push_back(false);
    inactive_.push_back(false);
  }
  return number;
}

uint32_t StockFacts::InternItem(int64_t id) {
  const auto [found, is_new] = item_numbers_.try_emplace(id, items_.size());
  if (is_new) items_.Add({.id = id});
  return found->second;
}

TargetNumber StockFacts::InternTarget(AccountNumber account, std::string_view sku) {
  const TargetKey key{account, skus_.Intern(sku)};
  if (const auto found = target_numbers_.find(key); found != target_numbers_.end()) return *found;
  const TargetNumber number = targets_.Add({.sku = key.sku, .account = account});
  target_numbers_.insert(number);
  return number;
}

uint32_t StockFacts::FindListing(TargetNumber target, uint32_t channel) const {
  uint32_t at = targets_[target].first_listing;
  while (at != kNoNumber && listings_[at].channel != channel) at = listings_[at].next_of_target;
  return at;
}

uint32_t StockFacts::AddListing(TargetNumber target, uint32_t channel) {
  Listing added;
  added.target = target;
  added.channel = channel;
  const uint32_t number = listings_.Add(added);
  ++channels_[channel]->listings;
  uint32_t* place = &targets_[target].first_listing;
  while (*place != kNoNumber && channels_[listings_[*place].channel]->record.id < channels_[channel]->record.id)
    place = &listings_[*place].next_of_target;
  listings_[number].next_of_target = std::exchange(*place, number);
  return number;
}

void StockFacts::Link(uint32_t listing, uint32_t item) {
  listings_[listing].item = item;
  if (item == kNoNumber) return;
  listings_[listing].next_of_item = std::exchange(items_[item].first_listing, listing);
}

void StockFacts::Unlink(uint32_t listing) {
  const uint32_t item = std::exchange(listings_[listing].item, kNoNumber);
  if (item == kNoNumber) return;
  uint32_t* place = &items_[item].first_listing;
  while (*place != listing) place = &listings_[*place].next_of_item;
  *place = std::exchange(listings_[listing].next_of_item, kNoNumber);
}

void StockFacts::Touch(TargetNumber target) {
  if (targets_[target].touched) return;
  targets_[target].touched = true;
  touched_.push_back(target);
}

void StockFacts::TouchItem(uint32_t item) {
  if (item == kNoNumber) return;
  for (uint32_t at = items_[item].first_listing; at != kNoNumber; at = listings_[at].next_of_item)
    Touch(listings_[at].target);
}

void StockFacts::Move(AccountNumber account) {
  if (!std::exchange(accounts_[account].moved, true)) moved_accounts_.push_back(account);
}

std::optional<int64_t> StockFacts::Available(const Listing& listing) const {
  if (listing.item == kNoNumber) return std::nullopt;
  const std::vector<uint32_t>& chosen = channels_[listing.channel]->chosen;
  StockSum sum;
  for (uint32_t at = items_[listing.item].first_level; at != kNoNumber; at = levels_[at].next) {
    const Level& level = levels_[at];
    const bool is_chosen = std::find(chosen.begin(), chosen.end(), level.location) != chosen.end();
    const LocationPart part =
        PartOf(!chosen.empty(), is_chosen, fulfilment_centre_[level.location], inactive_[level.location]);
    if (part == LocationPart::kCounts) sum.Add(If(level.known, level.level), level.reserved);
  }
  return sum.available();
}

std::optional<int32_t> StockFacts::DaysOf(uint32_t item, std::string_view property) const {
  const auto found = item_days_.find(item);
  if (found == item_days_.end()) return std::nullopt;
  const std::optional<uint32_t> name = property_names_.Find(property);
  for (const Days& known : found->second) {
    if (name == known.name) return known.days;
  }
  return std::nullopt;
}

std::optional<int32_t> StockFacts::LatencyOf(const Listing& listing) const {
  const Channel& channel = *channels_[listing.channel];
  const ChannelConfig& config = channel.record.config;
  if (!config.product_based_latency || listing.item == kNoNumber) return EffectiveLatency(config, {}, {});
  std::optional<int32_t> of_channel = DaysOf(listing.item, channel.latency_names.plain);
  if (!of_channel.has_value()) of_channel = DaysOf(listing.item, channel.latency_names.bracketed);
  return EffectiveLatency(config, of_channel, DaysOf(listing.item, kDespatchTimeProperty));
}

template <typename Fn>
void StockFacts::EachSeller(TargetNumber target, Fn fn) const {
  for (uint32_t own = targets_[target].first_listing; own != kNoNumber; own = listings_[own].next_of_target) {
    const uint32_t item = listings_[own].item;
    if (item == kNoNumber) continue;
    for (uint32_t at = items_[item].first_listing; at != kNoNumber; at = listings_[at].next_of_item) {
      const Listing& listing = listings_[at];
      if (listing.vanished || !channels_[listing.channel]->record.enabled) continue;
      if (!fn(accounts_[targets_[listing.target].account])) return;
    }
  }
}

void StockFacts::ReadNote(std::string_view note, Target& target) {
  if (const auto found = reasons_.find(std::string(note)); found != reasons_.end()) {
    target.reason = found->second;
    return;
  }
  TargetVerdict witnessed;
  witnessed.reason = TargetReason::kWitness;
  const std::string words = TargetNote(witnessed, kSomeChannel, "");
  const size_t before = words.find(kSomeChannel);
  const std::string_view after = std::string_view(words).substr(before + kSomeChannel.size());
  if (note.size() < before + after.size() || !note.starts_with(words.substr(0, before)) || !note.ends_with(after))
    return;
  note.remove_prefix(before);
  note.remove_suffix(after.size());
  target.reason = TargetReason::kWitness;
  target.witness = InternChannel(note);
}

}  // namespace quayside
