#include "host/api/channel_history.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "host/api/channel_config.h"
#include "host/api/config_diff.h"
#include "host/api/convert.h"
#include "host/api/list_filters.h"
#include "host/api/paging.h"
#include "host/base/errors.h"
#include "host/base/names.h"

namespace quayside {

namespace api = quayside::v1;

namespace {

api::ChannelRevision ShowRevision(const ChannelRevisionRecord& record, const ChannelRevisionRecord* before) {
  api::ChannelRevision out;
  out.set_config_revision(record.config_revision);
  SetTime(out, &api::ChannelRevision::mutable_change_time, record.changed_us);
  out.set_changed_by(record.changed_by);
  *out.mutable_config() = ToProto(record.config);
  const api::ChannelConfig former = before == nullptr ? api::ChannelConfig() : ToProto(before->config);
  for (api::OptionChange& change : CompareConfigs(former, out.config())) *out.add_changes() = std::move(change);
  return out;
}

}  // namespace

absl::Status ShowChannelHistory(Store& store, const api::ListChannelRevisionsRequest& request,
                                api::ListChannelRevisionsResponse& response) {
  QS_ASSIGN_OR_RETURN(const std::string id, ParseChannelName(request.parent(), "parent"));
  QS_ASSIGN_OR_RETURN(const Page page, ParsePage(request));
  QS_ASSIGN_OR_RETURN(const int64_t before_id, NumberCursor(page));
  QS_ASSIGN_OR_RETURN(const RowFilter<ChannelRevisionRecord> wanted, ParseRevisionFilter(request.filter()));
  return store.Read([&](ReadTx& tx) -> absl::Status {
    // One more than shown: what the last one of the page changed is told by the one before it.
    QS_ASSIGN_OR_RETURN(const std::vector<ChannelRevisionRecord> records,
                        tx.ListChannelRevisions(id, before_id, RowsToRead(page, request.filter())));
    // History outlives the channel; without any there never was one.
    if (records.empty() && before_id == 0) QS_RETURN_IF_ERROR(tx.GetChannel(id).status());
    const auto add = [&](size_t i) {
      // A channel made anew under an old id begins with nothing.
      const bool first = records[i].config_revision <= 1 || i + 1 == records.size();
      *response.add_revisions() = ShowRevision(records[i], first ? nullptr : &records[i + 1]);
      return absl::OkStatus();
    };
    const auto cursor_of = [](const ChannelRevisionRecord& row) { return absl::StrCat(row.id); };
    QS_ASSIGN_OR_RETURN(*response.mutable_next_page_token(), FillPage(request, page, records, wanted, add, cursor_of));
    return absl::OkStatus();
  });
}

}  // namespace quayside
