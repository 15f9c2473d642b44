#include "host/metrics/collector.h"

#include <prometheus/client_metric.h>
#include <prometheus/metric_family.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "host/base/errors.h"
#include "host/inventory/channel_oversell.h"
#include "host/metrics/metric_table.h"
#include "host/orders/despatch_trail.h"
#include "host/orders/outbound_rules.h"
#include "host/orders/post_sale_trail.h"
#include "host/sync/lane_id.h"
#include "host/sync/step.h"

namespace quayside {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using Labels = std::vector<std::string>;

constexpr int kRowsAtOnce = 1000;
constexpr int64_t kMostCounted = 1'000'000;
constexpr int64_t kEveryBatch = INT64_MAX;
constexpr char kOther[] = "other";

double Seconds(DurationUs time) { return static_cast<double>(time) / kSecondUs; }

prometheus::MetricType TypeOf(MetricKind kind) {
  switch (kind) {
    case MetricKind::kCounter:
      return prometheus::MetricType::Counter;
    case MetricKind::kHistogram:
      return prometheus::MetricType::Histogram;
    case MetricKind::kGauge:
      break;
  }
  return prometheus::MetricType::Gauge;
}

// "account, state" and their values.
std::vector<ClientMetric::Label> LabelsOf(const Metric& metric, const Labels& values) {
  std::vector<ClientMetric::Label> labels;
  std::string_view names = metric.labels;
  for (const std::string& value : values) {
    const size_t end = std::min(names.find(", "), names.size());
    labels.push_back({std::string(names.substr(0, end)), value});
    names.remove_prefix(std::min(end + 2, names.size()));
  }
  return labels;
}

// Figures of one metric by their labels.
class Figures {
 public:
  explicit Figures(const Metric& metric) : metric_(metric) {}

  void Add(Labels labels, double value) { values_[std::move(labels)] += value; }
  void Highest(Labels labels, double value) {
    const auto [at, is_new] = values_.try_emplace(std::move(labels), value);
    if (!is_new) at->second = std::max(at->second, value);
  }
  void Lowest(Labels labels, double value) {
    const auto [at, is_new] = values_.try_emplace(std::move(labels), value);
    if (!is_new) at->second = std::min(at->second, value);
  }

  void PutInto(std::vector<MetricFamily>& families) const {
    if (values_.empty()) return;
    MetricFamily family{std::string(metric_.name), std::string(metric_.help), TypeOf(metric_.kind), {}};
    for (const auto& [labels, value] : values_) {
      ClientMetric sample;
      sample.label = LabelsOf(metric_, labels);
      (metric_.kind == MetricKind::kCounter ? sample.counter.value : sample.gauge.value) = value;
      family.metric.push_back(std::move(sample));
    }
    families.push_back(std::move(family));
  }

 private:
  const Metric& metric_;
  std::map<Labels, double> values_;
};

// The accounts with labels of their own.
class AccountLabels {
 public:
  // By id.
  void Learn(const std::string& account_id) {
    if (named_.size() < static_cast<size_t>(kMostLabelledAccounts)) named_.insert(account_id);
  }
  [[nodiscard]] std::string Of(const std::string& account_id) const {
    return named_.count(account_id) > 0 ? account_id : kOther;
  }

 private:
  std::set<std::string> named_;
};

// The channels with labels of their own.
class ChannelLabels {
 public:
  // Of a channel of an account with this label.
  [[nodiscard]] Labels Of(const std::string& account, const std::string& channel_id) {
    Labels labels = {account, channel_id};
    if (account == kOther ||
        (named_.size() >= static_cast<size_t>(kMostLabelledChannels) && named_.count(labels) == 0)) {
      return {kOther, kOther};
    }
    named_.insert(labels);
    return labels;
  }

 private:
  std::set<Labels> named_;
};

// What channels showed too long, the channels that share labels added up.
class OversellFigures {
 public:
  void Add(Labels labels, const ChannelOversell& channel) {
    ChannelOversell& sum = channels_[std::move(labels)];
    sum.closed.Add(channel.closed);
    sum.open += channel.open;
    if (channel.oldest_us > 0)
      sum.oldest_us = sum.oldest_us > 0 ? std::min(sum.oldest_us, channel.oldest_us) : channel.oldest_us;
  }

  void PutInto(TimeUs now, std::vector<MetricFamily>& families) const {
    Figures window(kOversellWindow);
    Figures closed(kOversellClosed);
    Figures open(kOversellOpen);
    Figures oldest(kOversellOldest);
    for (const auto& [labels, channel] : channels_) {
      closed.Add(labels, static_cast<double>(channel.closed.count()));
      open.Add(labels, static_cast<double>(channel.open));
      if (channel.oldest_us > 0) oldest.Add(labels, Seconds(std::max<DurationUs>(now - channel.oldest_us, 0)));
      for (const auto& [quantile, per_mille] : {std::pair("0.5", 500), std::pair("0.99", 990), std::pair("1", 1000)}) {
        const std::optional<DurationUs> time = channel.closed.Quantile(per_mille);
        if (time.has_value()) window.Add({labels[0], labels[1], quantile}, Seconds(*time));
      }
    }
    for (const Figures* figures : {&window, &closed, &open, &oldest}) figures->PutInto(families);
  }

 private:
  std::map<Labels, ChannelOversell> channels_;
};

struct StoreFigures {
  AccountLabels accounts;
  ChannelLabels channels;
  OversellFigures oversells;
  Figures quantities{kQuantities};
  Figures packages{kPackages};
  Figures post_sales{kPostSales};
  Figures allocations{kAllocations};
  Figures drift{kDrift};
  Figures drift_found{kDriftFound};
  Figures missing{kMissingOrders};
  Figures proven_age{kCompletenessAge};
};

// The word of docs/metrics.md for a package's state.
std::string PackageWord(DespatchState state) {
  return state == DespatchState::kAccepted ? "accepted" : std::string(DespatchWord(state));
}

absl::Status ReadPackages(ReadTx& tx, const std::string& id, const std::string& label, Figures& out) {
  constexpr std::array kStates = {DespatchState::kWaiting, DespatchState::kSending, DespatchState::kUnknown,
                                  DespatchState::kAccepted};
  for (const DespatchState state : kStates) out.Add({label, PackageWord(state)}, 0);
  QS_ASSIGN_OR_RETURN(const std::vector<DespatchBacklog> open, tx.CountOpenDespatches(id));
  for (const DespatchBacklog& backlog : open) {
    out.Add({label, PackageWord(backlog.state)}, static_cast<double>(backlog.count));
  }
  return absl::OkStatus();
}

absl::Status ReadPostSales(ReadTx& tx, const std::string& id, const std::string& label, Figures& out) {
  constexpr std::array kStates = {PostSaleState::kWaiting, PostSaleState::kSending, PostSaleState::kUnknown,
                                  PostSaleState::kAccepted, PostSaleState::kUnclear};
  for (const PostSaleState state : kStates) out.Add({label, std::string(PostSaleWord(state))}, 0);
  QS_ASSIGN_OR_RETURN(const std::vector<PostSaleBacklog> open, tx.CountOpenPostSales(id));
  for (const PostSaleBacklog& backlog : open) {
    out.Add({label, std::string(PostSaleWord(backlog.state))}, static_cast<double>(backlog.count));
  }
  return absl::OkStatus();
}

absl::Status ReadAllocations(ReadTx& tx, const std::string& id, const std::string& label, Figures& out) {
  constexpr std::array kPhases = {OutboundPhase::kWaiting, OutboundPhase::kSending, OutboundPhase::kUnknown,
                                  OutboundPhase::kAccepted, OutboundPhase::kCancelling};
  for (const OutboundPhase phase : kPhases) out.Add({label, std::string(OutboundWord(phase))}, 0);
  QS_ASSIGN_OR_RETURN(const std::vector<OutboundBacklog> open, tx.CountOpenOutbounds(id));
  for (const OutboundBacklog& backlog : open) {
    out.Add({label, std::string(OutboundWord(backlog.phase))}, static_cast<double>(backlog.count));
  }
  return absl::OkStatus();
}

absl::Status ReadDrift(ReadTx& tx, const std::string& account_id, const std::string& account_label, StoreFigures& out) {
  for (std::string after;;) {
    QS_ASSIGN_OR_RETURN(const std::vector<ChannelRecord> channels,
                        tx.ListChannels({.account_id = account_id, .after_id = after, .limit = kRowsAtOnce}));
    for (const ChannelRecord& channel : channels) {
      QS_ASSIGN_OR_RETURN(const std::optional<DriftCheckRecord> check, tx.FindDriftCheck(channel.id));
      if (!check.has_value()) continue;
      QS_ASSIGN_OR_RETURN(const int64_t open, tx.CountConfirmedDrifts(channel.id, kMostCounted));
      const Labels labels = out.channels.Of(account_label, channel.id);
      out.drift.Add(labels, static_cast<double>(open));
      out.drift_found.Add(labels, static_cast<double>(check->found));
    }
    if (channels.size() < static_cast<size_t>(kRowsAtOnce)) return absl::OkStatus();
    after = channels.back().id;
  }
}

absl::Status ReadCompleteness(ReadTx& tx, const std::string& account_id, const std::string& label, TimeUs now,
                              StoreFigures& out) {
  QS_ASSIGN_OR_RETURN(const std::optional<CompletenessRecord> record, tx.FindCompleteness(account_id));
  if (!record.has_value()) return absl::OkStatus();
  out.missing.Add({label, "found"}, static_cast<double>(record->missing_total));
  out.missing.Add({label, "recovered"}, static_cast<double>(record->recovered_total));
  if (record->checked_to_us > 0) out.proven_age.Highest({label}, Seconds(now - record->checked_to_us));
  return absl::OkStatus();
}

absl::Status ReadAccount(ReadTx& tx, const std::string& id, TimeUs now, StoreFigures& out) {
  const std::string label = out.accounts.Of(id);
  QS_RETURN_IF_ERROR(ReadDrift(tx, id, label, out));
  QS_RETURN_IF_ERROR(ReadCompleteness(tx, id, label, now, out));
  QS_ASSIGN_OR_RETURN(const int64_t undecided, tx.CountChangedTargets(id, kMostCounted));
  QS_ASSIGN_OR_RETURN(const int64_t waiting, tx.CountDueTargets(id, kNever, kMostCounted));
  QS_ASSIGN_OR_RETURN(const std::vector<BulkRecord> bulks, tx.ListOpenBulks(id));
  QS_ASSIGN_OR_RETURN(const std::vector<ChannelOversell> oversells, ReadOversells(tx, id, now));
  for (const ChannelOversell& channel : oversells) {
    out.oversells.Add(out.channels.Of(label, channel.channel_id), channel);
  }
  int64_t in_documents = 0;
  for (const BulkRecord& bulk : bulks) {
    in_documents += std::max<int64_t>(bulk.items - bulk.done - bulk.rejected - bulk.unknown, 0);
  }
  QS_ASSIGN_OR_RETURN(const int64_t held, tx.CountHeldTargets(id, kMostCounted));
  int64_t stopped = 0;
  QS_ASSIGN_OR_RETURN(const std::vector<GateRecord> gates, tx.ListClosedGates(id));
  for (const GateRecord& gate : gates) {
    QS_ASSIGN_OR_RETURN(const int64_t braked, tx.CountBraked(gate.channel_id, kEveryBatch, kMostCounted));
    stopped += braked;
  }
  out.quantities.Add({label, "undecided"}, static_cast<double>(undecided));
  out.quantities.Add({label, "waiting"}, static_cast<double>(waiting));
  out.quantities.Add({label, "in_documents"}, static_cast<double>(in_documents));
  out.quantities.Add({label, "held"}, static_cast<double>(held));
  out.quantities.Add({label, "stopped"}, static_cast<double>(std::min(stopped, kMostCounted)));
  QS_RETURN_IF_ERROR(ReadPackages(tx, id, label, out.packages));
  QS_RETURN_IF_ERROR(ReadPostSales(tx, id, label, out.post_sales));
  return ReadAllocations(tx, id, label, out.allocations);
}

absl::Status ReadStore(ReadTx& tx, TimeUs now, StoreFigures& out) {
  for (std::string after;;) {
    QS_ASSIGN_OR_RETURN(const std::vector<AccountRecord> accounts, tx.ListAccounts(after, kRowsAtOnce));
    for (const AccountRecord& account : accounts) {
      out.accounts.Learn(account.id);
      QS_RETURN_IF_ERROR(ReadAccount(tx, account.id, now, out));
    }
    if (accounts.size() < static_cast<size_t>(kRowsAtOnce)) return absl::OkStatus();
    after = accounts.back().id;
  }
}

struct LaneFigures {
  Figures states{kLanes};
  Figures lag{kSyncLag};
  Figures age{kCheckpointAge};
  Figures letters{kDeadLetters};
};

constexpr std::array<std::pair<LaneActivity, const char*>, 6> kLaneStates = {
    {{LaneActivity::kIdle, "idle"},
     {LaneActivity::kRunning, "running"},
     {LaneActivity::kBackoff, "backoff"},
     {LaneActivity::kPaused, "paused"},
     {LaneActivity::kDisabled, "disabled"},
     {LaneActivity::kNeedsOperator, "needs_operator"}}};

bool ShouldWork(const LaneStatus& lane) {
  return lane.activity != LaneActivity::kPaused && lane.activity != LaneActivity::kDisabled;
}

absl::Status ReadLanes(Engine& engine, const AccountLabels& accounts, TimeUs now, LaneFigures& out) {
  for (const auto& [state, word] : kLaneStates) out.states.Add({word}, 0);
  for (std::string after;;) {
    QS_ASSIGN_OR_RETURN(const std::vector<LaneStatus> lanes,
                        engine.ListLanes({.after_id = after, .limit = kRowsAtOnce}));
    for (const LaneStatus& lane : lanes) {
      const std::string account = accounts.Of(lane.record.account_id);
      const std::string job(JobName(lane.record.job));
      out.letters.Add({account, job}, static_cast<double>(lane.open_dead_letters));
      const auto* const state = std::find_if(kLaneStates.begin(), kLaneStates.end(),
                                             [&](const auto& each) { return each.first == lane.activity; });
      if (state != kLaneStates.end()) out.states.Add({state->second}, 1);
      if (!ShouldWork(lane)) continue;
      if (lane.record.last_success_us > 0) out.lag.Highest({account, job}, Seconds(now - lane.record.last_success_us));
      const TimeUs known = lane.record.cursor.watermark_us;
      if (lane.record.job == Job::kOrders && known > 0) out.age.Highest({account}, Seconds(now - known));
    }
    if (lanes.size() < static_cast<size_t>(kRowsAtOnce)) return absl::OkStatus();
    after = lanes.back().record.id;
  }
}

void PutBudgets(const RateBudgets& budgets, const AccountLabels& accounts, std::vector<MetricFamily>& families) {
  Figures left(kBudgetLeft);
  Figures share(kBudgetShare);
  for (const BudgetRecord& budget : budgets.Snapshot("")) {
    const Labels labels = {accounts.Of(budget.account_id), budget.operation};
    left.Lowest(labels, std::max(budget.tokens, 0.0));
    share.Lowest(labels, budget.share);
  }
  left.PutInto(families);
  share.PutInto(families);
}

void PutTally(const Metric& metric, const PairTally& tally, std::vector<MetricFamily>& families) {
  Figures figures(metric);
  for (const auto& [labels, count] : tally.Snapshot()) {
    figures.Add({labels.first, labels.second}, static_cast<double>(count));
  }
  figures.PutInto(families);
}

void PutCommits(const TimeTally& tally, std::vector<MetricFamily>& families) {
  const TimeTally::Times times = tally.Snapshot();
  ClientMetric sample;
  sample.histogram.sample_count = times.all;
  sample.histogram.sample_sum = Seconds(times.sum_us);
  uint64_t so_far = 0;
  for (size_t i = 0; i < times.counts.size(); ++i) {
    so_far += times.counts[i];
    sample.histogram.bucket.push_back({so_far, Seconds(TimeTally::kBounds[i])});
  }
  families.push_back({std::string(kCommits.name), std::string(kCommits.help), TypeOf(kCommits.kind), {sample}});
}

void PutOne(const Metric& metric, double value, std::vector<MetricFamily>& families) {
  Figures figures(metric);
  figures.Add({}, value);
  figures.PutInto(families);
}

}  // namespace

std::vector<MetricFamily> HostCollector::Collect() const {
  std::vector<MetricFamily> families;
  const TimeUs now = parts_.clock.Now();
  StoreFigures stored;
  absl::Status status = parts_.store.Read([&](ReadTx& tx) { return ReadStore(tx, now, stored); });
  LaneFigures lanes;
  status.Update(ReadLanes(parts_.engine, stored.accounts, now, lanes));
  for (const Figures* figures : {&lanes.lag, &lanes.age, &stored.quantities}) figures->PutInto(families);
  stored.oversells.PutInto(now, families);
  for (const Figures* figures : {&stored.packages, &stored.post_sales, &stored.allocations, &lanes.letters,
                                 &stored.drift, &stored.drift_found, &stored.missing, &stored.proven_age}) {
    figures->PutInto(families);
  }
  lanes.states.PutInto(families);
  PutTally(kMarketplaceCalls, parts_.tallies.marketplace_calls, families);
  PutBudgets(parts_.budgets, stored.accounts, families);
  PutTally(kPluginRestarts, parts_.tallies.plugin_restarts, families);
  PutOne(kWatchers, static_cast<double>(parts_.watch.watchers.load()), families);
  PutOne(kWatchLag, static_cast<double>(parts_.watch.lag.load()), families);
  PutCommits(parts_.tallies.commits, families);
  if (!status.ok()) parts_.logger.Error("metrics could not be read", {Field("error", status)});
  PutOne(kScrapeFailed, status.ok() ? 0 : 1, families);
  return families;
}

}  // namespace quayside
