// Every metric once: docs/metrics.md is this table, and a test holds it and what is served to it.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace quayside {

enum class MetricKind { kGauge, kCounter, kHistogram };

struct Metric {
  std::string_view name;
  MetricKind kind;
  std::string_view labels;  // separated by ", "
  std::string_view help;
};

inline constexpr Metric kSyncLag = {
    "quayside_sync_lag_seconds", MetricKind::kGauge, "account, job",
    "Since the last success of the account's lane of this job that is furthest behind; lanes that "
    "are paused, disabled or never succeeded are left out."};
inline constexpr Metric kCheckpointAge = {
    "quayside_checkpoint_age_seconds", MetricKind::kGauge, "account",
    "Age of the moment up to which the account's orders are known; raises of quantities wait for it."};
inline constexpr Metric kQuantities = {
    "quayside_quantities", MetricKind::kGauge, "account, state",
    "Quantities on their way out: undecided, waiting (decided, to be sent), in_documents, held (a raise that waits for "
    "fresh orders), stopped (by the brake or for the first word of a person). Counted up to 1,000,000 each."};
inline constexpr Metric kLanes = {"quayside_lanes", MetricKind::kGauge, "state",
                                  "Lanes by what they do: idle, running, backoff, paused, disabled, needs_operator."};
inline constexpr Metric kOversellWindow = {
    "quayside_oversell_window_seconds", MetricKind::kGauge, "account, channel, quantile",
    "For how long the channel's listings showed more than they may (docs/oversell.md): windows closed in this hour and "
    "the 23 before it, quantiles 0.5, 0.99 and 1. None closed: missing."};
inline constexpr Metric kOversellClosed = {"quayside_oversell_windows_closed", MetricKind::kGauge, "account, channel",
                                           "How many of these windows closed in this hour and the 23 before it."};
inline constexpr Metric kOversellOpen = {
    "quayside_oversell_windows_open", MetricKind::kGauge, "account, channel",
    "How many are open: a lower quantity is not acknowledged yet. Counted up to 100,000 of an account."};
inline constexpr Metric kOversellOldest = {"quayside_oversell_oldest_open_seconds", MetricKind::kGauge,
                                           "account, channel", "Age of the oldest open one. None open: missing."};
inline constexpr Metric kPackages = {"quayside_packages", MetricKind::kGauge, "account, state",
                                     "Packages whose confirmation is not over: waiting, sending, unknown, accepted."};
inline constexpr Metric kPostSales = {"quayside_post_sale_actions", MetricKind::kGauge, "account, state",
                                      "Cancellations and refunds that are not over: waiting, sending, unknown, "
                                      "submitted, unclear (a person is to look)."};
inline constexpr Metric kAllocations = {
    "quayside_allocations", MetricKind::kGauge, "account, state",
    "Orders in the hands of the account's warehouse: waiting, sending, unknown, accepted, cancelling."};
inline constexpr Metric kDeadLetters = {"quayside_dead_letters", MetricKind::kGauge, "account, job",
                                        "Open dead letters."};
inline constexpr Metric kDrift = {
    "quayside_drift", MetricKind::kGauge, "account, channel",
    "Listings that show another quantity than was sent, and have not been seen to be right again."};
inline constexpr Metric kDriftFound = {
    "quayside_drift_found_total", MetricKind::kCounter, "account, channel",
    "Such differences found; kept in the database, so that it goes on after a start."};
inline constexpr Metric kMissingOrders = {"quayside_missing_orders_total", MetricKind::kCounter, "account, state",
                                          "Orders that had not come in when another list of them was read: found, "
                                          "recovered (they came in when they were asked "
                                          "for); kept in the database."};
inline constexpr Metric kCompletenessAge = {
    "quayside_completeness_age_seconds", MetricKind::kGauge, "account",
    "Age of the moment up to which the account's orders were compared with another list of them."};
inline constexpr Metric kMarketplaceCalls = {
    "quayside_marketplace_calls_total", MetricKind::kCounter, "operation, status",
    "Calls of plugins by the operation of their rate budget (none: they have none) and what came of them: the HTTP "
    "status, or the reason "
    "there is none (docs/reasons.md; RATE_LIMITED: nothing was sent; STOPPED: their step was given up)."};
inline constexpr Metric kBudgetLeft = {"quayside_rate_budget_left", MetricKind::kGauge, "account, operation",
                                       "Calls that can be made now."};
inline constexpr Metric kBudgetShare = {
    "quayside_rate_budget_share", MetricKind::kGauge, "account, operation",
    "Part of the allowance that is taken, 0.05 to 1; less than 1: another program uses it, too."};
inline constexpr Metric kPluginRestarts = {"quayside_plugin_restarts_total", MetricKind::kCounter, "plugin, version",
                                           "Processes of isolated plugins that ended and were started again."};
inline constexpr Metric kWatchers = {"quayside_watchers", MetricKind::kGauge, "", "Streams of events that are open."};
inline constexpr Metric kWatchLag = {"quayside_watch_lag_events", MetricKind::kGauge, "",
                                     "Events that the stream furthest behind has not been given."};
inline constexpr Metric kEventsKept = {"quayside_events_kept", MetricKind::kGauge, "",
                                       "Events in the log; those older than events.keep_days are deleted."};
inline constexpr Metric kOldestEvent = {"quayside_oldest_event_age_seconds", MetricKind::kGauge, "",
                                        "Age of the oldest of them: how long a watcher may be away. None: missing."};
inline constexpr Metric kCommits = {"quayside_commit_seconds", MetricKind::kHistogram, "",
                                    "Writes to the database from being asked for to being durable."};
inline constexpr Metric kScrapeFailed = {
    "quayside_scrape_failed", MetricKind::kGauge, "",
    "1: some of the figures above could not be read this time and are missing; the log says why."};

inline constexpr std::array kMetrics = {
    kSyncLag,        kCheckpointAge,   kQuantities,       kLanes,       kOversellWindow, kOversellClosed, kOversellOpen,
    kOversellOldest, kPackages,        kPostSales,        kAllocations, kDeadLetters,    kDrift,          kDriftFound,
    kMissingOrders,  kCompletenessAge, kMarketplaceCalls, kBudgetLeft,  kBudgetShare,    kPluginRestarts, kWatchers,
    kWatchLag,       kEventsKept,      kOldestEvent,      kCommits,     kScrapeFailed};

// The table of docs/metrics.md, in Markdown.
[[nodiscard]] std::string MetricsMarkdown();

}  // namespace quayside
