#include "host/store/write_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace quayside {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(WriteQueue, InOrder_GoTogetherAsTheyCame) {
  WriteQueue<int> queue;
  EXPECT_TRUE(queue.empty());
  for (const int item : {1, 2, 3}) queue.Push(item, WriteTurn::kInOrder);
  EXPECT_FALSE(queue.empty());
  EXPECT_THAT(queue.Take(), ElementsAre(1, 2, 3));
  EXPECT_TRUE(queue.empty());
}

TEST(WriteQueue, First_GoAloneBeforeThoseThatWaited) {
  WriteQueue<int> queue;
  queue.Push(1, WriteTurn::kInOrder);
  queue.Push(2, WriteTurn::kFirst);
  queue.Push(3, WriteTurn::kInOrder);
  queue.Push(4, WriteTurn::kFirst);
  EXPECT_THAT(queue.Take(), ElementsAre(2, 4));
  EXPECT_THAT(queue.Take(), ElementsAre(1, 3));
}

TEST(WriteQueue, TakeFirst_LeavesTheOthers) {
  WriteQueue<int> queue;
  queue.Push(1, WriteTurn::kInOrder);
  EXPECT_THAT(queue.TakeFirst(), IsEmpty());
  queue.Push(2, WriteTurn::kFirst);
  EXPECT_THAT(queue.TakeFirst(), ElementsAre(2));
  EXPECT_THAT(queue.Take(), ElementsAre(1));
}

}  // namespace
}  // namespace quayside
