#include "shipments.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "outbound.h"
#include "shipment_row.h"
#include "table.h"
#include "values.h"

namespace quayside::flatfile {
namespace {

namespace pb = plugin::v1;
using sdk::Error;
using sdk::Result;
using sdk::Step;

constexpr int kMostShipmentFiles = 10'000;
constexpr std::string_view kEnding = ".csv";
// After which a file that was sent lies there, or was taken by the warehouse.
constexpr int64_t kArrivedAfterUs = 600 * kSecondUs;
constexpr int64_t kAskAgainUs = 300 * kSecondUs;

Result<std::vector<pb::FileEntry>> ListOldestFirst(const InFolder& folder, Step& step) {
  pb::ListFiles request;
  request.set_place(folder.place);
  request.set_max_files(kMostShipmentFiles);
  QS_TRY(const pb::ListedFiles list, step.ListFiles(request));
  // What does not show must not count as silence.
  if (list.truncated())
    return Error::RetryAt(0, "PLACE_TOO_FULL", "the place for shipments has more than 10000 files: some must go");
  std::vector<pb::FileEntry> files(list.files().begin(), list.files().end());
  std::sort(files.begin(), files.end(), [](const pb::FileEntry& a, const pb::FileEntry& b) {
    return std::pair(a.modified_us(), a.name()) < std::pair(b.modified_us(), b.name());
  });
  return files;
}

// By its marker, or because it has not changed for so long.
bool LooksWhole(const InFolder& folder, const std::vector<pb::FileEntry>& files, const pb::FileEntry& file,
                int64_t now_us) {
  if (folder.marker.empty()) return file.modified_us() + folder.stable_us <= now_us;
  return std::any_of(files.begin(), files.end(),
                     [&](const pb::FileEntry& other) { return other.name() == file.name() + folder.marker; });
}

// The last line is not cut.
Result<bool> EndsItsLastLine(const std::string& document, int64_t size, Step& step) {
  if (size == 0) return false;
  pb::ReadDocument request;
  request.set_name(document);
  request.set_offset(size - 1);
  request.set_max_bytes(1);
  QS_TRY(const pb::DocumentChunk last, step.Read(request));
  return last.data() == "\n";
}

// "" or why nothing of the file can be used. An error: it is not known.
Result<std::string> ReadCopy(const Settings& settings, const std::string& document, int64_t size,
                             OutboundAnswer& answer, Step& step) {
  QS_TRY(const bool is_whole, EndsItsLastLine(document, size, step));
  if (!is_whole) return std::string("its last line has no end");
  FilePosition position;
  position.document = document;
  position.size = size;
  std::string problem;
  TableHandler handler;
  handler.row = [&](const Row& row, const Place&) {
    problem = answer.Add(row);
    return problem.empty() ? Going::kOn : Going::kStop;
  };
  handler.bad_line = [&](const Row&, const std::string& what, const Place&) {
    problem = what;
    return Going::kStop;
  };
  QS_TRY(const TableResult result,
         ReadTable(position, settings.format, ShipmentFields(), settings.shipments.columns, handler, step));
  if (!problem.empty()) return problem;
  if (result.end == TableEnd::kUnusable) return result.problem;
  if (result.end != TableEnd::kEnd) return Error::RetryAt(0, "STEP_ENDED", "the step ended before the file did");
  return std::string();
}

// As ReadCopy, of the file itself.
Result<std::string> ReadFile(const Settings& settings, const std::string& name, OutboundAnswer& answer, Step& step) {
  pb::FetchFile request;
  request.set_place(settings.shipments.place);
  request.set_path(name);
  request.set_document(settings.shipments.place + "-" + ShortHash(name));
  request.set_charset(settings.format.charset);
  auto copy = step.FetchFile(request);
  if (!copy.ok() && (copy.error().status == QS_NOT_FOUND || copy.error().reason.starts_with("DOCUMENT_")))
    return copy.error().message;
  if (!copy.ok()) return copy.error();
  auto read = ReadCopy(settings, request.document(), copy.value().size(), answer, step);
  step.Release(request.document());
  return read;
}

// The names in the place for orders that wait to be taken; nothing where that cannot be listed.
Result<std::set<std::string>> NamesWaiting(const OutFolder& folder, Step& step) {
  pb::ListFiles request;
  request.set_place(folder.place);
  request.set_max_files(kMostShipmentFiles);
  auto list = step.ListFiles(request);
  std::set<std::string> names;
  if (!list.ok() && list.error().status != QS_UNSUPPORTED) return list.error();
  if (list.ok())
    for (const pb::FileEntry& file : list.value().files()) names.insert(file.name());
  return names;
}

}  // namespace

std::string OutboundIdOfFile(std::string_view name) {
  if (!name.ends_with(kEnding)) return {};
  const std::string id(name.substr(0, name.find_first_of("_.")));
  return IsOutboundId(id) ? id : std::string();
}

Result<std::map<std::string, pb::OutboundState>> ReadShipments(const Settings& settings,
                                                               const std::set<std::string>& ids, Step& step) {
  std::map<std::string, pb::OutboundState> states;
  if (ids.empty()) return states;
  QS_TRY(const std::vector<pb::FileEntry> files, ListOldestFirst(settings.shipments, step));
  std::map<std::string, OutboundAnswer> answers;
  for (const pb::FileEntry& file : files) {
    const std::string id = OutboundIdOfFile(file.name());
    if (!ids.contains(id) || !LooksWhole(settings.shipments, files, file, step.NowUs())) continue;
    const auto known = answers.find(id);
    OutboundAnswer answer = known == answers.end() ? OutboundAnswer(id, settings.format) : known->second;
    QS_TRY(const std::string problem, ReadFile(settings, file.name(), answer, step));
    if (problem.empty()) {
      answers.erase(id);
      answers.emplace(id, std::move(answer));
    } else {
      step.Warning("a warehouse's file says nothing that can be used", {{"file", file.name()}, {"problem", problem}});
    }
  }
  for (const auto& [id, answer] : answers) states.emplace(id, answer.State());
  return states;
}

Result<bool> AnyOrderWaits(const Settings& settings, Step& step) {
  if (settings.outbound.place.empty()) return false;
  QS_TRY(const std::set<std::string> names, NamesWaiting(settings.outbound, step));
  return std::any_of(names.begin(), names.end(), IsOutboundFile);
}

Result<pb::ReconcileOutboundReply> ReconcileOutbound(const Settings& settings,
                                                     const pb::ReconcileOutboundRequest& request, Step& step) {
  pb::ReconcileOutboundReply reply;
  const std::set<std::string> ids(request.outbound_ids().begin(), request.outbound_ids().end());
  if (settings.outbound.place.empty()) {
    for (const std::string& id : ids) reply.add_not_found(id);
    return reply;
  }
  // What is taken between two looks has an answer at the second one at the earliest: this one first.
  QS_TRY(const std::set<std::string> waiting, NamesWaiting(settings.outbound, step));
  QS_TRY(const auto states, ReadShipments(settings, ids, step));
  for (const std::string& id : ids) {
    if (const auto state = states.find(id); state != states.end()) {
      *reply.add_states() = state->second;
    } else if (waiting.contains(OutboundFileOf(id))) {
      pb::OutboundState& untaken = *reply.add_states();
      untaken.set_outbound_id(id);
      untaken.set_status(pb::OUTBOUND_STATUS_RECEIVED);
      untaken.set_raw_status("waits to be taken");
      untaken.set_cancellable(!waiting.contains(TakeBackFileOf(id)));
    } else if (request.sent_until_us() == 0 || request.sent_until_us() + kArrivedAfterUs < step.NowUs()) {
      // Or taken, without a word yet: it comes again under the same name with the same bytes, which is the same order.
      reply.add_not_found(id);
    } else {
      reply.set_ask_again_us(step.NowUs() + kAskAgainUs);
    }
  }
  return reply;
}

}  // namespace quayside::flatfile
