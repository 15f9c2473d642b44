#include "host/api/document_view.h"

#include "host/api/convert.h"
#include "host/base/names.h"

namespace quayside {
namespace {

using quayside::v1::Document;
using quayside::v1::DocumentState;

DocumentState ToProto(BulkState state) {
  switch (state) {
    case BulkState::kGathering:
      return quayside::v1::DOCUMENT_STATE_GATHERING;
    case BulkState::kSending:
      return quayside::v1::DOCUMENT_STATE_SENDING;
    case BulkState::kUnknown:
      return quayside::v1::DOCUMENT_STATE_UNKNOWN;
    case BulkState::kInWork:
      return quayside::v1::DOCUMENT_STATE_IN_WORK;
    case BulkState::kStuck:
      return quayside::v1::DOCUMENT_STATE_STUCK;
    case BulkState::kReleasing:
      return quayside::v1::DOCUMENT_STATE_RELEASING;
    case BulkState::kDone:
      return quayside::v1::DOCUMENT_STATE_DONE;
    case BulkState::kWithdrawn:
      return quayside::v1::DOCUMENT_STATE_WITHDRAWN;
  }
  return quayside::v1::DOCUMENT_STATE_UNSPECIFIED;
}

}  // namespace

Document ShowDocument(const BulkRecord& record) {
  Document out;
  out.set_name(DocumentName(record.id));
  out.set_account(AccountName(record.account_id));
  out.set_state(ToProto(record.state));
  out.set_handle(record.handle);
  out.set_quantities(record.items);
  out.set_accepted(record.done);
  out.set_rejected(record.rejected);
  out.set_unknown(record.unknown);
  SetTime(out, &Document::mutable_create_time, record.created_us);
  SetTime(out, &Document::mutable_send_time, record.sent_us);
  SetTime(out, &Document::mutable_end_time, record.ended_us);
  if (record.ended_us == 0) SetTime(out, &Document::mutable_next_look_time, record.next_poll_us);
  out.set_progress(record.progress);
  out.set_read_back(record.read_back);
  out.set_mismatches(record.mismatches);
  return out;
}

}  // namespace quayside
