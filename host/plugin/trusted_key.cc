#include "host/plugin/trusted_key.h"

#include <fnmatch.h>
#include <toml++/toml.h>

#include <algorithm>
#include <chrono>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_join.h"
#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/base/utc_text.h"
#include "host/plugin/signature.h"
#include "host/security/ed25519.h"

namespace quayside {
namespace {

constexpr std::string_view kSuffix = ".toml";
constexpr size_t kLongestHolder = 200;

bool IsPluginPattern(std::string_view text) {
  return !text.empty() && text.size() <= 64 && std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) || absl::ascii_isdigit(static_cast<unsigned char>(c)) ||
           c == '-' || c == '_' || c == '*';
  });
}

bool IsPlainText(std::string_view text) {
  return !text.empty() && text.size() <= kLongestHolder && std::none_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
}

TimeUs Moment(const toml::date& date, const toml::time& time, int offset_minutes) {
  const std::chrono::sys_days day = std::chrono::year(date.year) / date.month / date.day;
  const int64_t minutes = time.hour * int64_t{60} + time.minute - offset_minutes;
  return day.time_since_epoch().count() * kDayUs + minutes * kMinuteUs + time.second * kSecondUs;
}

// Without a zone it is UTC.
// Of the years 1970 to 9999, in UTC: others could not be written as they are read.
std::optional<TimeUs> MomentOf(const toml::node& node) {
  constexpr TimeUs kYear10000 = 253'402'300'800 * kSecondUs;
  std::optional<TimeUs> moment;
  if (const auto* date = node.as_date()) moment = Moment(date->get(), {}, 0);
  if (const auto* both = node.as_date_time()) {
    const toml::date_time& value = both->get();
    moment = Moment(value.date, value.time, value.offset.has_value() ? value.offset->minutes : 0);
  }
  return moment >= 0 && moment < kYear10000 ? moment : std::nullopt;
}

// Reads one table and remembers every mistake in it.
class KeyReader {
 public:
  explicit KeyReader(const std::string& file_name) : file_name_(file_name) {}

  absl::StatusOr<TrustedKey> Read(const toml::table& table) {
    CheckNames(table, {"key", "name", "public_key", "plugins", "isolation", "not_before", "not_after", "revoked"}, "");
    key_.id = Text(table, "key", "is missing; it is the key's id, 16 hexadecimal digits");
    key_.name = Text(table, "name", "is missing; say who holds the key");
    ReadPublicKey(table);
    ReadPlugins(table);
    ReadIsolation(table);
    key_.not_before = Date(table, "not_before");
    key_.not_after = Date(table, "not_after");
    ReadRevocation(table);
    CheckTogether();
    if (mistakes_.empty()) return std::move(key_);
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kTrustedKeyInvalid,
                     Concat(file_name_, ": ", absl::StrJoin(mistakes_, "; ")));
  }

 private:
  void Mistake(std::string_view field, std::string_view what) { mistakes_.push_back(Concat(field, " ", what)); }

  void CheckNames(const toml::table& table, const std::vector<std::string_view>& known, std::string_view prefix) {
    for (const auto& [name, value] : table) {
      if (std::find(known.begin(), known.end(), name.str()) != known.end()) continue;
      Mistake(Concat(prefix, std::string_view(name.str())),
              Concat("is unknown; known are ",
                     absl::StrJoin(known, ", ", [](std::string* out, std::string_view each) { out->append(each); })));
    }
  }

  std::string Text(const toml::table& table, std::string_view field, std::string_view missing) {
    const auto text = table[field].value_exact<std::string>();
    if (!table.contains(field)) {
      Mistake(field, missing);
    } else if (!text.has_value() || !IsPlainText(*text)) {
      Mistake(field, Concat("must be a text of 1 to ", kLongestHolder, " characters without control characters"));
    } else {
      return *text;
    }
    return {};
  }

  std::optional<TimeUs> Date(const toml::table& table, std::string_view field) {
    if (!table.contains(field)) return std::nullopt;
    const auto moment = MomentOf(*table.get(field));
    if (!moment.has_value())
      Mistake(field, "must be a date after 1970 such as 2027-01-31 or 2027-01-31T12:00:00Z, without quotes");
    return moment;
  }

  void ReadPublicKey(const toml::table& table) {
    const std::string text =
        Text(table, "public_key", "is missing; it is the base64 of the 32 bytes of the public key");
    if (text.empty()) return;
    if (!absl::Base64Unescape(text, &key_.public_key) || key_.public_key.size() != kEd25519KeySize) {
      Mistake("public_key", "must be the base64 of the 32 bytes of an Ed25519 public key");
    }
  }

  void ReadPlugins(const toml::table& table) {
    const toml::array* list = table["plugins"].as_array();
    if (list == nullptr || list->empty()) {
      Mistake("plugins", "must list the ids of the plugins it may sign, such as [\"amazon\", \"acme-*\"]");
      return;
    }
    for (const toml::node& node : *list) {
      const auto text = node.value_exact<std::string>();
      if (!text.has_value() || !IsPluginPattern(*text)) {
        Mistake("plugins", "must hold plugin ids, in which '*' stands for any characters");
        return;
      }
      key_.plugins.push_back(*text);
    }
  }

  void ReadIsolation(const toml::table& table) {
    const auto text = table["isolation"].value_exact<std::string>();
    const auto mode = text.has_value() ? ParseIsolationMode(*text) : std::nullopt;
    if (mode.has_value()) {
      key_.isolation = *mode;
    } else {
      Mistake("isolation", "must be \"in_process\" or \"isolated\": the most a signature of it grants");
    }
  }

  void ReadRevocation(const toml::table& table) {
    if (!table.contains("revoked")) return;
    const toml::table* revoked = table["revoked"].as_table();
    if (revoked == nullptr) {
      Mistake("revoked", "must be a table with at and reason");
      return;
    }
    CheckNames(*revoked, {"at", "reason"}, "revoked.");
    key_.revoked = KeyRevocation{Date(*revoked, "at").value_or(0), Text(*revoked, "reason", "is missing; say why")};
  }

  void CheckTogether() {
    if (key_.public_key.size() == kEd25519KeySize && !key_.id.empty() && KeyId(key_.public_key) != key_.id) {
      Mistake("key", Concat("must be ", KeyId(key_.public_key), ", the id of this public key"));
    }
    if (!key_.id.empty() && file_name_ != Concat(key_.id, kSuffix)) {
      Mistake("key", Concat("is ", key_.id, ", so the file must be named ", key_.id, kSuffix));
    }
    if (key_.not_before && key_.not_after && *key_.not_before >= *key_.not_after) {
      Mistake("not_after", "must be later than not_before");
    }
  }

  const std::string& file_name_;
  TrustedKey key_;
  std::vector<std::string> mistakes_;
};

std::string Quoted(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "\"";
}

}  // namespace

absl::StatusOr<TrustedKey> ParseTrustedKey(std::string_view toml, const std::string& file_name) {
  toml::table table;
  try {
    table = toml::parse(toml);
  } catch (const toml::parse_error& error) {
    return MakeError(absl::StatusCode::kInvalidArgument, Reason::kTrustedKeyInvalid,
                     Concat(file_name, ":", error.source().begin.line, ": ", std::string_view(error.description())));
  }
  return KeyReader(file_name).Read(table);
}

std::string TrustedKeyToml(const TrustedKey& key) {
  std::string text =
      Concat("# A key whose signatures Quayside believes. It goes into the folder plugins.trusted_keys.\n",
             "key = ", Quoted(key.id), "\nname = ", Quoted(key.name),
             "\npublic_key = ", Quoted(absl::Base64Escape(key.public_key)),
             "\n# Plugins it may sign; '*' stands for any characters.\n", "plugins = [",
             absl::StrJoin(key.plugins, ", ", [](std::string* out, const std::string& id) { out->append(Quoted(id)); }),
             "]\n# The most a signature grants: isolated (a process of its own) or in_process (the host's).\n",
             "isolation = ", Quoted(IsolationModeText(key.isolation)), "\n");
  if (key.not_before) text += Concat("not_before = ", UtcText(*key.not_before), "\n");
  if (key.not_after) text += Concat("not_after = ", UtcText(*key.not_after), "\n");
  if (key.revoked) {
    text += Concat("\n[revoked]\n", key.revoked->at == 0 ? "" : Concat("at = ", UtcText(key.revoked->at), "\n"),
                   "reason = ", Quoted(key.revoked->reason), "\n");
  }
  return text;
}

bool MaySign(const TrustedKey& key, const std::string& plugin_id) {
  return std::any_of(key.plugins.begin(), key.plugins.end(), [&](const std::string& pattern) {
    return fnmatch(pattern.c_str(), plugin_id.c_str(), FNM_NOESCAPE) == 0;
  });
}

std::string KeyTitle(const TrustedKey& key) { return Concat(key.name, " (", key.id, ")"); }

std::optional<TimeUs> ParseKeyDate(std::string_view text) {
  if (text.find('\n') != std::string_view::npos) return std::nullopt;
  try {
    const toml::table table = toml::parse(Concat("at = ", text));
    const toml::node* node = table.get("at");
    return node == nullptr || table.size() != 1 ? std::nullopt : MomentOf(*node);
  } catch (const toml::parse_error&) {
    return std::nullopt;
  }
}

}  // namespace quayside
