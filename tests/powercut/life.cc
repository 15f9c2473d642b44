#include "tests/powercut/life.h"

#include <algorithm>
#include <filesystem>
#include <thread>
#include <utility>
#include <vector>

#include "host/base/errors.h"
#include "host/store/sqlite_connection.h"
#include "host/store/sqlite_store.h"
#include "tests/powercut/check.h"

namespace quayside::powercut {
namespace {

constexpr int kMostActions = 12;             // between two cuts, if the power holds
constexpr int kLongestBurst = 12;            // writes of a writer in a row
constexpr uint64_t kSoon = 40;               // steps: a cut there hits opening and recovery
constexpr int64_t kRefused = 1'000'000'000;  // numbers of orders that are never kept

// One writer in every other life, so that its seed repeats it exactly.
int AnyWriters(Rng& rng) { return rng.Below(2) == 0 ? 1 : static_cast<int>(2 + rng.Below(3)); }

// Now and then documents so large that the log reaches the length at which the store's own checkpoint sets in.
size_t AnyLargestDocument(Rng& rng) {
  const uint64_t kind = rng.Below(50);
  if (kind == 0) return 700'000;
  return kind < 10 ? 40'000 : 3'000;
}

bool AreLarge(size_t largest_document) { return largest_document > 100'000; }

}  // namespace

Life::Life(std::string folder, uint64_t seed, DiskLies lies, int most_writers, Tally& tally)
    : folder_(std::move(folder)),
      tally_(tally),
      rng_(seed),
      machine_(folder_, rng_, lies),
      ledger_(std::min(AnyWriters(rng_), most_writers)),
      largest_document_(AnyLargestDocument(rng_)),
      longest_(AreLarge(largest_document_) ? 30'000 : 600) {}

int64_t Life::MostCuts() const { return AreLarge(largest_document_) ? 3 : 25; }

bool Life::Round() {
  const int64_t wrong_before = tally_.findings.total();
  // Now and then not at all: then the power goes while nothing runs.
  if (rng_.Below(12) != 0) machine_.disk().CutAfter(1 + rng_.Below(rng_.Below(4) == 0 ? kSoon : longest_));
  LiveUntilTheCut();
  ++tally_.cuts;
  ++tally_.cuts_in[static_cast<size_t>(phase_)];
  tally_.steps += static_cast<int64_t>(machine_.disk().steps());
  machine_.disk().Cut();
  store_.reset();
  machine_.Restart();
  CheckWhatIsLeft();
  return tally_.findings.total() == wrong_before;
}

// The phase the power goes in stays.
void Life::Enter(Phase phase) {
  if (!machine_.disk().is_off()) phase_ = phase;
}

void Life::Failed(const std::string& what, const absl::Status& status) {
  if (machine_.disk().is_off()) return;
  const std::lock_guard<std::mutex> lock(tally_mutex_);
  tally_.findings.Add(Wrong::kError, what + ": " + status.ToString());
}

void Life::LiveUntilTheCut() {
  if (!Open()) return;
  for (int action = 0; action < kMostActions && !machine_.disk().is_off(); ++action) {
    switch (rng_.Below(8)) {
      case 0:
        Checkpoint();
        break;
      case 1:
        CloseAndOpen();
        break;
      case 2:
        WriteAndRefuse();
        break;
      default:
        WriteBurst();
        break;
    }
  }
  Enter(Phase::kIdle);
}

bool Life::Open() {
  Enter(Phase::kOpening);
  absl::StatusOr<std::unique_ptr<Store>> opened = machine_.Open();
  if (!opened.ok()) {
    Failed("opening", opened.status());
    return false;
  }
  store_ = *std::move(opened);
  return Claim();
}

bool Life::Claim() {
  Enter(Phase::kWriting);
  for (int writer = 0; writer < ledger_.writers(); ++writer) {
    const Change claim{.kind = Change::Kind::kClaim, .writer = writer, .number = ledger_.Lane(writer).epoch + 1};
    if (!Write(claim).ok()) return false;
  }
  return true;
}

absl::Status Life::Write(const Change& change) {
  const LaneState before = ledger_.Lane(change.writer);
  ledger_.Begin(change);
  const absl::Status status = store_->Write([&](Tx& tx) { return Apply(tx, change, before); });
  if (!status.ok()) {
    Failed("a write", status);
    return status;
  }
  ledger_.Acknowledge(change);
  const std::lock_guard<std::mutex> lock(tally_mutex_);
  ++tally_.acknowledged;
  return status;
}

void Life::WriteMany(int writer, int count) {
  for (int i = 0; i < count; ++i) {
    const Change change{.kind = Change::Kind::kImport,
                        .writer = writer,
                        .number = ledger_.NextNumber(),
                        .document_bytes = rng_.Below(largest_document_)};
    if (!Write(change).ok()) return;
  }
}

void Life::WriteBurst() {
  Enter(Phase::kWriting);
  const int count = static_cast<int>(1 + rng_.Below(kLongestBurst));
  if (ledger_.writers() == 1) {
    WriteMany(0, count);
    return;
  }
  std::vector<std::thread> threads;
  for (int writer = 0; writer < ledger_.writers(); ++writer) {
    threads.emplace_back([this, writer, count] { WriteMany(writer, count); });
  }
  // Another program may have the database open, and tidy up while the writers write.
  if (rng_.Below(3) == 0) threads.emplace_back([this] { RunCheckpoint(); });
  for (std::thread& thread : threads) thread.join();
}

// Its caller decides against it when everything is written: nothing of it may ever show.
void Life::WriteAndRefuse() {
  Enter(Phase::kWriting);
  const Change change{.number = kRefused + ledger_.NextNumber(), .document_bytes = 2'000};
  const LaneState lane = ledger_.Lane(0);
  const absl::Status status = store_->Write([&](Tx& tx) -> absl::Status {
    QS_RETURN_IF_ERROR(Apply(tx, change, lane));
    return absl::CancelledError("changed its mind");
  });
  if (status.code() != absl::StatusCode::kCancelled) Failed("a write that changes its mind", status);
}

// Most steps are writes to the log; what is rarer would hardly be cut.
void Life::MaybeCutSoon() {
  if (rng_.Below(3) == 0) machine_.disk().CutAfter(1 + rng_.Below(kSoon));
}

void Life::Checkpoint() {
  Enter(Phase::kCheckpoint);
  MaybeCutSoon();
  RunCheckpoint();
}

void Life::RunCheckpoint() {
  constexpr std::array kStatements = {"PRAGMA wal_checkpoint(PASSIVE)", "PRAGMA wal_checkpoint(FULL)",
                                      "PRAGMA wal_checkpoint(RESTART)", "PRAGMA wal_checkpoint(TRUNCATE)"};
  const char* const statement = kStatements[rng_.Below(kStatements.size())];
  const auto other = SqliteConnection::Open(machine_.data_dir() + "/quayside.db", SqliteConnection::Role::kWriter);
  const absl::Status status = other.ok() ? (*other)->Exec(statement) : other.status();
  if (!status.ok()) Failed(statement, status);
}

void Life::CloseAndOpen() {
  Enter(Phase::kClosing);
  MaybeCutSoon();
  store_.reset();
  if (!machine_.disk().is_off()) Open();
}

void Life::CheckWhatIsLeft() {
  // A copy: the life goes on from what the cut left, so that its next opening can be cut as well.
  const std::string copy = folder_ + "/check";
  std::filesystem::remove_all(copy);
  std::filesystem::copy(machine_.data_dir(), copy);
  tally_.under_way += static_cast<int64_t>(ledger_.under_way().size());
  const size_t imports_before = ledger_.imports().size();
  {
    const absl::StatusOr<std::unique_ptr<Store>> store = OpenSqliteStore({.data_dir = copy});
    if (!store.ok()) {
      tally_.findings.Add(Wrong::kCorrupt, "opening after a cut: " + store.status().ToString());
      return;
    }
    CheckAgainst(ledger_, **store, tally_.findings);
  }
  tally_.under_way_kept += static_cast<int64_t>(ledger_.imports().size() - imports_before);
}

}  // namespace quayside::powercut
