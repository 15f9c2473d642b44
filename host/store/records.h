// The rows of the store as plain values. Times are UTC microseconds (0 = never), ids of orders, items, runs, intents
// and dead letters are made by the application (IdSource), ids of accounts, channels, locations and plugins are chosen
// by people.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "host/base/time.h"

namespace quayside {

// An installed plugin, with the version that works for it.
struct PluginRecord {
  std::string id;
  std::string version;
  std::string folder;  // of the installed bundle, below the plugin folder; of older hosts: its whole path
  std::string sha256;  // of plugin.so, hexadecimal
  std::string manifest_json;
  TimeUs installed_us = 0;
  bool unloaded = false;  // by an operator: it is not started
  // Where the reload that made the version active wished it to run, "in_process" or "isolated"; empty = as the keys and
  // the configuration say.
  std::string isolation = {};
};

// kPlaced: installed, never worked here.
enum class VersionStanding { kPlaced = 1, kGood = 2, kRolledBack = 3, kQuarantined = 4 };

// A version of a plugin in the plugin folder. Which one works is the PluginRecord's to say.
struct PluginVersionRecord {
  std::string plugin_id;
  std::string version;
  std::string folder;  // as PluginRecord's
  std::string sha256;
  std::string manifest_json;
  TimeUs placed_us = 0;
  TimeUs last_active_us = 0;  // when it last became the one that works; 0 = never
  VersionStanding standing = VersionStanding::kPlaced;
  std::string why;  // it was rolled back or quarantined
  TimeUs standing_us = 0;

  bool operator==(const PluginVersionRecord&) const = default;
};

// The host died inside this version.
struct StrikeRecord {
  std::string plugin_id;
  std::string version;
  TimeUs time_us = 0;
  std::string lane_id;  // whose step it was; may be empty
  std::string how;      // "SIGSEGV", ...

  bool operator==(const StrikeRecord&) const = default;
};

// Who did what to which resource, and what came of it. Never changed, never deleted by the host.
struct AuditRecord {
  int64_t id = 0;  // in the order of commits, without gaps
  TimeUs time_us = 0;
  // "local": whoever may open the socket; "host": the host by itself; "watched folder": whoever may write into it;
  // "tokens/ci", "certificates/dns:a.example", "nobody"
  std::string actor;
  std::string action;    // "plugin.reload", "ChannelService.UpdateChannel"
  std::string resource;  // "plugins/amazon"
  std::string outcome;   // "ok", or the reason it was refused
  std::map<std::string, std::string> details;
  std::string hash;  // of this record and of the one before (audit_chain.h); empty: older than the chain

  bool operator==(const AuditRecord&) const = default;
};

// Where the audit trail should begin and end, whatever rows there are.
struct AuditExtent {
  int64_t chained_after = 0;  // records up to this one are older than the chain and carry no hash
  int64_t last_id = 0;        // the last number given out; 0 = none yet
};

// A bearer token of the API. Never deleted, so that a name in the audit trail keeps its meaning.
struct TokenRecord {
  std::string id;
  std::string secret_sha256;  // of its 256 random bits: nothing that could be guessed, so that no slow hash is needed
  std::string display_name;
  std::vector<std::string> roles;     // "viewer", ...
  std::vector<std::string> channels;  // ids; empty: not limited to channels
  std::string created_by;             // the actor
  TimeUs created_us = 0;
  TimeUs expires_us = 0;  // 0 = never
  TimeUs revoked_us = 0;
  TimeUs last_used_us = 0;  // to the minute

  bool operator==(const TokenRecord&) const = default;
};

struct AccountRecord {
  std::string id;
  std::string plugin_id;
  std::string display_name;
  std::map<std::string, std::string> options;
  int64_t revision = 0;  // the etag
  TimeUs created_us = 0;
  TimeUs updated_us = 0;
};

// Options every channel has. Unset is not zero.
struct ChannelConfig {
  bool update_inventory = true;
  // Only the inventory_locations count; off: all but fulfilment centres.
  bool inventory_from_location = false;
  std::vector<std::string> inventory_locations;
  std::string order_download_location = "default";
  std::optional<int32_t> max_listed_quantity;
  std::optional<int32_t> listed_percentage_e4;  // 1/10,000 of a percent, 0..1,000,000
  int32_t end_when_quantity = 0;
  std::optional<int32_t> default_latency_days;
  bool product_based_latency = false;  // an item's own handling time comes before the default
  // More than this share of the listings going to zero at once waits for a person: 0 = every one, 100 = none.
  int32_t zero_brake_percent = 20;
  bool mark_as_despatched = true;  // what is despatched here is confirmed to the marketplace
  std::string undisclosed_email;   // shown for an address nobody knows; empty = the usual words
  // Added to the time an order came in where it is shown; quarter hours.
  int32_t utc_offset_minutes = 60;
  bool fba_enabled = false;       // the marketplace's warehouse holds stock and ships orders: a location of the channel
  bool convert_currency = false;  // values declared to that warehouse take the marketplace's currency, one to one
  bool fba_sync_inventory = false;             // that stock is read through this channel; one channel of a stock pool
  std::map<std::string, std::string> options;  // the plugin's, channel scope

  // The locations that are chosen; empty = all but fulfilment centres count.
  [[nodiscard]] const std::vector<std::string>& chosen_locations() const {
    static const std::vector<std::string> kNone;
    return inventory_from_location ? inventory_locations : kNone;
  }

  bool operator==(const ChannelConfig&) const = default;
};

// A configuration a channel had.
struct ChannelRevisionRecord {
  int64_t id = 0;
  std::string channel_id;
  int64_t config_revision = 0;
  ChannelConfig config;
  std::string changed_by;  // as AuditRecord::actor
  TimeUs changed_us = 0;
};

struct ChannelRecord {
  std::string id;
  std::string account_id;
  std::string plugin_id;  // its account's; read, never written with the channel
  std::string marketplace;
  std::string display_name;
  bool enabled = false;
  ChannelConfig config;
  int64_t config_revision = 1;
  int64_t revision = 0;  // the etag
  TimeUs created_us = 0;
  TimeUs updated_us = 0;
};

// kReconcile: quantities are compared with what the channel shows. kCompleteness: orders with another list of them.
enum class Job {
  kOrders = 1,
  kListings = 2,
  kInventory = 3,
  kDespatch = 4,
  kPostSale = 5,
  kCentreStock = 6,
  kOutbound = 7,
  kReconcile = 8,
  kCompleteness = 9
};

// kFirst: no quantity was ever sent for the channel; the first ones wait for a person. kBraked: too many would have
// gone to zero at once. kReleasing: a plan was approved or discarded, the rows are being let go; released_batch 0 =
// discarded. kOpen and kReleasing: no row is stopped.
enum class GateState { kFirst = 0, kOpen = 1, kBraked = 2, kReleasing = 3 };

// GateRecord::released_batch: everything behind the gate is judged anew, and the gate opens.
inline constexpr int64_t kNoBatchReleased = -1;

// What stands between a channel's decided quantities and the marketplace. A channel without a row is kFirst.
struct GateRecord {
  std::string channel_id;
  std::string account_id;
  GateState state = GateState::kFirst;
  std::string reason;  // why it is closed, in words
  TimeUs since_us = 0;
  // Counts the commits that stopped rows, so that a plan can name its rows: those stopped up to its batch.
  int64_t batch = 0;
  int64_t released_batch = 0;  // in kReleasing: approved up to here, later ones are judged anew
  // The present window of the brake (host/inventory/brake.h), and the listings taken to zero in it and in the one
  // before without a person's approval.
  TimeUs window_us = 0;
  int64_t zeros = 0;
  int64_t zeros_before = 0;
  // When a person let the channel's first quantities go; 0 = nobody did.
  TimeUs opened_us = 0;
  // When a quantity of the channel was last sent; 0 = never.
  TimeUs sent_us = 0;
};

// A plan that was shown to somebody. Its rows are the channel's kBraked targets up to `batch`, as far as they still
// are.
struct PlanRecord {
  std::string channel_id;
  std::string hash;
  int64_t batch = 0;
  int64_t rows = 0;
  int64_t zeros = 0;
  TimeUs made_us = 0;
};

struct CursorRecord {
  uint32_t schema = 0;
  std::string state;
  TimeUs watermark_us = 0;

  bool operator==(const CursorRecord&) const = default;
};

// The complete pass of a listings lane: the one under way, or the last one.
struct PassRecord {
  std::string id;
  TimeUs begun_us = 0;  // when its first page was asked for
  // The marketplace held what the pass says at this time: what was seen later is not gone because the pass lacks it.
  TimeUs as_of_us = 0;
  TimeUs completed_us = 0;
  TimeUs ended_us = 0;  // its last page came; without completed_us it does not prove what is gone
  int64_t done = 0;
  int64_t total = 0;   // 0 = not known
  TimeUs next_us = 0;  // the marketplace allows the next pass then; 0 = at any time
  // Complete, and what it did not see is being marked as vanished, up to this SKU so far; `then_us`: when the plugin
  // wants to be asked again afterwards, 0 = at the job's usual time.
  bool vanishing = false;
  std::string vanished_through;
  int64_t vanished = 0;
  TimeUs then_us = 0;

  bool operator==(const PassRecord&) const = default;
};

// Of an orders lane: where its live window began, and the reading of what came before it (host/sync/backfill.h).
struct BackfillRecord {
  // The live window began here; 0 = nobody knows any more. Before the first step: where it is to begin, 0 = some days
  // ago.
  TimeUs start_us = 0;
  TimeUs begun_us = 0;  // 0 = there was no backfill
  TimeUs done_us = 0;   // 0 = it is under way
  // Reads changes from `to_us` back to `from_us`; what is younger than `reached_us` is read.
  TimeUs from_us = 0;
  TimeUs to_us = 0;
  TimeUs reached_us = 0;
  CursorRecord cursor;  // within the piece under way, which ends at reached_us
  int64_t orders = 0;   // that it brought, new or changed
  // The live window is looked at again then. `next`: before that a page of history comes.
  TimeUs live_due_us = 0;
  bool next = false;
  // Counts what people set: a step that began before leaves all of this alone.
  int64_t edits = 0;

  bool operator==(const BackfillRecord&) const = default;
};

// What of a lane survives a restart. Which lanes exist follows from accounts, channels and contracts; a row appears
// with the first commit, pause or failure.
struct LaneRecord {
  std::string id;  // "{account}.{job}" or "{account}.{channel}.{job}"
  std::string account_id;
  std::string channel_id;  // empty: a lane of the whole account
  Job job = Job::kOrders;
  int64_t epoch = 0;
  CursorRecord cursor;
  bool paused = false;
  std::string pause_note;
  bool needs_operator = false;
  TimeUs next_run_us = 0;
  TimeUs last_success_us = 0;
  int32_t failures = 0;  // in a row
  std::string last_error;
  std::string last_error_reason;
  int64_t items_last_run = 0;
  int64_t items_total = 0;
  // Words for an operator while something is under way that takes long; empty = nothing is.
  std::string progress;
  PassRecord pass;
  // Somebody wants a complete pass that begins after this time; 0 = nobody. Set by people, ended by such a pass.
  TimeUs want_pass_us = 0;
  // Of an orders lane: the date of the oldest order its latest sync brought, and of the sync under way so far; 0 =
  // none.
  TimeUs oldest_order_us = 0;
  TimeUs oldest_order_so_far_us = 0;
  BackfillRecord backfill = {};
  // From one look for news to the next, as people want it; 0 = as is usual for the job.
  DurationUs interval_us = 0;
};

// Where a lane stands, and no more of it.
struct LanePlaceRecord {
  std::string id;
  std::string account_id;
  Job job = Job::kOrders;
  CursorRecord cursor;
};

enum class RunState { kQueued = 1, kRunning = 2, kSucceeded = 3, kFailed = 4, kCancelled = 5 };

struct RunRecord {
  int64_t id = 0;
  std::string lane_id;
  RunState state = RunState::kQueued;
  TimeUs started_us = 0;
  TimeUs ended_us = 0;
  int64_t steps = 0;
  int64_t items = 0;
  int64_t bad_records = 0;
  std::string error;
  std::string error_reason;
  std::string trace_id = {};  // of the trace it was begun in; empty: not known
};

enum class OrderState { kPending = 1, kOpen = 2, kPartlyDespatched = 3, kDespatched = 4, kCancelled = 5, kHeld = 6 };
enum class Fulfilment : uint8_t { kUnknown = 0, kMerchant = 1, kMarketplace = 2 };

// What a fulfilment centre has of an order's units that the merchant sold elsewhere. kAllocated: they are to be shipped
// there, and still count as reserved. kTaken: the centre has taken them off its own figure, so they count no more.
enum class CentreHold : uint8_t { kNone = 0, kAllocated = 1, kTaken = 2 };

struct OrderLineRecord {
  std::string external_id;
  std::string sku;
  int32_t quantity = 0;
  int32_t shipped = 0;
  int32_t cancelled = 0;
  int64_t item_id = 0;  // 0 = unlinked; fixed when linked
  int32_t units_per_listing = 1;
  int64_t reserved = 0;  // units of the item held now at the order's location
  // Units this line has already taken from the level because they were shipped by somebody else.
  int64_t taken = 0;

  bool operator==(const OrderLineRecord&) const = default;
};

struct OrderRecord {
  int64_t id = 0;
  std::string account_id;
  std::string channel_id;  // empty: its marketplace is no channel here
  std::string marketplace;
  std::string external_id;
  OrderState state = OrderState::kOpen;
  std::string raw_status;
  Fulfilment fulfilment = Fulfilment::kUnknown;
  std::string location_id;
  TimeUs created_us = 0;
  TimeUs updated_us = 0;  // at the marketplace
  TimeUs received_us = 0;
  TimeUs ship_by_us = 0;
  std::string service_level;
  std::string currency;
  int64_t total_units = 0;
  int32_t total_nanos = 0;
  int32_t unlinked_lines = 0;
  bool personal_erased = false;
  int64_t revision = 1;  // the etag
  // The order as the plugin gave it (quayside.plugin.v1.Order), encrypted.
  std::string document;
  // How it is to be sent (PostalMethodRecord), looked up once, when it came in. Empty: not looked up.
  std::string postal_method;
  // When its personal data is to be erased as far as is known, and looked at again before that is done
  // (host/orders/retention.h). 0 = not known: it is to be looked at.
  TimeUs erase_due_us = 0;
  CentreHold centre_hold = CentreHold::kNone;
};

struct UnlinkedLine {
  int64_t order_id = 0;
  OrderLineRecord line;
};

// A line of an order that holds units of an item.
struct ReservationRecord {
  int64_t order_id = 0;
  int64_t line = 0;         // its place in the order
  std::string external_id;  // of the order
  std::string sku;
  std::string location_id;
  int64_t units = 0;
};

struct ItemRecord {
  int64_t id = 0;
  std::string sku;
  std::string title;
  int64_t revision = 1;
};

// All properties of an item, by name.
struct ItemProperties {
  int64_t item_id = 0;
  std::map<std::string, std::string> values;
};

struct LocationRecord {
  std::string id;
  std::string display_name;
  bool fulfilment_centre = false;
  std::string owner_channel;  // whose fulfilment centre it is; empty = the merchant's own
  bool inactive = false;      // counts in no sum
  int64_t revision = 1;       // the etag

  bool operator==(const LocationRecord&) const = default;
};

struct LevelRecord {
  int64_t item_id = 0;
  std::string location_id;
  std::optional<int64_t> level;  // unset = never set, which is not 0
  int64_t reserved = 0;
  // When the level was last set outright (counted); relative changes leave it. Units shipped before were not in the
  // count.
  TimeUs counted_us = 0;
  TimeUs updated_us = 0;
};

struct ListingRecord {
  std::string channel_id;
  std::string account_id;
  std::string sku;
  std::string title;
  std::string product_id;
  std::string product_type;
  Fulfilment fulfilment = Fulfilment::kUnknown;
  std::vector<std::string> statuses;
  int64_t item_id = 0;  // 0 = unlinked
  int32_t units_per_listing = 1;
  bool ignored = false;
  std::optional<int32_t> quantity_seen;
  // When the marketplace is last known to have held what is said here; vanished: to have lacked the listing.
  TimeUs seen_us = 0;
  std::string pass_id;  // the last complete pass that saw it
  bool vanished = false;
  std::optional<int32_t> max_listed_quantity;
  std::optional<int32_t> listed_percentage_e4;
  std::optional<int32_t> end_when_quantity;

  bool operator==(const ListingRecord&) const = default;
};

// What of a listing has a say in its quantity.
struct ListingStock {
  std::string channel_id;
  std::string account_id;
  std::string sku;
  Fulfilment fulfilment = Fulfilment::kUnknown;
  int64_t item_id = 0;  // 0 = unlinked
  int32_t units_per_listing = 1;
  bool ignored = false;
  bool vanished = false;
  std::optional<int32_t> quantity_seen;
  std::optional<int32_t> max_listed_quantity;
  std::optional<int32_t> listed_percentage_e4;
  std::optional<int32_t> end_when_quantity;
};

// kNone: nothing may be sent. kChanged: something it depends on changed, the quantity is not decided yet. kDirty:
// decided, waits for its turn. kHeld: a raise waits for fresh orders. kInFlight: sent by item. kParked: refused for
// good. kInBulk: travels in a document, or waits for the end of one. kUnread: who fulfils it must be read from the
// marketplace first. kBraked: decided, waits for a person (GateRecord).
enum class TargetState {
  kNone = 0,
  kCurrent = 1,
  kDirty = 2,
  kHeld = 3,
  kInFlight = 4,
  kParked = 5,
  kChanged = 6,
  kInBulk = 7,
  kUnread = 8,
  kBraked = 9
};

// What of a target's number was let past the brake before, while it would do the same. Survives marks: a number that
// did not get through is neither counted nor stopped again.
enum class LetGo : uint8_t {
  kNo = 0,
  kCounted = 1,   // it takes the listing to zero, and its gate counted that or knows it for a sale
  kApproved = 2,  // a person applied its plan
};

// "Few" units: a listing that wants so few is about to be sold out, and its number goes before others.
inline constexpr int32_t kFewUnits = 5;

// One quantity at one account: (account, SKU).
struct TargetRecord {
  std::string account_id;
  std::string sku;
  std::string owner_channel_id;
  TargetState state = TargetState::kNone;
  std::optional<int32_t> wanted;
  std::optional<int32_t> accepted;
  TimeUs accepted_us = 0;
  // The marketplace changed its own figure since (it sold): send even when wanted == accepted.
  bool accepted_stale = false;
  // When what makes the target dirty happened. A raise waits until the orders are known up to here.
  TimeUs changed_us = 0;
  // Not before this time (backoff, or when HELD is looked at again).
  TimeUs due_us = 0;
  int32_t failures = 0;
  int64_t intent_id = 0;  // in flight
  std::string note;       // why HELD, PARKED, NONE
  // Counts every change that makes it dirty: an outcome settles the target only if nothing changed since the intent.
  int64_t version = 0;
  // What the channel showed as far as was known when `wanted` was decided; unset = nobody knows.
  std::optional<int32_t> shown;
  // The document (BulkRecord) that holds a number for it, from before the hand-over until it has ended; 0 = none. The
  // number may come into force at any moment of that.
  int64_t bulk_id = 0;
  std::optional<int32_t> bulk_quantity;
  // Sent by item while the document was open: nobody knows which of the two comes last. Also after the document has
  // ended, until that item has an outcome.
  bool passed_bulk = false;
  // Would take a listing to zero, and nobody has approved it: counts for the brake while kDirty or kBraked.
  bool zeroing = false;
  // In kBraked: the commit that stopped it (GateRecord::batch).
  int64_t braked_batch = 0;
  LetGo let_go = LetGo::kNo;
  // Days between order and shipment that the marketplace accepted last and keeps; unset = none did.
  std::optional<int32_t> latency;
  // A person asked that the marketplace forgets it, and it has not yet. Without effect while the rules give one.
  bool clear_latency = false;
  // When the first of the changes since the last decision was committed; 0 = there was none.
  TimeUs marked_us = 0;
  // Its open oversell window (inventory/oversell_window.h): since when the marketplace may show more than it may; 0 =
  // it does not. And, while a document holds a number for it, the first lowering that this number leaves out.
  TimeUs lowered_us = 0;
  TimeUs lowered_later_us = 0;
  // The highest number sent since the last acknowledgement of which nobody knows whether it came into force; unset =
  // there is none (inventory/may_show.h).
  std::optional<int32_t> may_show;
  // The channel that somebody set as owner: it decides whenever it takes part, whoever decided meanwhile; empty =
  // nobody was set.
  std::string chosen_channel_id;
};

// Oversell windows of a channel that were closed within one hour.
struct OversellHourRecord {
  std::string account_id;
  std::string channel_id;
  TimeUs begin_us = 0;
  std::string windows;  // LogHistogram::ToText (inventory/log_histogram.h)
};

// Windows of a channel that are open.
struct OpenOversell {
  std::string channel_id;
  int64_t count = 0;
  TimeUs oldest_us = 0;
};

enum class IntentState {
  kSent = 1,
  kAccepted = 2,
  kDone = 3,
  kRejected = 4,
  kRetried = 5,
  kUnknown = 6,
  kSuperseded = 7,
  kInBulk = 8  // in a document; its BulkRecord says how far that is
};

// What we are about to do to the outside world, written before we do it.
struct IntentRecord {
  int64_t id = 0;
  std::string account_id;
  Job job = Job::kInventory;
  std::string target;  // the SKU
  IntentState state = IntentState::kSent;
  int32_t quantity = 0;
  int64_t target_version = 0;
  std::string handle;
  std::string reference;
  std::string reason;
  std::string message;
  // Everything needed to explain the number (quayside.host.v1-free text: JSON of levels, reservations, rules,
  // revision).
  std::string explanation;
  TimeUs created_us = 0;
  TimeUs settled_us = 0;
  int64_t bulk_id = 0;  // the document it is in; 0 = sent by item
  // As handed to the plugin (serialized quayside.plugin.v1.QuantityIntent), for questions about it later.
  std::string request;
};

// What an outcome changes of an intent.
struct IntentOutcome {
  int64_t id = 0;
  IntentState state = IntentState::kDone;
  std::string handle;
  std::string reference;
  std::string reason;
  std::string message;
  TimeUs settled_us = 0;
};

// kGathering: its intents are being written, nothing was sent. kSending: complete, the plugin is being asked to hand it
// over. kUnknown: whether it was handed over is not known. kInWork: it was. kStuck: it was, takes too long, and its
// items go one by one; it may still come into force. kReleasing: it never will, its open intents go back. The rest is
// over: kDone: it has ended and every intent has its outcome. kWithdrawn: never in force.
enum class BulkState {
  kGathering = 1,
  kSending = 2,
  kUnknown = 3,
  kInWork = 4,
  kStuck = 5,
  kReleasing = 6,
  kDone = 7,
  kWithdrawn = 8
};

// Many quantities in one document. Its intents have its id.
struct BulkRecord {
  int64_t id = 0;
  std::string account_id;
  BulkState state = BulkState::kGathering;
  std::string handle;
  int64_t items = 0;
  TimeUs created_us = 0;
  TimeUs sent_us = 0;     // written before the hand-over; 0 = not reached
  TimeUs sent_by_us = 0;  // if the hand-over happened at all, it was over by then; 0 = the answer came
  TimeUs ended_us = 0;
  TimeUs next_poll_us = 0;
  std::string progress;  // the plugin's words, or what went wrong
  int64_t done = 0;      // outcomes so far
  int64_t rejected = 0;
  int64_t unknown = 0;
  // Read back from the marketplace afterwards, and how many of those showed another number.
  int64_t read_back = 0;
  int64_t mismatches = 0;
  int64_t freed_through = 0;  // in kStuck: targets of intents up to this one may go by item
};

// An intent of a document whose outcome is open.
struct BulkItem {
  int64_t intent_id = 0;
  std::string sku;
  int32_t quantity = 0;
  int64_t target_version = 0;
  std::string request;
};

// A quantity that is to be compared with what the marketplace shows.
struct ReadBackRecord {
  std::string account_id;
  std::string sku;
  std::string channel_id;  // whose marketplace is asked
  int64_t bulk_id = 0;     // counts there
  TimeUs due_us = 0;
};

// kRetrying: its lane asks the marketplace for the record again.
enum class DeadLetterState { kOpen = 1, kRetried = 2, kDiscarded = 3, kRetrying = 4 };

// What `raw` is: as the marketplace gave it, or a serialized message of quayside.plugin.v1.
enum class DeadLetterForm { kRaw = 0, kOrder = 1, kListing = 2, kDespatch = 3, kPostSale = 4 };

struct DeadLetterRecord {
  int64_t id = 0;
  std::string lane_id;
  std::string key;
  std::string reason;
  std::string raw;  // encrypted
  DeadLetterState state = DeadLetterState::kOpen;
  TimeUs created_us = 0;
  TimeUs last_seen_us = 0;
  int32_t times_seen = 1;
  DeadLetterForm form = DeadLetterForm::kRaw;
  bool edited = false;  // a person replaced the record
  std::string note;     // why it was discarded, what became of its retry
};

// A listing's own rules; unset = the channel's.
struct ListingRules {
  std::optional<int32_t> max_listed_quantity;
  std::optional<int32_t> listed_percentage_e4;
  std::optional<int32_t> end_when_quantity;

  bool operator==(const ListingRules&) const = default;
};

// kStaging: rows are coming in. kReady: all are here. kDiscarded: its rows are being deleted, another takes its place.
enum class RuleImportState { kStaging = 1, kReady = 2, kApplying = 3, kApplied = 4, kDiscarded = 5 };

// Rules of many listings of a channel; a channel has one import.
struct RuleImportRecord {
  std::string channel_id;
  int64_t id = 0;
  RuleImportState state = RuleImportState::kStaging;
  std::string columns;   // serialized quayside.v1.RuleColumns
  int64_t rows = 0;      // staged so far
  int64_t changes = 0;   // of them, that change a listing
  int64_t problems = 0;  // things that are wrong
  int64_t applied = 0;
  int64_t skipped = 0;          // were to be applied, and could not
  std::string applied_through;  // SKU
  std::string hash;             // of the changes so far
  std::string created_by;       // as AuditRecord::actor
  TimeUs created_us = 0;
  TimeUs updated_us = 0;
};

struct RuleRowRecord {
  int64_t import_id = 0;
  std::string sku;
  int64_t line = 0;
  ListingRules before;  // when it was staged
  ListingRules after;
};

struct RuleProblemRecord {
  int64_t import_id = 0;
  int64_t line = 0;
  std::string column;  // empty = the row
  std::string problem;
};

struct EventRecord {
  int64_t revision = 0;
  TimeUs time_us = 0;
  std::string type;
  std::string resource;
  std::map<std::string, std::string> attributes;
};

struct BudgetRecord {
  std::string account_id;
  std::string operation;
  double tokens = 0;
  double rate_per_second = 0;
  double burst = 0;
  TimeUs updated_us = 0;
  TimeUs blocked_until_us = 0;
  // How much of the allowance is taken beside another program (host/net/fair_share.h), when that was last worked out,
  // since when it is less than all (0 = it is all), and when the marketplace last refused a call for no fault of ours.
  double share = 1;
  TimeUs share_changed_us = 0;
  TimeUs shared_since_us = 0;
  TimeUs refused_us = 0;
};

// The stored answer of a mutation, for its repetition.
struct RequestRecord {
  std::string method;
  std::string request_id;
  std::string body_sha256;
  std::string response;  // serialized
  TimeUs created_us = 0;
};

struct WrappedKeyRecord {
  int64_t id = 0;
  std::string wrapped;  // data key, encrypted under the master key
  TimeUs created_us = 0;
};

}  // namespace quayside
