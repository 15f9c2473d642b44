// One database from its first start over many power cuts: writers import orders, the database is checkpointed, closed
// and opened, and the power goes at some step of the disk in the middle of any of it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "host/base/rng.h"
#include "host/store/store.h"
#include "host/store/testing/power_cut_machine.h"
#include "tests/powercut/findings.h"
#include "tests/powercut/ledger.h"

namespace quayside::powercut {

enum class Phase { kOpening, kWriting, kCheckpoint, kClosing, kIdle };
inline constexpr std::array kPhaseNames = {"opening", "writing", "checkpoint", "closing", "idle"};

// Of all lives so far.
struct Tally {
  int64_t cuts = 0;
  int64_t acknowledged = 0;    // changes the store said yes to
  int64_t under_way = 0;       // changes that the power went in the middle of
  int64_t under_way_kept = 0;  // and that were there afterwards
  int64_t steps = 0;           // of the disk: writes, truncations, syncs, files made and deleted
  std::array<int64_t, kPhaseNames.size()> cuts_in = {};
  Findings findings;
};

class Life {
 public:
  // `folder` exists, is empty and is removed by the caller. With one writer a seed repeats everything; with more the
  // threads' turns differ.
  Life(std::string folder, uint64_t seed, DiskLies lies, int most_writers, Tally& tally);

  // After so many cuts the life is not worth its time any more: a database of large documents grows fast.
  [[nodiscard]] int64_t MostCuts() const;
  // From the power's return to the next cut, and the check of what it left. False: something was wrong, and nothing
  // more can be said about this life.
  bool Round();

 private:
  void LiveUntilTheCut();
  // False when the power is off.
  bool Open();
  bool Claim();
  void WriteBurst();
  void WriteMany(int writer, int count);
  absl::Status Write(const Change& change);
  void WriteAndRefuse();
  void MaybeCutSoon();
  void Checkpoint();
  void RunCheckpoint();
  void CloseAndOpen();
  void Enter(Phase phase);
  // A call failed: fine when it was for want of power.
  void Failed(const std::string& what, const absl::Status& status);
  void CheckWhatIsLeft();

  const std::string folder_;
  Tally& tally_;
  SeededRng rng_;
  PowerCutMachine machine_;
  Ledger ledger_;
  const size_t largest_document_;
  const uint64_t longest_;  // steps of the disk from start to cut
  std::unique_ptr<Store> store_;
  Phase phase_ = Phase::kIdle;
  std::mutex tally_mutex_;  // while writers run
};

}  // namespace quayside::powercut
