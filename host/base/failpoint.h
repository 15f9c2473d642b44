// Named places around every durable step where a test can end the process: QUAYSIDE_FAILPOINT=name[:count] kills it
// (SIGKILL to itself) at the count-th time (default first) the place is reached. The list is kFailPoints; a name that
// is not in it is refused at start, so that a test cannot silently test nothing.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace quayside {

inline constexpr std::array<std::string_view, 81> kFailPoints = {
    "start-before-schema-step",  // a fresh or older database
    "start-after-schema-step",   // one step further, the next not begun
    "start-before-first-key",    // the master key is made, no key under it is stored
    "start-after-first-key",
    "change-before-commit",  // a change asked for by the API: checked, not stored
    "change-after-commit",   // stored, the caller not answered
    "lane-before-ending",    // how a step ended is known in memory only
    "lane-after-ending",
    "fence-before-commit",       // a stuck step is given up, the store does not know
    "fence-after-commit",        // its commits are refused, the lane not rescheduled
    "end-runs-before-commit",    // a lane is gone, the runs that waited for it still wait
    "order-step-before-call",    // claimed, nothing asked
    "order-step-before-commit",  // page read, nothing stored
    "order-step-after-commit",   // stored, lane not rescheduled
    "listing-step-before-commit",
    "listing-step-after-commit",
    "listing-between-vanish-pieces",  // a complete pass: a piece of what it did not see is marked
    "quantity-after-decisions",       // a batch of targets is decided, none written as an intent
    "quantity-before-intents",        // decided, not written
    "quantity-after-intents",         // written, not sent
    "quantity-after-push",            // sent, outcome not stored
    "quantity-after-outcomes",        // stored
    "quantity-after-commit",          // the lane's row too
    "gate-between-releases",          // a piece of a plan's rows let go
    "poll-before-commit",             // outcomes of accepted quantities known, not stored
    "bulk-after-gather",              // a page of a document is written, nothing sent
    "bulk-before-hand-over",          // it is complete and about to be sent
    "bulk-after-hand-over",           // sent, the answer not stored
    "bulk-after-answer",              // stored
    "bulk-after-find",                // found or not, not stored
    "bulk-after-poll",                // outcomes known, none stored
    "bulk-between-outcomes",          // a page of them stored
    "bulk-after-withdraw",            // taken back, not stored
    "bulk-between-releases",          // a page of its quantities given back
    "bulk-between-frees",             // a page of a stuck one's quantities freed
    "read-back-before-commit",        // read, nothing stored
    "reconcile-before-commit",        // a piece of the listings is compared, nothing stored
    "reconcile-after-commit",         // suspicions are stored, nobody asked
    "completeness-after-begin",       // which span is compared is stored, nothing asked
    "completeness-before-commit",     // orders are named, nothing stored
    "completeness-after-commit",      // those that are missing are to be asked for, the lane not rescheduled
    "despatch-after-look",            // what the marketplace shows of packages is known, none is written as sent
    "despatch-after-intents",         // written as being sent, not sent
    "despatch-after-confirm",         // sent, outcome not stored
    "despatch-after-outcomes",        // stored
    "despatch-after-reconcile",       // what became of an unknown one is known, not stored
    "despatch-poll-before-commit",    // outcomes of accepted packages known, not stored
    "despatch-after-commit",          // the lane's row too
    "post-sale-after-intents",        // written as being sent, not sent
    "post-sale-after-hand-over",      // sent, outcome not stored
    "post-sale-after-outcomes",       // stored
    "post-sale-after-find",           // whether a lost one arrived is known, not stored
    "post-sale-poll-before-commit",   // outcomes of accepted ones known, not stored
    "post-sale-after-commit",         // the lane's row too
    "centre-stock-before-commit",     // a page of a fulfilment centre's stock is read, nothing of it stored
    "centre-stock-after-commit",      // stored
    "outbound-after-intent",          // an order for a warehouse is written as being sent, not sent
    "outbound-after-submit",          // sent, outcome not stored
    "outbound-after-outcome",         // stored
    "outbound-after-look",            // what the warehouse has of orders is known, not stored
    "install-before-manifest",        // half of the bundle is written beside its place
    "install-before-rename",          // all of it is
    "install-after-rename",           // in place, not recorded
    "install-before-commit",          // loaded, not recorded
    "install-after-commit",           // recorded, nobody told
    "reload-in-canary",               // some lanes are the new version's, nothing of it is stored but its beginning
    "reload-before-take-back",        // the canary failed, its lanes are the old version's again
    "reload-after-take-back",         // stored; what the canary left is put right as its last steps end
    "reload-before-swap-back",        // going back to the WARM version, nothing stored
    "reload-after-swap-back",         // stored, the newer version still works
    "reload-before-flip",             // the canary did well, nothing stored
    "reload-after-flip",              // stored, the old version still works
    "backup-before-rename",           // copied, under its temporary name
    "backup-before-manifest",         // it has its own, nothing says yet that it is complete
    "backup-before-ending",           // complete, not recorded
    "document-before-commit",         // all of it on the disk, without its name
    "document-after-commit",          // in place, the step not told
    "transfer-before-rename",         // a file for a place is written under its temporary name
    "transfer-after-rename",          // it has its own, the step not told
    "transfer-before-move",           // a file of a place is to be claimed, or put away, and lies where it was
    "transfer-after-move",            // it is, the step not told
};

// Reads the environment once, at start. INVALID_ARGUMENT when the name is unknown.
[[nodiscard]] absl::Status ArmFailPoint(const std::string& setting);
// Does nothing unless armed with this name.
void FailPoint(std::string_view name);

}  // namespace quayside
