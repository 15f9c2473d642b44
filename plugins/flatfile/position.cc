#include "position.h"

#include <algorithm>
#include <boost/json.hpp>

#include "quayside/checksum.h"

namespace quayside::flatfile {
namespace {

namespace json = boost::json;
namespace pb = plugin::v1;
using sdk::Error;

constexpr size_t kShownDigits = 8;  // of a hash, in names
constexpr size_t kLongestArchivedName = 200;
constexpr size_t kKnownDigits = 16;  // of a hash: 64 bits tell a thousand files apart

Error BadCursor(const char* what) {
  return Error::Invalid("CURSOR_INVALID", std::string("the cursor ") + what + "; start the lane anew");
}

// Throws what boost::json throws when a member is missing or of another type.
FilePosition FromJson(const json::object& object) {
  const auto text = [&](const char* name) { return json::value_to<std::string>(object.at(name)); };
  const auto number = [&](const char* name) { return object.at(name).to_number<int64_t>(); };
  // What cursors of earlier versions do not have.
  const auto later = [&](const char* name) {
    const json::value* const value = object.if_contains(name);
    return value == nullptr ? int64_t{0} : value->to_number<int64_t>();
  };
  FilePosition position;
  const int64_t state = number("state");
  if (state < 0 || state > static_cast<int64_t>(FileState::kUnusable)) throw std::out_of_range("state");
  position.state = static_cast<FileState>(state);
  position.name = text("name");
  position.sha256 = text("sha256");
  position.document = text("document");
  position.taken_us = number("taken");
  position.modified_us = later("modified");
  position.as_of_us = later("as_of");
  position.quiet_us = later("quiet");
  position.untaken_us = later("untaken");
  position.offset = number("offset");
  position.line = number("line");
  position.size = number("size");
  position.done = number("done");
  position.bad = number("bad");
  for (const json::value& entry : object.at("watched").as_array()) {
    const json::array& parts = entry.as_array();
    position.watched.push_back({json::value_to<std::string>(parts.at(0)), parts.at(1).to_number<int64_t>(),
                                parts.at(2).to_number<int64_t>(), parts.at(3).to_number<int64_t>()});
  }
  for (const json::value& hash : object.at("known").as_array())
    position.known.push_back(json::value_to<std::string>(hash));
  return position;
}

}  // namespace

std::string ArchivedName(const std::string& sha256, const std::string& name) {
  const std::string beginning = sha256.empty() ? "unread" : sha256.substr(0, kShownDigits);
  return beginning + "-" + (name.size() > kLongestArchivedName ? "file" : name);
}

bool FilePosition::Knows(std::string_view sha) const {
  return std::find(known.begin(), known.end(), sha.substr(0, kKnownDigits)) != known.end();
}

void FilePosition::Remember(std::string_view sha) {
  if (Knows(sha)) return;
  if (known.size() >= kMostKnown) known.erase(known.begin());
  known.emplace_back(sha.substr(0, kKnownDigits));
}

pb::Cursor EncodePosition(std::string_view lane, const FilePosition& position, int64_t watermark_us) {
  json::array watched;
  for (const WatchedFile& file : position.watched)
    watched.push_back(json::array{file.name_hash, file.size, file.modified_us, file.since_us});
  json::array known;
  for (const std::string& hash : position.known) known.emplace_back(hash);
  const json::object object = {{"state", static_cast<int64_t>(position.state)},
                               {"name", position.name},
                               {"sha256", position.sha256},
                               {"document", position.document},
                               {"taken", position.taken_us},
                               {"modified", position.modified_us},
                               {"as_of", position.as_of_us},
                               {"quiet", position.quiet_us},
                               {"untaken", position.untaken_us},
                               {"offset", position.offset},
                               {"line", position.line},
                               {"size", position.size},
                               {"done", position.done},
                               {"bad", position.bad},
                               {"watched", std::move(watched)},
                               {"known", std::move(known)}};
  const std::string text = json::serialize(object);
  pb::Cursor cursor;
  cursor.set_schema(kCursorSchema);
  cursor.set_state(sdk::Sealed(lane, text));
  cursor.set_watermark_us(watermark_us);
  return cursor;
}

sdk::Result<FilePosition> DecodePosition(std::string_view lane, const pb::Cursor& cursor) {
  if (cursor.state().empty()) return FilePosition();
  if (cursor.schema() != kCursorSchema) return BadCursor("is of another schema");
  QS_TRY(const std::string text, sdk::Unsealed(lane, cursor.state()));
  try {
    return FromJson(json::parse(text).as_object());
  } catch (const std::exception&) {
    return BadCursor("holds something else than a position");
  }
}

}  // namespace quayside::flatfile
