#include "host/sync/letter_record.h"

#include "absl/strings/escaping.h"
#include "google/protobuf/util/json_util.h"
#include "host/base/errors.h"
#include "host/base/names.h"
#include "host/base/text.h"
#include "host/base/utf8.h"
#include "host/listings/listing_check.h"
#include "host/orders/order_check.h"
#include "host/security/ed25519.h"
#include "host/security/log_scrub.h"
#include "quayside/plugin/v1/despatch.pb.h"
#include "quayside/plugin/v1/post_sale.pb.h"

namespace quayside {
namespace {

namespace pb = quayside::plugin::v1;

std::string ContextOf(const DeadLetterRecord& letter) { return Concat("deadletter/", letter.lane_id, "/", letter.key); }

std::string PlainText(const std::string& record) {
  return IsUtf8(record) ? record : Concat("base64:", absl::Base64Escape(record));
}

template <class M>
std::string JsonOf(const std::string& record) {
  M message;
  std::string text;
  google::protobuf::util::JsonPrintOptions options;
  options.add_whitespace = true;
  const bool read =
      message.ParseFromString(record) && google::protobuf::util::MessageToJsonString(message, &text, options).ok();
  return read ? text : PlainText(record);
}

template <class M>
absl::StatusOr<std::string> ParseJson(const std::string& text) {
  const auto wrong = [](std::string_view what) {
    return MakeFieldError(Reason::kInvalidArgument, {{"record", std::string(what)}});
  };
  M message;
  // The parser's own words quote the text, which may name people.
  if (!google::protobuf::util::JsonStringToMessage(text, &message).ok())
    return wrong(Concat("is no proto JSON of ", std::string(M::descriptor()->full_name())));
  const std::string problem = ProblemOf(message);
  if (!problem.empty()) return wrong(problem);
  std::string record = message.SerializeAsString();
  if (record.size() > kMaxLetterBytes) return wrong("is longer than 64 KiB");
  return record;
}

}  // namespace

std::string NamelessKey(std::string_view kind, std::string_view record) {
  constexpr size_t kDigits = 16;
  return Concat(kind, " ", Sha256Hex(record).substr(0, kDigits));
}

absl::StatusOr<std::string> SealLetterRecord(const Cipher& cipher, const DeadLetterRecord& letter,
                                             std::string_view record) {
  return cipher.Seal(record, ContextOf(letter));
}

absl::StatusOr<std::string> OpenLetterRecord(const Cipher& cipher, const DeadLetterRecord& letter) {
  return cipher.Open(letter.raw, ContextOf(letter));
}

absl::StatusOr<DeadLetterRecord> MakeLetter(const Cipher& cipher, IdSource& ids, TimeUs now, DeadLetterRecord letter,
                                            std::string_view record) {
  letter.id = ids.Next();
  letter.reason = ScrubbedText(letter.reason);
  letter.created_us = now;
  letter.last_seen_us = now;
  QS_ASSIGN_OR_RETURN(letter.raw, SealLetterRecord(cipher, letter, record.substr(0, kMaxLetterBytes)));
  return letter;
}

absl::Status TellNewLetter(Tx& tx, TimeUs now, const DeadLetterRecord& letter) {
  return tx
      .AppendEvent(
          {0, now, "deadletter.created", LaneName(letter.lane_id), {{"key", letter.key}, {"reason", letter.reason}}})
      .status();
}

std::string LetterText(DeadLetterForm form, const std::string& record) {
  switch (form) {
    case DeadLetterForm::kRaw:
      break;
    case DeadLetterForm::kOrder:
      return JsonOf<pb::Order>(record);
    case DeadLetterForm::kListing:
      return JsonOf<pb::Listing>(record);
    case DeadLetterForm::kDespatch:
      return JsonOf<pb::DespatchIntent>(record);
    case DeadLetterForm::kPostSale:
      return JsonOf<pb::AcceptedPostSale>(record);
  }
  return PlainText(record);
}

absl::StatusOr<std::string> ParseLetterText(DeadLetterForm form, const std::string& text) {
  if (form == DeadLetterForm::kOrder) return ParseJson<pb::Order>(text);
  if (form == DeadLetterForm::kListing) return ParseJson<pb::Listing>(text);
  return MakeFieldError(Reason::kInvalidArgument, {{"record", "must be an order or a listing"}});
}

}  // namespace quayside
