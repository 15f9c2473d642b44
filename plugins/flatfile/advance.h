// What the end of a page means for the position.
#pragma once

#include <google/protobuf/repeated_ptr_field.h>

#include "pickup.h"
#include "table.h"

namespace quayside::flatfile {

// `resume` is where the next page begins when the file goes on. A file that cannot be read any further gets a record in
// `bad_records` and is put aside by the next step.
[[nodiscard]] sdk::Result<bool> Advance(const TableResult& result, const Place& resume, const InFolder& folder,
                                        const FileFormat& format, FilePosition& position,
                                        google::protobuf::RepeatedPtrField<plugin::v1::BadRecord>& bad_records,
                                        sdk::Step& step);

}  // namespace quayside::flatfile
