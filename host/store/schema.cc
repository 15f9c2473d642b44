#include "host/store/schema.h"

#include <array>
#include <string>

#include "absl/strings/str_cat.h"
#include "host/base/errors.h"
#include "host/base/failpoint.h"

namespace quayside {
namespace {

// There are no foreign keys: rows refer by id across areas that are written in any order, deletes are explicit in one
// place each (accounts_sql.cc, channels_sql.cc), and a lookup per parent would cost the order import a quarter of its
// speed. Every index names the query of store.h it serves.
constexpr char kFirstSchema[] = R"sql(
CREATE TABLE plugins (
  id TEXT NOT NULL PRIMARY KEY, version TEXT NOT NULL, folder TEXT NOT NULL, sha256 TEXT NOT NULL,
  manifest_json TEXT NOT NULL, installed_us INTEGER NOT NULL) STRICT;

CREATE TABLE accounts (
  id TEXT NOT NULL PRIMARY KEY, plugin_id TEXT NOT NULL, display_name TEXT NOT NULL, options TEXT NOT NULL,
  revision INTEGER NOT NULL, created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL) STRICT;

CREATE TABLE secrets (
  account_id TEXT NOT NULL, name TEXT NOT NULL, encrypted BLOB NOT NULL,
  PRIMARY KEY (account_id, name)) STRICT, WITHOUT ROWID;

CREATE TABLE channels (
  id TEXT NOT NULL PRIMARY KEY, account_id TEXT NOT NULL, marketplace TEXT NOT NULL, display_name TEXT NOT NULL,
  enabled INTEGER NOT NULL, config TEXT NOT NULL, config_revision INTEGER NOT NULL, revision INTEGER NOT NULL,
  created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX channels_by_marketplace ON channels (account_id, marketplace);  -- FindChannel
CREATE INDEX channels_by_account ON channels (account_id, id);                      -- ListChannels of an account

-- Every configuration a channel had; outlives the channel.
CREATE TABLE channel_history (
  id INTEGER PRIMARY KEY, channel_id TEXT NOT NULL, config_revision INTEGER NOT NULL, config TEXT NOT NULL,
  changed_by TEXT NOT NULL, changed_us INTEGER NOT NULL) STRICT;
CREATE INDEX channel_history_by_channel ON channel_history (channel_id);

CREATE TABLE lanes (
  id TEXT NOT NULL PRIMARY KEY, account_id TEXT NOT NULL, channel_id TEXT NOT NULL, job INTEGER NOT NULL,
  epoch INTEGER NOT NULL, cursor_schema INTEGER NOT NULL, cursor_state BLOB NOT NULL, cursor_watermark_us INTEGER NOT NULL,
  paused INTEGER NOT NULL, pause_note TEXT NOT NULL, needs_operator INTEGER NOT NULL, next_run_us INTEGER NOT NULL,
  last_success_us INTEGER NOT NULL, failures INTEGER NOT NULL, last_error TEXT NOT NULL, last_error_reason TEXT NOT NULL,
  items_last_run INTEGER NOT NULL, items_total INTEGER NOT NULL, progress TEXT NOT NULL, pass TEXT NOT NULL,
  want_pass_us INTEGER NOT NULL) STRICT;
CREATE INDEX lanes_by_account ON lanes (account_id, id);  -- ListLanes of an account
CREATE INDEX lanes_by_channel ON lanes (channel_id, id);  -- ListLanes of a channel

CREATE TABLE runs (
  id INTEGER PRIMARY KEY, lane_id TEXT NOT NULL, state INTEGER NOT NULL, started_us INTEGER NOT NULL,
  ended_us INTEGER NOT NULL, steps INTEGER NOT NULL, items INTEGER NOT NULL, bad_records INTEGER NOT NULL,
  error TEXT NOT NULL, error_reason TEXT NOT NULL) STRICT;
CREATE INDEX runs_by_lane ON runs (lane_id);  -- ListRuns, TrimRuns (an index ends with the row's id)
CREATE INDEX runs_open ON runs (id) WHERE ended_us = 0;               -- ListOpenRuns
CREATE INDEX runs_open_by_lane ON runs (lane_id) WHERE ended_us = 0;  -- of a lane

CREATE TABLE orders (
  id INTEGER PRIMARY KEY, account_id TEXT NOT NULL, channel_id TEXT NOT NULL, marketplace TEXT NOT NULL,
  external_id TEXT NOT NULL, state INTEGER NOT NULL, raw_status TEXT NOT NULL, fulfilment INTEGER NOT NULL,
  location_id TEXT NOT NULL, created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL, received_us INTEGER NOT NULL,
  ship_by_us INTEGER NOT NULL, service_level TEXT NOT NULL, currency TEXT NOT NULL, total_units INTEGER NOT NULL,
  total_nanos INTEGER NOT NULL, unlinked_lines INTEGER NOT NULL, personal_erased INTEGER NOT NULL,
  revision INTEGER NOT NULL, document BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX orders_by_external_id ON orders (external_id, account_id);  -- FindOrder, ListOrders of an external id
-- ListOrders, newest first: by account, channel, state and their combinations.
CREATE INDEX orders_by_account ON orders (account_id);
CREATE INDEX orders_by_channel ON orders (channel_id);
CREATE INDEX orders_by_state ON orders (state);
CREATE INDEX orders_by_account_state ON orders (account_id, state);
CREATE INDEX orders_by_channel_state ON orders (channel_id, state);
CREATE INDEX orders_unlinked ON orders (id) WHERE unlinked_lines > 0;
CREATE INDEX orders_unlinked_by_account ON orders (account_id) WHERE unlinked_lines > 0;
CREATE INDEX orders_unlinked_by_channel ON orders (channel_id) WHERE unlinked_lines > 0;

CREATE TABLE order_lines (
  order_id INTEGER NOT NULL, line INTEGER NOT NULL, external_id TEXT NOT NULL, sku TEXT NOT NULL, quantity INTEGER NOT NULL,
  shipped INTEGER NOT NULL, cancelled INTEGER NOT NULL, item_id INTEGER NOT NULL, units_per_listing INTEGER NOT NULL,
  reserved INTEGER NOT NULL, taken INTEGER NOT NULL,
  PRIMARY KEY (order_id, line)) STRICT, WITHOUT ROWID;
CREATE INDEX order_lines_unlinked ON order_lines (sku) WHERE item_id = 0;  -- ListUnlinkedLines

CREATE TABLE items (
  id INTEGER PRIMARY KEY, sku TEXT NOT NULL, title TEXT NOT NULL, revision INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX items_by_sku ON items (sku);  -- FindItemBySku, ListItems

CREATE TABLE locations (
  id TEXT NOT NULL PRIMARY KEY, display_name TEXT NOT NULL, fulfilment_centre INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO locations VALUES ('default', 'Default', 0);

CREATE TABLE levels (
  item_id INTEGER NOT NULL, location_id TEXT NOT NULL, level INTEGER, reserved INTEGER NOT NULL,
  counted_us INTEGER NOT NULL, updated_us INTEGER NOT NULL,
  PRIMARY KEY (item_id, location_id)) STRICT, WITHOUT ROWID;

CREATE TABLE listings (
  channel_id TEXT NOT NULL, sku TEXT NOT NULL, account_id TEXT NOT NULL, title TEXT NOT NULL, product_id TEXT NOT NULL,
  product_type TEXT NOT NULL, fulfilment INTEGER NOT NULL, statuses TEXT NOT NULL, item_id INTEGER NOT NULL,
  units_per_listing INTEGER NOT NULL, ignored INTEGER NOT NULL, quantity_seen INTEGER, seen_us INTEGER NOT NULL,
  pass_id TEXT NOT NULL, vanished INTEGER NOT NULL, max_listed_quantity INTEGER, listed_percentage_e4 INTEGER,
  end_when_quantity INTEGER,
  PRIMARY KEY (channel_id, sku)) STRICT, WITHOUT ROWID;
CREATE INDEX listings_by_item ON listings (item_id) WHERE item_id <> 0;                  -- ListListingsOfItem
CREATE INDEX listings_by_sku ON listings (account_id, sku, channel_id);                  -- ListListingsOfSku
CREATE INDEX listings_linked ON listings (channel_id, sku) WHERE item_id <> 0;           -- ListListings, linked
CREATE INDEX listings_unlinked ON listings (channel_id, sku) WHERE item_id = 0;          -- ListListings, not linked
CREATE INDEX listings_by_fulfilment ON listings (channel_id, fulfilment, sku);           -- ListListings of a fulfilment

-- CountListings without counting a million rows.
CREATE TABLE listing_totals (
  channel_id TEXT NOT NULL PRIMARY KEY, total INTEGER NOT NULL, linked INTEGER NOT NULL) STRICT, WITHOUT ROWID;

-- urgency: 0 = wants 0, 1 = wants few (kFewUnits), 2 = wants more, 3 = wanted is not known.
CREATE TABLE targets (
  account_id TEXT NOT NULL, sku TEXT NOT NULL, owner_channel_id TEXT NOT NULL, state INTEGER NOT NULL, wanted INTEGER,
  accepted INTEGER, accepted_us INTEGER NOT NULL, accepted_stale INTEGER NOT NULL, changed_us INTEGER NOT NULL,
  due_us INTEGER NOT NULL, failures INTEGER NOT NULL, intent_id INTEGER NOT NULL, note TEXT NOT NULL,
  version INTEGER NOT NULL, shown INTEGER, bulk_id INTEGER NOT NULL, bulk_quantity INTEGER,
  passed_bulk INTEGER NOT NULL, zeroing INTEGER NOT NULL, braked_batch INTEGER NOT NULL, urgency INTEGER NOT NULL,
  PRIMARY KEY (account_id, sku)) STRICT, WITHOUT ROWID;
-- state: 2 = dirty, 3 = held, 6 = changed, 8 = unread, 9 = braked.
CREATE INDEX targets_dirty_by_urgency ON targets (account_id, urgency, changed_us, due_us) WHERE state = 2;  -- ListDueTargets
CREATE INDEX targets_dirty_by_due ON targets (account_id, due_us) WHERE state = 2;                -- and NextTargetTime
CREATE INDEX targets_dirty_by_owner ON targets (owner_channel_id) WHERE state = 2;                -- BrakeDirtyTargets
CREATE INDEX targets_held_by_change ON targets (account_id, changed_us, due_us) WHERE state = 3;  -- ListUndecidedTargets
CREATE INDEX targets_held_by_due ON targets (account_id, due_us) WHERE state = 3;                 -- and NextTargetTime
CREATE INDEX targets_held ON targets (due_us) WHERE state = 3;                                    -- WakeHeldTargets
CREATE INDEX targets_changed ON targets (account_id, changed_us) WHERE state = 6;                 -- ListUndecidedTargets
CREATE INDEX targets_unread ON targets (account_id, changed_us) WHERE state = 8;                  -- ListUnreadTargets
CREATE INDEX targets_braked ON targets (owner_channel_id, sku) WHERE state = 9;                   -- ListBraked, ReleaseBraked
CREATE INDEX targets_zeroing ON targets (owner_channel_id) WHERE zeroing = 1;                     -- CountZeroing

-- Why a channel's quantities wait for a person, and the plans that were shown to one.
CREATE TABLE gates (
  channel_id TEXT NOT NULL PRIMARY KEY, account_id TEXT NOT NULL, state INTEGER NOT NULL, reason TEXT NOT NULL,
  since_us INTEGER NOT NULL, batch INTEGER NOT NULL, released_batch INTEGER NOT NULL, window_us INTEGER NOT NULL,
  zeros INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE plans (
  channel_id TEXT NOT NULL, hash TEXT NOT NULL, batch INTEGER NOT NULL, rows INTEGER NOT NULL, zeros INTEGER NOT NULL,
  made_us INTEGER NOT NULL, PRIMARY KEY (channel_id, hash)) STRICT, WITHOUT ROWID;

CREATE TABLE intents (
  id INTEGER PRIMARY KEY, account_id TEXT NOT NULL, job INTEGER NOT NULL, target TEXT NOT NULL, state INTEGER NOT NULL,
  quantity INTEGER NOT NULL, target_version INTEGER NOT NULL, handle TEXT NOT NULL, reference TEXT NOT NULL,
  reason TEXT NOT NULL, message TEXT NOT NULL, explanation TEXT NOT NULL, created_us INTEGER NOT NULL,
  settled_us INTEGER NOT NULL, bulk_id INTEGER NOT NULL, request BLOB NOT NULL) STRICT;
CREATE INDEX intents_by_state ON intents (account_id, state);             -- ListIntents
CREATE INDEX intents_in_bulk ON intents (bulk_id) WHERE state = 8;        -- ListBulkItems, FreeBulkTargets
CREATE INDEX intents_accepted ON intents (account_id) WHERE state = 2;    -- AccountsWithOpenWork

-- Quantities handed over in one document. state below 7: open.
CREATE TABLE bulks (
  id INTEGER PRIMARY KEY, account_id TEXT NOT NULL, state INTEGER NOT NULL, handle TEXT NOT NULL, items INTEGER NOT NULL,
  created_us INTEGER NOT NULL, sent_us INTEGER NOT NULL, sent_by_us INTEGER NOT NULL, ended_us INTEGER NOT NULL,
  next_poll_us INTEGER NOT NULL, progress TEXT NOT NULL, done INTEGER NOT NULL, rejected INTEGER NOT NULL,
  unknown INTEGER NOT NULL, read_back INTEGER NOT NULL, mismatches INTEGER NOT NULL, freed_through INTEGER NOT NULL) STRICT;
CREATE INDEX bulks_by_account ON bulks (account_id);                      -- ListBulks, TrimBulks
CREATE INDEX bulks_open ON bulks (account_id) WHERE state < 7;            -- ListOpenBulks, AccountsWithOpenWork

CREATE TABLE read_backs (
  account_id TEXT NOT NULL, sku TEXT NOT NULL, channel_id TEXT NOT NULL, bulk_id INTEGER NOT NULL,
  due_us INTEGER NOT NULL, PRIMARY KEY (account_id, sku)) STRICT, WITHOUT ROWID;
CREATE INDEX read_backs_by_due ON read_backs (account_id, due_us);        -- ListDueReadBacks, NextReadBack

CREATE TABLE dead_letters (
  id INTEGER PRIMARY KEY, lane_id TEXT NOT NULL, key TEXT NOT NULL, reason TEXT NOT NULL, raw BLOB NOT NULL,
  state INTEGER NOT NULL, created_us INTEGER NOT NULL, last_seen_us INTEGER NOT NULL, times_seen INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX dead_letters_open ON dead_letters (lane_id, key) WHERE state = 1;  -- PutDeadLetter
CREATE INDEX dead_letters_by_lane ON dead_letters (lane_id);                           -- ListDeadLetters
CREATE INDEX dead_letters_by_lane_state ON dead_letters (lane_id, state);              -- and CountDeadLetters
CREATE INDEX dead_letters_by_state ON dead_letters (state);

CREATE TABLE events (
  revision INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, type TEXT NOT NULL, resource TEXT NOT NULL,
  attributes TEXT NOT NULL) STRICT;

-- event_revision: the last one given out; it stays when events are compacted. budgets_exact: 0 or 1, BudgetsAreExact.
CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO counters VALUES ('event_revision', 0), ('budgets_exact', 1);

CREATE TABLE budgets (
  account_id TEXT NOT NULL, operation TEXT NOT NULL, tokens REAL NOT NULL, rate_per_second REAL NOT NULL,
  burst REAL NOT NULL, updated_us INTEGER NOT NULL, blocked_until_us INTEGER NOT NULL, share REAL NOT NULL,
  share_changed_us INTEGER NOT NULL, shared_since_us INTEGER NOT NULL, refused_us INTEGER NOT NULL,
  PRIMARY KEY (account_id, operation)) STRICT, WITHOUT ROWID;

CREATE TABLE requests (
  method TEXT NOT NULL, request_id TEXT NOT NULL, body_sha256 BLOB NOT NULL, response BLOB NOT NULL,
  created_us INTEGER NOT NULL, PRIMARY KEY (method, request_id)) STRICT;
CREATE INDEX requests_by_time ON requests (created_us);  -- DeleteRequestsBefore

CREATE TABLE data_keys (id INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, created_us INTEGER NOT NULL) STRICT;
)sql";

// Several versions of a plugin side by side, the way back from a newer one, and the audit trail.
constexpr char kReloadSchema[] = R"sql(
ALTER TABLE plugins ADD COLUMN unloaded INTEGER NOT NULL DEFAULT 0;

-- standing: 1 = placed, 2 = good, 3 = rolled back, 4 = quarantined.
CREATE TABLE plugin_versions (
  plugin_id TEXT NOT NULL, version TEXT NOT NULL, folder TEXT NOT NULL, sha256 TEXT NOT NULL, manifest_json TEXT NOT NULL,
  placed_us INTEGER NOT NULL, last_active_us INTEGER NOT NULL, standing INTEGER NOT NULL, why TEXT NOT NULL,
  standing_us INTEGER NOT NULL, PRIMARY KEY (plugin_id, version)) STRICT, WITHOUT ROWID;
INSERT INTO plugin_versions
  SELECT id, version, folder, sha256, manifest_json, installed_us, installed_us, 2, '', installed_us FROM plugins;

CREATE TABLE plugin_strikes (
  id INTEGER PRIMARY KEY, plugin_id TEXT NOT NULL, version TEXT NOT NULL, time_us INTEGER NOT NULL, lane_id TEXT NOT NULL,
  how TEXT NOT NULL) STRICT;
CREATE INDEX plugin_strikes_by_version ON plugin_strikes (plugin_id, version);  -- ListStrikes

-- The last position of each schema a lane has left; kept counts upward, so that the newest can be told.
CREATE TABLE lane_cursors (
  lane_id TEXT NOT NULL, schema INTEGER NOT NULL, state BLOB NOT NULL, watermark_us INTEGER NOT NULL, kept INTEGER NOT NULL,
  PRIMARY KEY (lane_id, schema)) STRICT, WITHOUT ROWID;

CREATE TABLE account_options (
  account_id TEXT NOT NULL, version TEXT NOT NULL, options TEXT NOT NULL,
  PRIMARY KEY (account_id, version)) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY, time_us INTEGER NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, resource TEXT NOT NULL,
  outcome TEXT NOT NULL, details TEXT NOT NULL) STRICT;
CREATE INDEX audit_by_resource ON audit (resource);  -- ListAudit of a resource
INSERT INTO counters VALUES ('audit_id', 0);
)sql";

// The window before the present one, what was let past the brake, and when a channel's first quantities were: a channel
// that has sent some is past that.
constexpr char kBrakeSchema[] = R"sql(
ALTER TABLE gates ADD COLUMN zeros_before INTEGER NOT NULL DEFAULT 0;
ALTER TABLE gates ADD COLUMN opened_us INTEGER NOT NULL DEFAULT 0;
CREATE INDEX gates_closed ON gates (account_id, channel_id) WHERE state <> 1;                     -- ListClosedGates
DROP INDEX targets_dirty_by_owner;
ALTER TABLE targets ADD COLUMN let_go INTEGER NOT NULL DEFAULT 0;
CREATE INDEX targets_dirty_by_owner ON targets (owner_channel_id, let_go) WHERE state = 2;        -- BrakeDirtyTargets
DROP INDEX targets_braked;
CREATE INDEX targets_braked ON targets (owner_channel_id, sku, braked_batch) WHERE state = 9;     -- ListBraked, CountBraked
CREATE INDEX targets_numbers ON targets (owner_channel_id) WHERE wanted IS NOT NULL;              -- CountNumbers
INSERT OR REPLACE INTO gates SELECT owner_channel_id, account_id, 1, '', 0, 0, 0, 0, 0, 0, max(accepted_us)
  FROM targets WHERE accepted IS NOT NULL AND owner_channel_id <> '' GROUP BY owner_channel_id;
UPDATE targets SET state = 6 WHERE state = 2;  -- no gate has counted them
)sql";

// Who waits for orders is known in memory (host/inventory/index).
constexpr char kHeldIsFoundInMemory[] = "DROP INDEX targets_held;";

// Packages that left, what becomes of their confirmation, and how services of channels are sent.
constexpr char kDespatchSchema[] = R"sql(
ALTER TABLE orders ADD COLUMN postal_method TEXT NOT NULL DEFAULT '';

-- state below 5: open, somebody is yet to be told or asked.
CREATE TABLE despatches (
  id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, number INTEGER NOT NULL, account_id TEXT NOT NULL,
  channel_id TEXT NOT NULL, state INTEGER NOT NULL, postal_method TEXT NOT NULL, carrier_code TEXT NOT NULL,
  carrier_name TEXT NOT NULL, service_name TEXT NOT NULL, tracking BLOB NOT NULL, shipped_us INTEGER NOT NULL,
  version INTEGER NOT NULL, sent_version INTEGER NOT NULL, request BLOB NOT NULL, handle TEXT NOT NULL,
  sent_us INTEGER NOT NULL, looked_us INTEGER NOT NULL, confirmed_us INTEGER NOT NULL, attempts INTEGER NOT NULL,
  failures INTEGER NOT NULL, due_us INTEGER NOT NULL, reference TEXT NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,
  dead_letter_id INTEGER NOT NULL, created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX despatches_by_order ON despatches (order_id, number);                     -- ListDespatchesOfOrder
CREATE INDEX despatches_open ON despatches (account_id, state, due_us) WHERE state IN (1, 2, 3, 4);  -- ListOpenDespatches
-- Almost all are confirmed, and are found by walking back.
CREATE INDEX despatches_in_state ON despatches (state) WHERE state <> 5;                      -- ListDespatches

CREATE TABLE despatch_lines (
  despatch_id INTEGER NOT NULL, line INTEGER NOT NULL, external_id TEXT NOT NULL, quantity INTEGER NOT NULL,
  PRIMARY KEY (despatch_id, line)) STRICT, WITHOUT ROWID;

-- What became of a package, in order.
CREATE TABLE despatch_notes (
  despatch_id INTEGER NOT NULL, number INTEGER NOT NULL, time_us INTEGER NOT NULL, state INTEGER NOT NULL,
  reason TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (despatch_id, number)) STRICT, WITHOUT ROWID;

CREATE TABLE postal_methods (
  id TEXT NOT NULL PRIMARY KEY, vendor TEXT NOT NULL, name TEXT NOT NULL, carrier_codes TEXT NOT NULL,
  revision INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO postal_methods VALUES ('default', 'NONE', 'Default', '{}', 1);

CREATE TABLE shipping_mappings (
  channel_id TEXT NOT NULL, tag TEXT NOT NULL, site TEXT NOT NULL, postal_method TEXT NOT NULL,
  PRIMARY KEY (channel_id, tag, site)) STRICT, WITHOUT ROWID;
CREATE INDEX shipping_mappings_by_method ON shipping_mappings (postal_method);                -- IsPostalMethodMapped
CREATE TABLE shipping_tags (
  channel_id TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (channel_id, tag)) STRICT, WITHOUT ROWID;
)sql";

// The accounts of a plugin are found without a look at the others; where the active version was wished to run.
constexpr char kPluginRows[] = R"sql(
CREATE UNIQUE INDEX accounts_by_plugin ON accounts (plugin_id, id);  -- ListAccountsOfPlugin, ListLanePlacesOfPlugin, ...
ALTER TABLE plugins ADD COLUMN isolation TEXT NOT NULL DEFAULT '';
)sql";

// Who may use the API, and the audit trail as a chain: rows from before it stay without a hash.
constexpr char kSecuritySchema[] = R"sql(
ALTER TABLE audit ADD COLUMN hash BLOB NOT NULL DEFAULT x'';
CREATE INDEX audit_by_actor ON audit (actor);        -- ListAudit of an actor
INSERT INTO counters SELECT 'audit_chained_after', value FROM counters WHERE name = 'audit_id';

CREATE TABLE tokens (
  id TEXT NOT NULL PRIMARY KEY, secret_sha256 BLOB NOT NULL, display_name TEXT NOT NULL, roles TEXT NOT NULL,
  channels TEXT NOT NULL, created_by TEXT NOT NULL, created_us INTEGER NOT NULL, expires_us INTEGER NOT NULL,
  revoked_us INTEGER NOT NULL, last_used_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)sql";

// What the screens of a channel show and decide beyond its lanes: who holds stock and why a number was sent, what an
// item is beyond its levels, what becomes of a dead letter.
constexpr char kScreenSchema[] = R"sql(
CREATE TABLE item_properties (
  item_id INTEGER NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (item_id, name)) STRICT, WITHOUT ROWID;

ALTER TABLE locations ADD COLUMN owner_channel TEXT NOT NULL DEFAULT '';
ALTER TABLE locations ADD COLUMN inactive INTEGER NOT NULL DEFAULT 0;
ALTER TABLE locations ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

ALTER TABLE targets ADD COLUMN latency INTEGER;
ALTER TABLE gates ADD COLUMN sent_us INTEGER NOT NULL DEFAULT 0;
UPDATE gates SET sent_us = coalesce((SELECT max(accepted_us) FROM targets WHERE owner_channel_id = channel_id AND wanted IS NOT NULL), 0);
CREATE INDEX intents_by_target ON intents (account_id, target);                               -- ListIntentsOfTarget, TrimIntents
CREATE INDEX order_lines_reserving ON order_lines (item_id, order_id, line) WHERE reserved > 0;  -- ListReservations

ALTER TABLE listing_totals ADD COLUMN active INTEGER NOT NULL DEFAULT 0;
UPDATE listing_totals SET active =
  (SELECT count(*) FROM listings WHERE listings.channel_id = listing_totals.channel_id AND vanished = 0);

ALTER TABLE lanes ADD COLUMN oldest_order_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE lanes ADD COLUMN oldest_order_so_far_us INTEGER NOT NULL DEFAULT 0;

-- form: 0 = as the marketplace gave it, 1 = order, 2 = listing, 3 = despatch.
ALTER TABLE dead_letters ADD COLUMN form INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead_letters ADD COLUMN edited INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead_letters ADD COLUMN note TEXT NOT NULL DEFAULT '';
)sql";

// Handling times that are to be forgotten, and those that the marketplace keeps; imports of rules.
constexpr char kRulesSchema[] = R"sql(
ALTER TABLE targets ADD COLUMN clear_latency INTEGER NOT NULL DEFAULT 0;
-- ClearLatencies, CountKeptLatencies
CREATE INDEX targets_with_latency ON targets (owner_channel_id) WHERE latency IS NOT NULL AND clear_latency = 0;

-- state: 1 = staging, 2 = ready, 3 = applying, 4 = applied, 5 = discarded.
CREATE TABLE rule_imports (
  channel_id TEXT NOT NULL PRIMARY KEY, id INTEGER NOT NULL, state INTEGER NOT NULL, columns BLOB NOT NULL,
  rows INTEGER NOT NULL, changes INTEGER NOT NULL, problems INTEGER NOT NULL, applied INTEGER NOT NULL,
  skipped INTEGER NOT NULL, applied_through TEXT NOT NULL, hash TEXT NOT NULL, created_by TEXT NOT NULL,
  created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE rule_import_rows (
  import_id INTEGER NOT NULL, sku TEXT NOT NULL, line INTEGER NOT NULL, changes INTEGER NOT NULL, max_before INTEGER,
  percentage_before INTEGER, end_before INTEGER, max_after INTEGER, percentage_after INTEGER, end_after INTEGER,
  PRIMARY KEY (import_id, sku)) STRICT, WITHOUT ROWID;
CREATE INDEX rule_import_changes ON rule_import_rows (import_id, sku) WHERE changes = 1;  -- ListRuleChanges
CREATE TABLE rule_import_problems (
  import_id INTEGER NOT NULL, line INTEGER NOT NULL, column_name TEXT NOT NULL, problem TEXT NOT NULL,
  PRIMARY KEY (import_id, line, column_name)) STRICT, WITHOUT ROWID;
)sql";

// When personal data goes, and how far the history of an account's orders is read.
constexpr char kPersonalDataSchema[] = R"sql(
ALTER TABLE orders ADD COLUMN erase_due_us INTEGER NOT NULL DEFAULT 0;
CREATE INDEX orders_to_erase ON orders (erase_due_us) WHERE personal_erased = 0;              -- ListOrdersToErase
CREATE INDEX dead_letters_with_record ON dead_letters (last_seen_us) WHERE raw <> x'';        -- ListLettersToErase
CREATE INDEX dead_letters_by_key ON dead_letters (lane_id, key);                              -- EraseLetters
ALTER TABLE lanes ADD COLUMN backfill TEXT NOT NULL DEFAULT '{}';
)sql";

// Cancellations and refunds by the merchant, and what becomes of each.
constexpr char kPostSaleSchema[] = R"sql(
-- state below 6: open, somebody is yet to be told or asked.
CREATE TABLE post_sales (
  id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, number INTEGER NOT NULL, account_id TEXT NOT NULL,
  channel_id TEXT NOT NULL, marketplace TEXT NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL, cause INTEGER NOT NULL,
  whole_order INTEGER NOT NULL, currency TEXT NOT NULL, lines TEXT NOT NULL, batch INTEGER NOT NULL, handle TEXT NOT NULL,
  sent_us INTEGER NOT NULL, sent_by_us INTEGER NOT NULL, attempts INTEGER NOT NULL, failures INTEGER NOT NULL,
  due_us INTEGER NOT NULL, reference TEXT NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,
  dead_letter_id INTEGER NOT NULL, created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX post_sales_by_order ON post_sales (order_id, number);                     -- ListPostSalesOfOrder
CREATE INDEX post_sales_open ON post_sales (account_id, state, due_us) WHERE state IN (1, 2, 3, 4, 5);  -- ListOpenPostSales
-- Almost all are done, and are found by walking back.
CREATE INDEX post_sales_in_state ON post_sales (state) WHERE state <> 6;                      -- ListPostSales
CREATE INDEX post_sales_sent ON post_sales (account_id, sent_us) WHERE sent_us > 0;           -- ListPostSaleHandles

CREATE TABLE post_sale_notes (
  post_sale_id INTEGER NOT NULL, number INTEGER NOT NULL, time_us INTEGER NOT NULL, state INTEGER NOT NULL,
  reason TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (post_sale_id, number)) STRICT, WITHOUT ROWID;
)sql";

// What fulfilment centres hold, as the marketplace shows it.
constexpr char kCentreSchema[] = R"sql(
CREATE TABLE centre_stock (
  location_id TEXT NOT NULL, sku TEXT NOT NULL, product_id TEXT NOT NULL, centre_sku TEXT NOT NULL, title TEXT NOT NULL,
  condition TEXT NOT NULL, fulfillable INTEGER NOT NULL, inbound INTEGER NOT NULL, reserved INTEGER NOT NULL,
  unfulfillable INTEGER NOT NULL, researching INTEGER NOT NULL, absent INTEGER NOT NULL, changed_us INTEGER NOT NULL,
  seen_us INTEGER NOT NULL, pass_id TEXT NOT NULL, PRIMARY KEY (location_id, sku)) STRICT, WITHOUT ROWID;
)sql";

// Orders that a marketplace's warehouse ships, and what of an order's units such a warehouse holds.
constexpr char kOutboundSchema[] = R"sql(
ALTER TABLE orders ADD COLUMN centre_hold INTEGER NOT NULL DEFAULT 0;

-- phase below 6: open, somebody is yet to be told or asked.
CREATE TABLE outbounds (
  id INTEGER PRIMARY KEY, order_id INTEGER NOT NULL, number INTEGER NOT NULL, account_id TEXT NOT NULL,
  channel_id TEXT NOT NULL, location_id TEXT NOT NULL, location_before TEXT NOT NULL, phase INTEGER NOT NULL,
  speed INTEGER NOT NULL, parts TEXT NOT NULL, packages TEXT NOT NULL, status TEXT NOT NULL, cancellable INTEGER NOT NULL,
  delayed INTEGER NOT NULL, ship_by_us INTEGER NOT NULL, sent_us INTEGER NOT NULL, accepted_us INTEGER NOT NULL,
  attempts INTEGER NOT NULL, failures INTEGER NOT NULL, due_us INTEGER NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL,
  created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX outbounds_by_order ON outbounds (order_id, number);                       -- ListOutboundsOfOrder
CREATE INDEX outbounds_open ON outbounds (account_id, due_us) WHERE phase IN (1, 2, 3, 4, 5);  -- ListOpenOutbounds
CREATE INDEX outbounds_in_phase ON outbounds (phase);                                         -- ListOutbounds
)sql";

// How long channels show more than they may. What is undecided or on its way at this step has no window.
constexpr char kOversellSchema[] = R"sql(
ALTER TABLE targets ADD COLUMN marked_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE targets ADD COLUMN lowered_us INTEGER NOT NULL DEFAULT 0;
ALTER TABLE targets ADD COLUMN lowered_later_us INTEGER NOT NULL DEFAULT 0;
CREATE INDEX targets_lowered ON targets (account_id, lowered_us, owner_channel_id) WHERE lowered_us <> 0;  -- CountOpenOversells
CREATE TABLE oversell_hours (
  account_id TEXT NOT NULL, channel_id TEXT NOT NULL, begin_us INTEGER NOT NULL, windows TEXT NOT NULL,
  PRIMARY KEY (account_id, channel_id, begin_us)) STRICT, WITHOUT ROWID;
)sql";

// Quantities compared with what channels show, and orders with another list of them.
constexpr char kProofSchema[] = R"sql(
-- state: 1 = suspected, 2 = confirmed.
CREATE TABLE drifts (
  channel_id TEXT NOT NULL, sku TEXT NOT NULL, account_id TEXT NOT NULL, state INTEGER NOT NULL, expected INTEGER NOT NULL,
  shown INTEGER, held_us INTEGER NOT NULL, found_us INTEGER NOT NULL, times INTEGER NOT NULL,
  PRIMARY KEY (channel_id, sku)) STRICT, WITHOUT ROWID;
CREATE INDEX drifts_confirmed ON drifts (channel_id, sku) WHERE state = 2;  -- ListConfirmedDrifts, CountConfirmedDrifts
CREATE TABLE drift_checks (
  channel_id TEXT NOT NULL PRIMARY KEY, account_id TEXT NOT NULL, begun_us INTEGER NOT NULL, through_sku TEXT NOT NULL,
  compared INTEGER NOT NULL, unsettled INTEGER NOT NULL, ended_us INTEGER NOT NULL, last_compared INTEGER NOT NULL,
  last_unsettled INTEGER NOT NULL, found INTEGER NOT NULL, repaired INTEGER NOT NULL, dismissed INTEGER NOT NULL)
  STRICT, WITHOUT ROWID;
CREATE TABLE completeness (
  account_id TEXT NOT NULL PRIMARY KEY, checked_to_us INTEGER NOT NULL, from_us INTEGER NOT NULL, to_us INTEGER NOT NULL,
  begun_us INTEGER NOT NULL, done_us INTEGER NOT NULL, cursor_schema INTEGER NOT NULL, cursor_state BLOB NOT NULL,
  cursor_watermark_us INTEGER NOT NULL, named INTEGER NOT NULL, missing INTEGER NOT NULL, unreadable INTEGER NOT NULL,
  checks INTEGER NOT NULL, missing_total INTEGER NOT NULL, recovered_total INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)sql";

// What marketplaces may show besides what they acknowledged: numbers sent since whose outcome nobody knows.
constexpr char kMayShowSchema[] = R"sql(
ALTER TABLE targets ADD COLUMN may_show INTEGER;
-- Intents of job 3 = quantities, state 6 = of unknown outcome.
UPDATE targets SET may_show = (
  SELECT max(quantity) FROM intents INDEXED BY intents_by_target WHERE intents.account_id = targets.account_id AND target = sku
  AND job = 3 AND intents.state = 6 AND settled_us >= accepted_us) WHERE accepted_stale = 1;
)sql";

// Dry runs of a sync; how often people want a lane to look for news.
constexpr char kSyncPlanSchema[] = R"sql(
ALTER TABLE lanes ADD COLUMN interval_us INTEGER NOT NULL DEFAULT 0;
-- state: 1 = planning, 2 = ready, 3 = applying, 4 = applied, 5 = discarded.
CREATE TABLE sync_plans (
  channel_id TEXT NOT NULL PRIMARY KEY, id INTEGER NOT NULL, state INTEGER NOT NULL, force INTEGER NOT NULL,
  config TEXT NOT NULL, listings INTEGER NOT NULL, rows INTEGER NOT NULL, zeros INTEGER NOT NULL, held INTEGER NOT NULL,
  applied INTEGER NOT NULL, stale INTEGER NOT NULL, through_sku TEXT NOT NULL, hash TEXT NOT NULL,
  created_us INTEGER NOT NULL, updated_us INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE sync_plan_rows (
  plan_id INTEGER NOT NULL, sku TEXT NOT NULL, shown INTEGER, quantity INTEGER NOT NULL, latency INTEGER,
  clears_latency INTEGER NOT NULL, held INTEGER NOT NULL, PRIMARY KEY (plan_id, sku)) STRICT, WITHOUT ROWID;
)sql";

// Runs are found by the trace they were begun in.
constexpr char kRunTraceSchema[] = R"sql(
ALTER TABLE runs ADD COLUMN trace_id TEXT NOT NULL DEFAULT '';
CREATE INDEX runs_by_trace ON runs (trace_id) WHERE trace_id <> '';  -- ListRuns of a trace
)sql";

// What happened to one order: by the number after "orders/", which what is below the order has, too.
constexpr char kOrderHistorySchema[] = R"sql(
CREATE INDEX events_of_orders ON events (CAST(substr(resource, 8) AS INTEGER))
  WHERE resource >= 'orders/' AND resource < 'orders0';                                       -- ListOrderEvents
)sql";

// What takes longer than a call, and what became of it.
constexpr char kOperationSchema[] = R"sql(
-- state: 1 = running, 2 = succeeded, 3 = failed.
CREATE TABLE operations (
  id INTEGER NOT NULL PRIMARY KEY, method TEXT NOT NULL, subject TEXT NOT NULL, actor TEXT NOT NULL, state INTEGER NOT NULL,
  started_us INTEGER NOT NULL, ended_us INTEGER NOT NULL, done INTEGER NOT NULL, total INTEGER NOT NULL,
  progress TEXT NOT NULL, error TEXT NOT NULL, error_reason TEXT NOT NULL, trace_id TEXT NOT NULL, result BLOB NOT NULL,
  facts TEXT NOT NULL) STRICT;
CREATE INDEX operations_open ON operations (id) WHERE ended_us = 0;  -- ListOperations of those under way
)sql";

// What refusals and calls of one method are found by in the audit trail.
constexpr char kAuditListsSchema[] = R"sql(
CREATE INDEX audit_by_action ON audit (action);                          -- ListAudit of an action
CREATE INDEX audit_refused ON audit (outcome) WHERE outcome <> 'ok';     -- ListAudit of an outcome
)sql";

// Who was set as the owner of a quantity stays so while another channel decides for it. Nobody knows whom that would be
// of what is there already.
constexpr char kChosenOwnerSchema[] = R"sql(
ALTER TABLE targets ADD COLUMN chosen_channel_id TEXT NOT NULL DEFAULT '';
)sql";

// Step i + 1. A released step never changes; a change is a new step at the end.
constexpr std::array<const char*, 22> kSchemaSteps = {
    kFirstSchema,        kReloadSchema,    kBrakeSchema,      kHeldIsFoundInMemory, kDespatchSchema, kPluginRows,
    kSecuritySchema,     kScreenSchema,    kRulesSchema,      kPersonalDataSchema,  kPostSaleSchema, kCentreSchema,
    kOutboundSchema,     kOversellSchema,  kProofSchema,      kMayShowSchema,       kSyncPlanSchema, kRunTraceSchema,
    kOrderHistorySchema, kOperationSchema, kAuditListsSchema, kChosenOwnerSchema};

}  // namespace

absl::Span<const char* const> SchemaSteps() { return kSchemaSteps; }

int64_t NewestSchemaVersion() { return static_cast<int64_t>(kSchemaSteps.size()); }

absl::Status CheckSchema(SqliteConnection& db) {
  QS_ASSIGN_OR_RETURN(const int64_t objects, db.Number("SELECT count(*) FROM sqlite_schema"));
  QS_ASSIGN_OR_RETURN(const int64_t application, db.Number("PRAGMA application_id"));
  QS_ASSIGN_OR_RETURN(const int64_t version, db.Number("PRAGMA user_version"));
  if (objects == 0 && application == 0 && version == 0) return absl::OkStatus();  // new
  if (application != kDatabaseApplicationId) {
    return MakeError(absl::StatusCode::kDataLoss, Reason::kDatabaseCorrupt,
                     "quayside.db is not a database of this host; choose another data folder or restore a backup");
  }
  if (version > NewestSchemaVersion()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, Reason::kDatabaseNewer,
                     absl::StrCat("the database has schema ", version, ", this program knows schemas up to ",
                                  NewestSchemaVersion(), "; install the newer version again or restore a backup"),
                     {{"schema", absl::StrCat(version)}, {"newest_known", absl::StrCat(NewestSchemaVersion())}});
  }
  return absl::OkStatus();
}

absl::Status MigrateSchema(SqliteConnection& db) { return MigrateSchema(db, SchemaSteps()); }

absl::Status MigrateSchema(SqliteConnection& db, absl::Span<const char* const> steps) {
  QS_ASSIGN_OR_RETURN(const int64_t version, db.Number("PRAGMA user_version"));
  for (int64_t step = version; step < static_cast<int64_t>(steps.size()); ++step) {
    FailPoint("start-before-schema-step");
    const std::string script = absl::StrCat("BEGIN IMMEDIATE;", steps[static_cast<size_t>(step)],
                                            "PRAGMA application_id = ", kDatabaseApplicationId,
                                            "; PRAGMA user_version = ", step + 1, "; COMMIT;");
    if (const absl::Status status = db.Script(script); !status.ok()) {
      if (db.in_transaction()) db.Script("ROLLBACK").IgnoreError();  // the first error says what matters
      return AddContext(status, absl::StrCat("schema step ", step + 1));
    }
    FailPoint("start-after-schema-step");
  }
  return absl::OkStatus();
}

}  // namespace quayside
