#include "host/sync/erasure_sweep.h"

#include "host/orders/erasure.h"

namespace quayside {
namespace {

constexpr int kErasedAtOnce = 200;
constexpr int kPiecesInASweep = 100;

}  // namespace

void SweepPersonalData(Store& store, const Cipher& cipher, const Clock& clock, Logger& logger) {
  ErasedPiece all;
  for (int pieces = 0; pieces < kPiecesInASweep; ++pieces) {
    const absl::StatusOr<ErasedPiece> piece = ErasePiece(store, cipher, clock.Now(), kErasedAtOnce);
    if (!piece.ok()) {
      logger.Error("personal data that is due could not be erased", {Field("error", piece.status())});
      break;
    }
    all.orders += piece->orders;
    all.letters += piece->letters;
    if (!piece->more) break;
  }
  if (all.orders + all.letters > 0)
    logger.Info("personal data was erased", {Field("orders", all.orders), Field("dead_letters", all.letters)});
  // Also when nothing was due: an erasure that somebody asked for may have found the log in use.
  if (const absl::Status purged = store.Purge(); !purged.ok())
    logger.Warning("erased data may still be in the database's log", {Field("error", purged)});
}

}  // namespace quayside
