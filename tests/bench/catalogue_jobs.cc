#include "tests/bench/catalogue_jobs.h"

#include <algorithm>
#include <fstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "host/api/plan_view.h"
#include "host/base/errors.h"
#include "host/listings/rule_import.h"
#include "host/sync/sync_plan.h"
#include "tests/bench/big_catalogue.h"
#include "tests/bench/deciding.h"
#include "tests/bench/figures.h"

namespace quayside {
namespace {

// As the API stages, applies and forces.
constexpr int kStagedAtOnce = 2000;
constexpr int kAppliedAtOnce = 500;
constexpr int kForcedAtOnce = 2000;
constexpr int kPlannedAtOnce = 1000;

// "VmHWM: 123456 kB": the most this process ever held.
double PeakMb() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.rfind("VmHWM:", 0) == 0) return std::stod(line.substr(6)) / 1024;
  }
  throw std::runtime_error("the system does not tell how much memory there is in use");
}

std::vector<RuleCells> Cells(int begin, int end) {
  std::vector<RuleCells> rows;
  for (int n = begin; n < end; ++n) {
    rows.push_back({.line = n + 2,
                    .sku = BigSku(n),
                    .max_listed_quantity = std::to_string(20 + n % 10),
                    .end_when_quantity = std::to_string(n % 3),
                    .listed_percentage = "87.5"});
  }
  return rows;
}

void Stage(Store& store, RuleImportRecord& import) {
  const RuleColumns columns{.max_listed_quantity = {.present = true},
                            .end_when_quantity = {.present = true},
                            .listed_percentage = {.present = true}};
  for (int begin = 0; begin < kBigItems; begin += kStagedAtOnce) {
    const std::vector<RuleCells> rows = Cells(begin, std::min(begin + kStagedAtOnce, kBigItems));
    RuleImportRecord staged;
    Check(store.Write([&](Tx& tx) -> absl::Status {
      staged = import;
      QS_RETURN_IF_ERROR(StageRuleRows(tx, staged, columns, rows).status());
      return tx.PutRuleImport(staged);
    }));
    import = staged;
  }
  if (import.changes != kBigItems || import.problems != 0) throw std::runtime_error("not every row was staged");
}

void Apply(Store& store, RuleImportRecord& import) {
  while (import.state != RuleImportState::kApplied) {
    RuleImportRecord applied;
    Check(store.Write([&](Tx& tx) {
      applied = import;
      return ApplyRuleRows(tx, Deciding::kNowUs, applied, kAppliedAtOnce);
    }));
    import = applied;
  }
  if (import.applied != kBigItems) throw std::runtime_error("not every row was applied");
}

void ForceAll(Store& store, int which) {
  ForcedPiece piece;
  while (!piece.last) {
    ForcedPiece next;
    Check(store.Write([&](Tx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(
          next,
          tx.ForceTargets({.channel_id = BigChannel(which), .after_sku = piece.through_sku, .looked_at = kForcedAtOnce},
                          Deciding::kNowUs));
      return absl::OkStatus();
    }));
    piece = next;
  }
}

// As the API makes a dry run of a channel: pieces are judged in a read, and stored in a commit.
int64_t PlanAll(Store& store, IdSource& ids, int which) {
  SyncPlanRecord plan{
      .channel_id = BigChannel(which), .id = ids.Next(), .force = true, .hash = BigChannel(which), .created_us = 1};
  while (plan.state == SyncPlanState::kPlanning) {
    PlannedPiece piece;
    Check(store.Read([&](ReadTx& tx) -> absl::Status {
      QS_ASSIGN_OR_RETURN(const ChannelRecord stored, tx.GetChannel(plan.channel_id));
      const ChannelRecord channel = PlannedFor(stored, plan);
      TargetReader reader(tx, [](const std::string&) { return true; });
      reader.Suppose(channel);
      QS_ASSIGN_OR_RETURN(piece, PlanNext(tx, reader, channel, plan, Deciding::kNowUs, kPlannedAtOnce));
      return absl::OkStatus();
    }));
    SyncPlanRecord taken;
    Check(store.Write([&](Tx& tx) {
      taken = plan;
      return TakePlanned(tx, taken, piece, Deciding::kNowUs);
    }));
    plan = taken;
  }
  return plan.rows;
}

}  // namespace

void MeasureRuleImport(Store& store) {
  Deciding deciding(store);
  double staged = 0;
  double applied = 0;
  for (int which = 0; which < 2; ++which) {
    RuleImportRecord import{.channel_id = BigChannel(which),
                            .id = deciding.ids().Next(),
                            .created_by = "bench",
                            .created_us = Deciding::kNowUs};
    staged += SecondsOf([&] { Stage(store, import); });
    import.state = RuleImportState::kReady;
    applied += SecondsOf([&] { Apply(store, import); });
  }
  PrintRow("rules_preview_1000000", staged, "s");
  PrintRow("rules_apply_1000000", applied, "s");
  PrintRow("rules_import_peak", PeakMb(), "MB");
}

void MeasureFullPlan(Store& store) {
  Deciding deciding(store);
  int64_t planned = 0;
  const double planning_took = SecondsOf([&] {
    for (int which = 0; which < 2; ++which) planned += PlanAll(store, deciding.ids(), which);
  });
  if (planned != kBigListings) throw std::runtime_error("the dry run is not of every listing");
  int64_t decided = 0;
  const double deciding_took = SecondsOf([&] {
    for (int which = 0; which < 2; ++which) {
      ForceAll(store, which);
      decided += deciding.DecideMarked(which);
    }
  });
  int64_t rows = 0;
  const double reading_took = SecondsOf([&] {
    for (int which = 0; which < 2; ++which) {
      Check(store.Read([&](ReadTx& tx) -> absl::Status {
        QS_ASSIGN_OR_RETURN(const PlanRows plan, ReadPlanRows(tx, BigChannel(which)));
        if (plan.hash.empty()) throw std::runtime_error("the plan has no hash");
        rows += plan.rows;
        return absl::OkStatus();
      }));
    }
  });
  if (decided != kBigListings || rows != kBigListings) throw std::runtime_error("the plan is not of every listing");
  PrintRow("plan_dry_run_1000000", planning_took, "s");
  PrintRow("plan_full_sync_1000000", deciding_took + reading_took, "s");
  PrintRow("plan_shown_1000000", reading_took, "s");
}

}  // namespace quayside
