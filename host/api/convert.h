// Values that several services show.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"
#include "host/base/errors.h"
#include "host/store/records.h"
#include "host/store/store.h"
#include "host/sync/engine.h"
#include "quayside/v1/common.pb.h"
#include "quayside/v1/sync_service.pb.h"

namespace quayside {

// 0 = never: the field stays unset.
template <class M>
void SetTime(M& message, google::protobuf::Timestamp* (M::*field)(), TimeUs time) {
  if (time == 0) return;
  (message.*field)()->set_seconds(time / kSecondUs);
  (message.*field)()->set_nanos(static_cast<int32_t>(time % kSecondUs * 1000));
}

// -1: it is negative, or longer than that. A client's may have more seconds than can be counted in microseconds.
[[nodiscard]] DurationUs DurationWithin(const google::protobuf::Duration& duration, DurationUs longest);

[[nodiscard]] quayside::v1::FulfilmentChannel ToProto(Fulfilment fulfilment);
[[nodiscard]] quayside::v1::LaneState ToProto(LaneActivity activity);

// At most 200 characters on one line.
void CheckDisplayName(const std::string& name, const std::string& field, std::vector<FieldViolation>& violations);
// Number and length of options as texts; what they mean is the plugin's business.
void CheckOptionTexts(const google::protobuf::Map<std::string, std::string>& options, const std::string& field,
                      std::vector<FieldViolation>& violations);

// All that is wrong at once: `found`, and what `other` says of fields. Either alone keeps its reason, that of `found`
// being INVALID_ARGUMENT.
[[nodiscard]] absl::Status WithViolations(std::vector<FieldViolation> found, const absl::Status& other);

// An event of the transaction.
[[nodiscard]] absl::Status AddEvent(Tx& tx, TimeUs now, std::string_view type, std::string resource,
                                    std::map<std::string, std::string> attributes = {});

// OUTCOMES_UNKNOWN when a submission of the account (of the channel, when given) has no known outcome yet: deleting its
// records would lose what the marketplace may still do.
[[nodiscard]] absl::Status CheckOutcomesKnown(ReadTx& tx, const std::string& account_id, const std::string& channel_id);

}  // namespace quayside
