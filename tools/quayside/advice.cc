#include "tools/quayside/advice.h"

#include <algorithm>
#include <array>
#include <utility>

namespace quayside::cli {
namespace {

using ReasonText = std::pair<absl::string_view, absl::string_view>;

constexpr std::array kReasonAdvice = {
    ReasonText{"ACCOUNT_EXISTS", "take another id, or change the account with 'quayside account update'"},
    ReasonText{"ACCOUNT_HAS_CHANNELS", "delete its channels first; 'quayside channel list' shows them"},
    ReasonText{"ACCOUNT_NOT_FOUND", "'quayside account list' shows the accounts"},
    ReasonText{"BACKUP_EXISTS", "take another name; 'quayside backup list' shows those in the host's folder"},
    ReasonText{"BACKUP_INVALID", "take another backup; copy FILE and FILE.json together"},
    ReasonText{"BUNDLE_CHANGED",
               "fetch the bundle again; if you rebuilt it, sign it again with 'quayside plugin sign'"},
    ReasonText{"BUNDLE_INVALID", "'quayside plugin inspect FOLDER' shows what is in the bundle and what mends it"},
    ReasonText{"CANARY_FAILED",
               "the version before works on; 'quayside plugin status' shows what the new one did wrong"},
    ReasonText{"CHANNEL_ENABLED", "disable it first with 'quayside channel disable'"},
    ReasonText{"CHANNEL_EXISTS", "'quayside channel list' shows which channel has that id or marketplace"},
    ReasonText{"CHANNEL_NOT_FOUND", "'quayside channel list' shows the channels"},
    ReasonText{"CHANNEL_UNAVAILABLE",
               "the marketplace cannot be reached or answers with errors; try again in a minute"},
    ReasonText{"CHECKPOINT_NOT_CONFIRMED", "to skip the orders in between all the same: --skip-orders"},
    ReasonText{"CREDENTIALS_REFUSED",
               "renew the credentials with 'quayside account secret', then 'quayside account test'"},
    ReasonText{"DATABASE_LOCKED", "stop the host first: systemctl stop quaysided"},
    ReasonText{"DATABASE_READ_ONLY", "check the permissions of the host's data folder"},
    ReasonText{"DEAD_LETTER_NOT_EDITABLE", "'quayside deadletters show ID' says what it is about"},
    ReasonText{"DEAD_LETTER_NOT_FOUND", "'quayside deadletters list --all' shows them"},
    ReasonText{"DEAD_LETTER_NOT_RETRYABLE",
               "correct it with 'quayside deadletters edit', or close it with 'quayside deadletters discard'"},
    ReasonText{"DISK_FULL", "make room on the host's disk; nothing was changed"},
    ReasonText{"ETAG_MISMATCH", "somebody changed it meanwhile; look at it again and repeat the command"},
    ReasonText{"GENERATION_NOT_FOUND", "'quayside plugin status ID' shows the generations"},
    ReasonText{"HISTORY_GONE", "look at the present state, then watch from now: 'quayside sync watch' without --after"},
    ReasonText{"INVALID_CONFIGURATION", "correct the fields and repeat the command; nothing was changed"},
    ReasonText{"INVALID_LEVEL", "correct the levels and repeat the command; nothing was changed"},
    ReasonText{"INVALID_NAME", "ids are a letter followed by letters, digits and '-', all lower case"},
    ReasonText{"ITEM_EXISTS", "'quayside stock show SKU' shows it"},
    ReasonText{"ITEM_IN_USE",
               "'quayside stock reservations SKU' shows the orders; unlink with 'quayside listings unlink'"},
    ReasonText{"ITEM_NOT_FOUND",
               "'quayside stock list' shows the items; 'quayside stock set SKU LEVEL --create' makes one"},
    ReasonText{"KEY_EXPIRED", "check the host's clock; else get the bundle signed with a newer key"},
    ReasonText{"KEY_NOT_FOR_PLUGIN", "'quayside plugin trust list' shows what each key may sign"},
    ReasonText{"KEY_NOT_YET_VALID", "check the host's clock; 'quayside plugin trust list' shows the dates"},
    ReasonText{"KEY_REVOKED", "get the same bundle signed with another trusted key"},
    ReasonText{"KEY_UNKNOWN", "if you know whose key it is: 'quayside plugin trust add KEYID.toml'"},
    ReasonText{"LANE_DISABLED", "enable a channel of the account with 'quayside channel enable'"},
    ReasonText{"LANE_NOT_FOUND", "'quayside sync status' shows the lanes"},
    ReasonText{"LANE_PAUSED", "resume it first with 'quayside sync resume'"},
    ReasonText{"LEVEL_BELOW_ZERO", "'quayside stock show SKU' shows the level; 'quayside stock set' sets it"},
    ReasonText{"LISTING_LINKED", "unlink it first with 'quayside listings unlink'"},
    ReasonText{"LISTING_NOT_FOUND",
               "'quayside listings list CHANNEL' shows them; new ones come with the next listings sync"},
    ReasonText{"LOCATION_EXISTS", "'quayside stock locations' shows the locations"},
    ReasonText{"LOCATION_NOT_FOUND", "'quayside stock locations' shows the locations"},
    ReasonText{"NOTHING_TO_ROLL_BACK_TO", "'quayside plugin status ID' shows the versions; reload to one of them"},
    ReasonText{"NOT_SIGNED_IN", "name a token with --token-file, or a client certificate with --cert and --key"},
    ReasonText{"OPERATION_NOT_FOUND", "'quayside operation list --limit 0' shows those that are kept"},
    ReasonText{"ORDER_NOT_FOUND", "'quayside orders list' shows the orders"},
    ReasonText{"OUTCOMES_UNKNOWN",
               "submissions without a known outcome must settle first; 'quayside sync status' shows the lanes"},
    ReasonText{"PERMISSION_DENIED", "use a token with that role; an admin makes one with 'quayside token create'"},
    ReasonText{"PLUGIN_DOWNGRADE", "if the older version is meant, repeat it with --allow-downgrade"},
    ReasonText{"PLUGIN_IN_USE", "disable the channels that use it with 'quayside channel disable'"},
    ReasonText{"PLUGIN_NOT_FOUND",
               "'quayside plugin list' shows the plugins; 'quayside plugin install PATH' installs one"},
    ReasonText{"PLUGIN_QUARANTINED", "find out why the host died in it; 'quayside plugin release' lets it run again"},
    ReasonText{"PLUGIN_REJECTED", "'quayside plugin inspect PATH' shows what is in the bundle"},
    ReasonText{"PLUGIN_UNSIGNED", "sign it with 'quayside plugin sign FOLDER --key FILE' and a key the host trusts"},
    ReasonText{"PLUGIN_VERSION_EXISTS", "give the changed build a new version in its manifest"},
    ReasonText{"RELOAD_REFUSED", "change the accounts or lanes named, or the plugin; nothing was changed"},
    ReasonText{"RELOAD_UNDER_WAY", "'quayside plugin status ID --watch' shows how it goes on"},
    ReasonText{"RUN_NOT_FOUND", "'quayside sync runs' shows the runs"},
    ReasonText{"SECRET_MISSING", "set it with 'quayside account secret ACCOUNT NAME'"},
    ReasonText{"SHUTTING_DOWN", "the host is stopping; try again when it is back"},
    ReasonText{"SIGNATURE_UNREADABLE", "delete the damaged .sig file when another signature is there; else sign again"},
    ReasonText{"SIGNATURE_WRONG", "fetch the bundle again, or sign it again with 'quayside plugin sign'"},
    ReasonText{"TOKEN_EXISTS", "take another id; 'quayside token list' shows them"},
    ReasonText{"TOKEN_NOT_FOUND", "'quayside token list' shows the tokens"},
    ReasonText{"TOKEN_REFUSED", "ask an admin for another token; 'quayside token list' shows whether it expired"},
    ReasonText{"TOO_MANY_LEAKS",
               "run the plugin isolated, or restart the host when 'quayside admin safe-to-stop' allows it"},
    ReasonText{"TRUSTED_KEYS_UNSAFE", "chown the folder of trusted keys to root and take away write access for others"},
    ReasonText{"UNKNOWN_SECRET", "'quayside account show' lists the secrets the plugin asks for"},
    ReasonText{"VERSION_NOT_FOUND", "'quayside plugin status ID' shows the installed versions"},
};

}  // namespace

std::string ReasonAdvice(absl::string_view reason) {
  const auto it = std::find_if(kReasonAdvice.begin(), kReasonAdvice.end(),
                               [reason](const ReasonText& entry) { return entry.first == reason; });
  return it == kReasonAdvice.end() ? "" : std::string(it->second);
}

std::string CodeAdvice(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kDeadlineExceeded:
      return "it may still happen; look before repeating it, or wait longer with --timeout SECONDS";
    case absl::StatusCode::kUnimplemented:
      return "the host does not know this call; 'quayside version' and the host's version should match";
    case absl::StatusCode::kUnauthenticated:
    case absl::StatusCode::kPermissionDenied:
      return "your user may not do this; run as the user of the host";
    case absl::StatusCode::kInternal:
      return "a fault of the host; its log says more";
    default:
      return "";
  }
}

}  // namespace quayside::cli
