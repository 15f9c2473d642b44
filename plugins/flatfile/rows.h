// A page of a file in which every line is a record of its own, and the pass that a complete file is.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include <functional>
#include <string>

#include "columns.h"
#include "position.h"
#include "quayside/plugin/v1/types.pb.h"
#include "quayside/step.h"
#include "settings.h"

namespace quayside::flatfile {

struct RowPage {
  const InFolder& folder;
  const FileFormat& format;
  const Fields fields;
  int most = 0;  // records, bad ones included
  // "", or what is wrong with the line, which then becomes a bad record.
  std::function<std::string(const Row& row)> take;
};

// Reads on from the position, and moves it.
[[nodiscard]] sdk::Result<bool> ReadRows(const RowPage& page, FilePosition& position,
                                         google::protobuf::RepeatedPtrField<plugin::v1::BadRecord>& bad_records,
                                         sdk::Step& step);

// The pass that the file is; "" when nothing of it can be used. The same file in another year is another pass.
[[nodiscard]] std::string PassIdOf(const FilePosition& position);
// Read to its end, every line: what did not show is gone.
[[nodiscard]] bool IsWholePass(const FilePosition& position);

}  // namespace quayside::flatfile
