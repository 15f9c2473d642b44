// What a plugin says when it fails: any status and any bytes for the Error message. The first line is the status.
#include <google/protobuf/stubs/logging.h>

#include "host/base/errors.h"
#include "host/base/text.h"
#include "host/plugin/wire.h"
#include "tests/fuzz/target.h"

QUAYSIDE_FUZZ_TARGET(plugin_error) {
  google::protobuf::LogSilencer quiet;  // text that is no UTF-8
  const auto [number, bytes] = SplitLine(input);
  const auto status = static_cast<qs_status>(ParseWhole(number).value_or(QS_INTERNAL));
  const absl::Status said = StatusFromPlugin(status, bytes, "pull");
  if (said.ok()) return;
  Require(!ReasonOf(said).empty(), "a failure has a reason");
  Require(said.message().find("pull") != std::string::npos, "a failure says where");
  quayside::plugin::v1::Error error;
  Require(StatusToPlugin(said, &error) != QS_OK, "a failure stays one");
}
