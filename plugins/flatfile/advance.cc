#include "advance.h"

namespace quayside::flatfile {

sdk::Result<bool> Advance(const TableResult& result, const Place& resume, const InFolder& folder,
                          const FileFormat& format, FilePosition& position,
                          google::protobuf::RepeatedPtrField<plugin::v1::BadRecord>& bad_records, sdk::Step& step) {
  switch (result.end) {
    case TableEnd::kStopped:
      position.offset = resume.offset;
      position.line = resume.line;
      break;
    case TableEnd::kEnd:
      position.state = FileState::kRead;
      break;
    case TableEnd::kUnusable:
      *bad_records.Add() = BadFile(position.Key(), result.problem);
      position.state = FileState::kUnusable;
      break;
    case TableEnd::kLost: {
      auto copied = CopyAgain(folder, format, position, step);
      if (copied.ok()) break;
      if (copied.error().status != QS_NOT_FOUND && copied.error().reason != "FILE_CHANGED") return copied.error();
      *bad_records.Add() =
          BadFile(position.Key(), "the file is gone or changed before all of it was read: " + copied.error().message);
      position.state = FileState::kUnusable;
      break;
    }
  }
  return true;
}

}  // namespace quayside::flatfile
