// Was a feed created whose answer was lost? A feed bears no mark of ours: it is the one of its type that was created in
// the time given for one of the marketplaces; when several are, none is taken. That there is none is proved only when
// none is near that time either: a clock may have been put right since.
#pragma once

#include <string>
#include <vector>

#include "feeds_api.h"

namespace quayside::amazon {

struct FeedSearch {
  // The hand-over happened, if it did, in this span of the host's clock.
  int64_t sent_from_us = 0;
  int64_t sent_to_us = 0;
  std::vector<std::string> known_feeds;   // others
  std::vector<std::string> marketplaces;  // ours are for one of these
};

struct FoundFeed {
  enum class Answer { kFound, kAbsent, kUndecided };
  Answer answer = Answer::kUndecided;
  std::string feed_id;       // kFound
  int64_t ask_again_us = 0;  // kUndecided
};

// Every feed that could be the one, even if a clock was put right since. Those of `known_feeds` are left out.
[[nodiscard]] sdk::Result<FeedList> FindFeedsNear(Caller& caller, const FeedType& type, const FeedSearch& search);
// None near: it was never created. Before that time it may not show yet.
[[nodiscard]] bool WouldShow(const FeedSearch& search, int64_t now_us);

[[nodiscard]] sdk::Result<FoundFeed> SearchFeed(Caller& caller, const FeedType& type, const FeedSearch& search);

// As the reply of a contract: `answer`, `handle`, `ask_again_us`.
template <typename Reply>
[[nodiscard]] Reply AnswerOf(const FoundFeed& found) {
  Reply reply;
  reply.set_answer(found.answer == FoundFeed::Answer::kFound    ? Reply::ANSWER_FOUND
                   : found.answer == FoundFeed::Answer::kAbsent ? Reply::ANSWER_ABSENT
                                                                : Reply::ANSWER_UNDECIDED);
  reply.set_handle(found.feed_id);
  reply.set_ask_again_us(found.ask_again_us);
  return reply;
}

}  // namespace quayside::amazon
