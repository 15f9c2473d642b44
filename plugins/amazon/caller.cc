#include "caller.h"

#include "client.h"

namespace quayside::amazon {

sdk::Result<plugin::v1::HttpReply> Caller::Read(const plugin::v1::HttpRequest& request) {
  auto answer = amazon::Read(step_, request);
  if (answer.ok()) clock_.Learn(answer.value(), step_.NowUs());
  return answer;
}

sdk::Result<plugin::v1::HttpReply> Caller::Write(const plugin::v1::HttpRequest& request) {
  auto answer = step_.Http(request);
  if (answer.ok()) clock_.Learn(answer.value(), step_.NowUs());
  return answer;
}

}  // namespace quayside::amazon
