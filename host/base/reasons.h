// Every reason the host gives, in one list: name, what it means, what to do. docs/reasons.md is generated from it and a
// test holds every returned reason to it.
#pragma once

#include <string_view>

// X(enumerator, "TEXT", "meaning and remedy")
#define QUAYSIDE_REASONS(X)                                                                                           \
  X(kInvalidArgument, "INVALID_ARGUMENT", "A field of the request is wrong; the violations name it.")                 \
  X(kInvalidName, "INVALID_NAME", "A resource name has not the documented form.")                                     \
  X(kInvalidPageToken, "INVALID_PAGE_TOKEN",                                                                          \
    "The page token is not from this method with this filter. Start again without.")                                  \
  X(kInvalidFilter, "INVALID_FILTER", "A part of the filter cannot be understood.")                                   \
  X(kInvalidConfiguration, "INVALID_CONFIGURATION", "An option has a wrong value; the violations name each.")         \
  X(kInvalidLevel, "INVALID_LEVEL", "A stock level is negative or too large.")                                        \
  X(kEtagMismatch, "ETAG_MISMATCH", "Somebody changed the resource meanwhile. Read it again and repeat the change.")  \
  X(kRequestIdReused, "REQUEST_ID_REUSED", "The request id was used with another body. Take a new one.")              \
  X(kMethodUnknown, "METHOD_UNKNOWN", "The host has no such method. It and its client should be of one version.")     \
  X(kNotSignedIn, "NOT_SIGNED_IN", "The call carries no token and no client certificate that is configured.")         \
  X(kTokenRefused, "TOKEN_REFUSED",                                                                                   \
    "There is no such token, or it has expired or is revoked; the message says which of it.")                         \
  X(kPermissionDenied, "PERMISSION_DENIED", "The call needs a role that the caller has not; the message names it.")   \
  X(kCallLimit, "CALL_LIMIT", "The caller calls more often than it may. The retry time says when it may again.")      \
  X(kStreamLimit, "STREAM_LIMIT", "The caller has as many streams open as it may. Close one.")                        \
  X(kTokenExists, "TOKEN_EXISTS", "A token of this id was made before. Take another id.")                             \
  X(kTokenNotFound, "TOKEN_NOT_FOUND", "There is no such token. 'quayside token list' shows them.")                   \
  X(kLogLevelFixed, "LOG_LEVEL_FIXED",                                                                                \
    "This host's log level cannot be changed while it runs. Change log.level and restart it.")                        \
  X(kAddressInUse, "ADDRESS_IN_USE",                                                                                  \
    "Another program listens on the address. Stop it, or give this one another address.")                             \
  X(kPluginNotFound, "PLUGIN_NOT_FOUND", "No plugin of this id is installed. 'quayside plugin list' shows them.")     \
  X(kPluginRejected, "PLUGIN_REJECTED", "The plugin failed a check at loading; the message names the check.")         \
  X(kPluginVersionExists, "PLUGIN_VERSION_EXISTS",                                                                    \
    "This version is installed with other bytes. Give the build a new version.")                                      \
  X(kPluginFault, "PLUGIN_FAULT", "The plugin broke the contract or threw; nothing of the step was kept.")            \
  X(kPluginTimeout, "PLUGIN_TIMEOUT", "A step passed its deadline and was fenced; nothing of it was kept.")           \
  X(kPluginCrashed, "PLUGIN_CRASHED",                                                                                 \
    "The plugin's process ended during the call; the message says how. It is started again; nothing was kept.")       \
  X(kReloadUnderWay, "RELOAD_UNDER_WAY", "Something is being done with this plugin already. Wait for its end.")       \
  X(kReloadRefused, "RELOAD_REFUSED",                                                                                 \
    "The version does not serve accounts or lanes that exist; the violations name each. Nothing was changed.")        \
  X(kCanaryFailed, "CANARY_FAILED", "The new version did worse on the lanes that tried it; the old one works on.")    \
  X(kNothingToRollBackTo, "NOTHING_TO_ROLL_BACK_TO", "No other version worked before, or none may be started.")       \
  X(kVersionNotFound, "VERSION_NOT_FOUND", "This version of the plugin is not installed.")                            \
  X(kGenerationNotFound, "GENERATION_NOT_FOUND", "There is no such generation, or it is not WARM.")                   \
  X(kPluginQuarantined, "PLUGIN_QUARANTINED",                                                                         \
    "The version crashed too often and is not started again. Install a mended one, or release it.")                   \
  X(kPluginInUse, "PLUGIN_IN_USE", "Enabled channels work with the plugin. Disable them first.")                      \
  X(kTooManyLeaks, "TOO_MANY_LEAKS",                                                                                  \
    "Too many generations could not be unloaded. Run the plugin isolated, or restart the host.")                      \
  X(kBundleInvalid, "BUNDLE_INVALID", "The folder is no usable plugin bundle; the message names the finding.")        \
  X(kPluginUnsigned, "PLUGIN_UNSIGNED", "Nobody signed the bundle, and only development mode runs such. Sign it.")    \
  X(kSignatureUnreadable, "SIGNATURE_UNREADABLE",                                                                     \
    "A file in signatures/ is no signature; the message names the line.")                                             \
  X(kSignatureWrong, "SIGNATURE_WRONG", "A signature was not made with the key it names. Sign the bundle again.")     \
  X(kBundleChanged, "BUNDLE_CHANGED",                                                                                 \
    "The bundle is not the one that was signed. Take the original, or sign this one.")                                \
  X(kKeyUnknown, "KEY_UNKNOWN", "No trusted key made the signature. 'quayside plugin trust add' trusts one.")         \
  X(kKeyRevoked, "KEY_REVOKED", "The key is revoked; the message says why. Get the bundle signed with another.")      \
  X(kKeyNotForPlugin, "KEY_NOT_FOR_PLUGIN", "The key may sign other plugins only. Its file lists which.")             \
  X(kKeyNotYetValid, "KEY_NOT_YET_VALID", "The key is trusted from a later time on, by this host's clock.")           \
  X(kKeyExpired, "KEY_EXPIRED", "The key has expired by this host's clock. Get the bundle signed with a newer one.")  \
  X(kTrustedKeyInvalid, "TRUSTED_KEY_INVALID", "A file of the trusted keys has mistakes; the message lists them.")    \
  X(kTrustedKeysUnsafe, "TRUSTED_KEYS_UNSAFE",                                                                        \
    "The folder of trusted keys can be written by others, or not be read. The message names the remedy.")             \
  X(kPluginDowngrade, "PLUGIN_DOWNGRADE",                                                                             \
    "A higher version was active before. 'quayside plugin install --allow-downgrade' goes back all the same.")        \
  X(kContractNotOffered, "CONTRACT_NOT_OFFERED", "The plugin does not offer what was asked for.")                     \
  X(kAccountNotFound, "ACCOUNT_NOT_FOUND", "There is no such account.")                                               \
  X(kAccountExists, "ACCOUNT_EXISTS", "The id is taken.")                                                             \
  X(kAccountHasChannels, "ACCOUNT_HAS_CHANNELS", "Delete the account's channels first.")                              \
  X(kUnknownSecret, "UNKNOWN_SECRET", "The plugin asks for no secret of this name.")                                  \
  X(kSecretMissing, "SECRET_MISSING", "A secret the plugin needs is not set. 'quayside account secret' sets it.")     \
  X(kSecretUnusable, "SECRET_UNUSABLE",                                                                               \
    "A secret is no key of the kind the plugin signs with. 'quayside account secret' sets another.")                  \
  X(kCredentialsRefused, "CREDENTIALS_REFUSED",                                                                       \
    "The marketplace refused the credentials. Renew them; the lane waits.")                                           \
  X(kChannelNotFound, "CHANNEL_NOT_FOUND", "There is no such channel.")                                               \
  X(kChannelExists, "CHANNEL_EXISTS", "The id, or the account's marketplace, is taken.")                              \
  X(kChannelEnabled, "CHANNEL_ENABLED", "Disable the channel first.")                                                 \
  X(kChannelUnavailable, "CHANNEL_UNAVAILABLE",                                                                       \
    "The marketplace could not be reached or answers with errors; it is retried.")                                    \
  X(kOutcomesUnknown, "OUTCOMES_UNKNOWN", "Submissions without a known outcome exist; they must settle first.")       \
  X(kLaneNotFound, "LANE_NOT_FOUND", "There is no such lane.")                                                        \
  X(kLanePaused, "LANE_PAUSED", "The lane is paused; resume it first.")                                               \
  X(kLaneDisabled, "LANE_DISABLED",                                                                                   \
    "The lane's account has no enabled channel, or its plugin does not offer the job.")                               \
  X(kLaneNotScheduled, "LANE_NOT_SCHEDULED", "Lanes of this job work when there is something to do.")                 \
  X(kLaneFenced, "LANE_FENCED", "The step lost its lane to a newer claim; its result was dropped.")                   \
  X(kCheckpointNotConfirmed, "CHECKPOINT_NOT_CONFIRMED",                                                              \
    "The change would skip orders. Ask again with the confirmation the message names.")                               \
  X(kCheckpointNotEditable, "CHECKPOINT_NOT_EDITABLE",                                                                \
    "Only the position of a lane that brings orders is edited, and only while it is known.")                          \
  X(kPlanNotFound, "PLAN_NOT_FOUND",                                                                                  \
    "No plan of this hash was shown lately. 'quayside channel plan' shows what waits now.")                           \
  X(kPlanNotWaiting, "PLAN_NOT_WAITING", "Nothing of the channel waits, or it is being let go already.")              \
  X(kPlanStale, "PLAN_STALE", "Every row of the plan changed since it was shown. Look at the plan again.")            \
  X(kRunNotFound, "RUN_NOT_FOUND", "There is no such run, or it is too old.")                                         \
  X(kOperationNotFound, "OPERATION_NOT_FOUND", "There is no such operation, or it is too old.")                       \
  X(kOrderNotFound, "ORDER_NOT_FOUND", "There is no such order.")                                                     \
  X(kOrderElsewhere, "ORDER_ELSEWHERE",                                                                               \
    "The marketplace knows the order, of another channel than the one it was asked for; the message names it.")       \
  X(kOrderNotDespatchable, "ORDER_NOT_DESPATCHABLE",                                                                  \
    "The order cannot be despatched from here; the message says why.")                                                \
  X(kDespatchNotFound, "DESPATCH_NOT_FOUND", "The order has no package of this number.")                              \
  X(kDespatchNotRetryable, "DESPATCH_NOT_RETRYABLE", "The package is confirmed already, or on its way.")              \
  X(kOrderNotCancellable, "ORDER_NOT_CANCELLABLE",                                                                    \
    "The order, or what is left of it, cannot be cancelled from here; the message says why.")                         \
  X(kOrderNotRefundable, "ORDER_NOT_REFUNDABLE",                                                                      \
    "No money of the order can be given back from here; the message says why.")                                       \
  X(kOrderNotAllocatable, "ORDER_NOT_ALLOCATABLE",                                                                    \
    "The order cannot be given to this warehouse; the message says why.")                                             \
  X(kAllocationNotFound, "ALLOCATION_NOT_FOUND", "The order is in no warehouse's hands.")                             \
  X(kAllocationNotCancellable, "ALLOCATION_NOT_CANCELLABLE",                                                          \
    "The warehouse does not give the order back now; the message says why.")                                          \
  X(kPostSaleActionNotFound, "POST_SALE_ACTION_NOT_FOUND", "The order has no cancellation or refund of this number.") \
  X(kPostSaleActionNotRetryable, "POST_SALE_ACTION_NOT_RETRYABLE",                                                    \
    "The cancellation or refund is done, or on its way.")                                                             \
  X(kPostSaleActionNotUnclear, "POST_SALE_ACTION_NOT_UNCLEAR",                                                        \
    "The host knows what became of it, or is finding out. Only what is unclear is settled by hand.")                  \
  X(kCarrierMissing, "CARRIER_MISSING",                                                                               \
    "Nobody knows who carries the package. Name a carrier or a postal method, or map the order's service.")           \
  X(kPostalMethodNotFound, "POSTAL_METHOD_NOT_FOUND", "There is no such postal method.")                              \
  X(kPostalMethodExists, "POSTAL_METHOD_EXISTS", "A postal method of that id is there.")                              \
  X(kPostalMethodInUse, "POSTAL_METHOD_IN_USE",                                                                       \
    "Services of channels are mapped to it, or it is the default. Map them to another first.")                        \
  X(kItemNotFound, "ITEM_NOT_FOUND", "There is no such item.")                                                        \
  X(kItemExists, "ITEM_EXISTS", "An item with this SKU exists.")                                                      \
  X(kItemInUse, "ITEM_IN_USE",                                                                                        \
    "Listings are linked to the item, or orders hold units of it. Unlink them, or wait for the orders.")              \
  X(kLocationNotFound, "LOCATION_NOT_FOUND", "There is no such location.")                                            \
  X(kLocationExists, "LOCATION_EXISTS", "A location with this id exists.")                                            \
  X(kLocationReadOnly, "LOCATION_READ_ONLY",                                                                          \
    "The levels of the location are read from its marketplace. Change them there.")                                   \
  X(kLevelBelowZero, "LEVEL_BELOW_ZERO", "The change would make the level negative, or it was never set.")            \
  X(kListingNotFound, "LISTING_NOT_FOUND", "There is no such listing.")                                               \
  X(kListingLinked, "LISTING_LINKED", "The listing is linked to another item. Unlink it first.")                      \
  X(kListingSendsNothing, "LISTING_SENDS_NOTHING",                                                                    \
    "The channel or the listing takes no part in quantities; the message says why.")                                  \
  X(kLatencyIsSent, "LATENCY_IS_SENT",                                                                                \
    "The channel has a default handling time, which is sent with every quantity. Switch it off first.")               \
  X(kRuleImportNotFound, "RULE_IMPORT_NOT_FOUND",                                                                     \
    "The channel has no import of rules, or another one than that. Upload the file again and look at its preview.")   \
  X(kRuleImportOutOfStep, "RULE_IMPORT_OUT_OF_STEP",                                                                  \
    "Rows before these are missing, or no more rows were expected. Begin the import again.")                          \
  X(kRuleImportIncomplete, "RULE_IMPORT_INCOMPLETE", "Not all rows of the import were staged. Begin it again.")       \
  X(kSubmissionNotFound, "SUBMISSION_NOT_FOUND", "No such submission of the listing is kept any more.")               \
  X(kDeadLetterNotFound, "DEAD_LETTER_NOT_FOUND", "There is no such dead letter.")                                    \
  X(kDeadLetterClosed, "DEAD_LETTER_CLOSED", "The dead letter was retried or discarded already.")                     \
  X(kDeadLetterNotEditable, "DEAD_LETTER_NOT_EDITABLE",                                                               \
    "Only records of orders and listings are edited here; the message says what to do instead.")                      \
  X(kDeadLetterNotRetryable, "DEAD_LETTER_NOT_RETRYABLE",                                                             \
    "The record cannot be had again; the message says why. Edit it, or discard the letter.")                          \
  X(kHistoryGone, "HISTORY_GONE", "Events that old are compacted. Read the present state, then watch from now.")      \
  X(kWatchTooSlow, "WATCH_TOO_SLOW", "The reader fell behind. Resume from the last revision it saw.")                 \
  X(kRateLimited, "RATE_LIMITED", "The marketplace's allowance is used up; the retry time says when it is not.")      \
  X(kThrottled, "THROTTLED", "The marketplace answered 429; its operation waits.")                                    \
  X(kOriginDenied, "ORIGIN_DENIED",                                                                                   \
    "A request went to an origin the manifest does not declare, or carried a credential there.")                      \
  X(kHttpFailed, "HTTP_FAILED", "The transport failed before an answer.")                                             \
  X(kHttpOutcomeUnknown, "HTTP_OUTCOME_UNKNOWN", "The request was sent and the answer was lost.")                     \
  X(kResponseTooLarge, "RESPONSE_TOO_LARGE", "An answer is larger than allowed.")                                     \
  X(kTooManyRedirects, "TOO_MANY_REDIRECTS", "The origin redirects; redirects are not followed.")                     \
  X(kDocumentNotFound, "DOCUMENT_NOT_FOUND", "The document is not here, or no longer. Fetch it again.")               \
  X(kDocumentTooLarge, "DOCUMENT_TOO_LARGE", "A document is larger, unpacked, than its plugin allows.")               \
  X(kDocumentUnreadable, "DOCUMENT_UNREADABLE",                                                                       \
    "A document came in a form nobody here can read; the message says which.")                                        \
  X(kDocumentDamaged, "DOCUMENT_DAMAGED",                                                                             \
    "A document came incomplete or damaged, or was changed on the disk. Nothing of it is kept; fetch it again.")      \
  X(kDocumentArriving, "DOCUMENT_ARRIVING",                                                                           \
    "A document is larger than what came within one step. What came is kept; the next fetch goes on with it.")        \
  X(kDocumentSpoolFull, "DOCUMENT_SPOOL_FULL",                                                                        \
    "Documents take all the room they may, for two days at most. documents.limit_mib gives more.")                    \
  X(kSigningDenied, "SIGNING_DENIED",                                                                                 \
    "A plugin wanted to sign with a secret, or in a way, that its manifest does not declare.")                        \
  X(kPlaceDenied, "PLACE_DENIED",                                                                                     \
    "A plugin's file lies where it may not go: the setting transfers.allow does not list it, or a link is in the "    \
    "way.")                                                                                                           \
  X(kPlaceNotSet, "PLACE_NOT_SET", "An option that says where files lie is empty or cannot be used.")                 \
  X(kFileNotFound, "FILE_NOT_FOUND", "There is no such file or folder at the place.")                                 \
  X(kTransferFailed, "TRANSFER_FAILED", "A file could not be brought over; nothing of it is kept.")                   \
  X(kTransferOutcomeUnknown, "TRANSFER_OUTCOME_UNKNOWN",                                                              \
    "A file was written or renamed at its place, and the answer was lost.")                                           \
  X(kTransferUnsupported, "TRANSFER_UNSUPPORTED", "The place's protocol has no such operation.")                      \
  X(kHostKeyMismatch, "HOST_KEY_MISMATCH",                                                                            \
    "The file server shows another key than the account's options name. Find out why before changing them.")          \
  X(kConfigFile, "CONFIG_FILE", "The configuration file has a mistake; the message names line and remedy.")           \
  X(kDatabaseNewer, "DATABASE_NEWER",                                                                                 \
    "The database was written by a newer version. Install that, or restore a backup.")                                \
  X(kDatabaseLocked, "DATABASE_LOCKED", "Another host uses this data folder.")                                        \
  X(kDatabaseBusy, "DATABASE_BUSY", "Somebody reads an older state of the database. It is tried again.")              \
  X(kDatabaseReadOnly, "DATABASE_READ_ONLY", "The data folder or the database cannot be written.")                    \
  X(kDatabaseCorrupt, "DATABASE_CORRUPT", "The database is damaged. Restore a backup; nothing was changed.")          \
  X(kBackupExists, "BACKUP_EXISTS", "A file of that name is there; a backup never replaces one. Take another name.")  \
  X(kBackupInvalid, "BACKUP_INVALID",                                                                                 \
    "The backup is incomplete, changed or no backup; the message says which. Take another one.")                      \
  X(kRestoreUnfinished, "RESTORE_UNFINISHED",                                                                         \
    "A restore was cut off. Run 'quayside backup restore' again; the host does not start on half of it.")             \
  X(kDiskFull, "DISK_FULL", "No space is left. Nothing was changed; work goes on when there is space.")               \
  X(kKeyUnavailable, "KEY_UNAVAILABLE",                                                                               \
    "The master key is missing, unreadable or not the one the data was written with.")                                \
  X(kOperationInterrupted, "OPERATION_INTERRUPTED",                                                                   \
    "The host ended before the operation did. What it left is put right; look what holds now, and ask again.")        \
  X(kMessageTooLarge, "MESSAGE_TOO_LARGE", "A message is larger than the host takes. Send it in parts.")              \
  X(kHostUnavailable, "HOST_UNAVAILABLE",                                                                             \
    "What stands in front of the host cannot reach it. Try again in a moment, with the same request id.")             \
  X(kOverloaded, "OVERLOADED", "Too many calls are waiting in the host. Try again in a moment.")                      \
  X(kSocketInUse, "SOCKET_IN_USE", "Another host answers on the socket. Stop it, or give this one another socket.")   \
  X(kShuttingDown, "SHUTTING_DOWN", "The host is stopping.")                                                          \
  X(kDeadlineExceeded, "DEADLINE_EXCEEDED", "The deadline passed.")                                                   \
  X(kInternal, "INTERNAL", "A fault of the host. The log has the same request id.")

namespace quayside {

enum class Reason {
#define QS_X(enumerator, text, meaning) enumerator,
  QUAYSIDE_REASONS(QS_X)
#undef QS_X
};

[[nodiscard]] constexpr std::string_view ReasonText(Reason reason) {
  switch (reason) {
#define QS_X(enumerator, text, meaning) \
  case Reason::enumerator:              \
    return text;
    QUAYSIDE_REASONS(QS_X)
#undef QS_X
  }
  return "INTERNAL";
}

}  // namespace quayside
