"""What counts as a document that went out twice, and what does not."""
import unittest

from harness import documents


def _feed(number, created, ended, status="DONE", digest="d1"):
    return {"id": str(number), "digest": digest, "created": f"2026-01-01T{created}:00.000Z", "status": status,
            "ended": ended and f"2026-01-01T{ended}:00.000Z"}


def _told(kind, document, feed, **counts):
    return (f"document.{kind}", "lanes/shop.inventory", {"document": str(document), "handle": str(feed), **counts})


def _accepted(sku, feed):
    return ("quantity.accepted", f"channels/uk/listings/{sku}", {"sku": sku, "reference": f"feed {feed}", "quantity": "5"})


def _change(sku, time, reference):
    return {"sku": sku, "time": f"2026-01-01T{time}:00.000Z", "reference": reference}


class SharedNamesTest(unittest.TestCase):
    def test_a_document_under_two_feeds_is_found_though_both_were_told(self):
        told = [_told("handed_over", 7, 100), _told("handed_over", 7, 101), _told("ended", 7, 101)]
        self.assertEqual(documents.shared_names(told), ["document 7 was handed over as ['100', '101']"])

    def test_a_feed_for_two_documents_is_found(self):
        self.assertEqual(documents.shared_names([_told("handed_over", 7, 100), _told("ended", 8, 100)]),
                         ["feed 100 is documents ['7', '8']"])

    def test_the_life_of_one_document_is_no_problem(self):
        told = [_told("handed_over", 7, 100), _told("stuck", 7, 100), _told("ended", 7, 100),
                ("document.withdrawn", "lanes/shop.inventory", {"document": "8"}), _told("handed_over", 9, 101)]
        self.assertEqual(documents.shared_names(told), [])


class SentAgainTest(unittest.TestCase):
    _CONTENTS = [{"digest": "d1", "feeds": 2}, {"digest": "d2", "feeds": 1}]
    _TOLD = [_told("handed_over", 7, 100), _told("ended", 7, 100), _told("handed_over", 8, 101), _told("ended", 8, 101)]
    _ACCEPTED = [_accepted("A", 100), _accepted("B", 100), _accepted("A", 101), _accepted("B", 101)]

    _INTENTS = [(1, "A", 5, 7), (2, "B", 3, 7), (5, "A", 5, 8), (6, "B", 3, 8)]

    def found(self, first, second=_feed(101, "12:00", "12:10"), told=None, accepted=None, intents=None, changes=()):
        pairs = documents.repeated([second, _feed(102, "13:00", "13:10", digest="d2"), first], self._CONTENTS)
        return documents.sent_again(pairs, self._TOLD if told is None else told, self._ACCEPTED if accepted is None else accepted,
                                    self._INTENTS if intents is None else intents, changes)

    def test_what_is_in_force_is_not_sent_again(self):
        own = _change("A", "11:10", "100")  # the first feed's own doing
        other = _change("C", "11:30", "order 1")
        self.assertEqual(self.found(_feed(100, "11:00", "11:10"), changes=[own, other]),
                         ["feed 101 of 2026-01-01T12:00:00.000Z repeats feed 100, DONE since 2026-01-01T11:10:00.000Z"])

    def test_numbers_that_change_and_change_back_go_out_again(self):
        self.assertEqual(self.found(_feed(100, "11:00", "11:10"), changes=[_change("B", "11:30", "order 1")]), [])

    def test_a_number_that_may_have_arrived_in_between_is_overwritten(self):
        for intents in ([*self._INTENTS, (3, "B", 2, 0)], self._INTENTS[1:]):  # and what is no longer known is not judged
            with self.subTest(intents=intents):
                self.assertEqual(self.found(_feed(100, "11:00", "11:10"), intents=sorted(intents)), [])
        same = [*self._INTENTS, (3, "B", 3, 0), (7, "B", 2, 0)]
        self.assertEqual(len(self.found(_feed(100, "11:00", "11:10"), intents=sorted(same))), 1)

    def test_what_amazon_showed_otherwise_is_sent_again(self):
        for kind in ("quantity.mismatch", "drift.found"):
            with self.subTest(kind=kind):
                seen = [*self._ACCEPTED, (kind, "channels/uk/listings/A", {"sku": "A"})]
                self.assertEqual(self.found(_feed(100, "11:00", "11:10"), accepted=seen), [])

    def test_a_second_one_beside_the_first_is_found_whatever_became_of_it(self):
        for status, ended in (("DONE", "12:05"), ("FATAL", "12:05"), ("IN_PROGRESS", None)):
            with self.subTest(status=status):
                self.assertEqual(len(self.found(_feed(100, "11:00", ended, status), changes=[_change("B", "11:30", "x")])), 1)

    def test_what_the_host_had_not_seen_end_is_not_sent_again(self):
        told = [self._TOLD[0], self._TOLD[2], self._TOLD[1], self._TOLD[3]]
        for found in (self.found(_feed(100, "11:00", "11:10", "FATAL"), told=told), self.found(_feed(100, "11:00", "11:10"), told=[])):
            self.assertEqual(len(found), 1)

    def test_what_amazon_gave_up_or_let_go_is_sent_again(self):
        for status in ("FATAL", "CANCELLED"):
            with self.subTest(status=status):
                self.assertEqual(self.found(_feed(100, "11:00", "11:10", status)), [])

    def test_what_nobody_knows_the_outcome_of_is_sent_again(self):
        told = [self._TOLD[0], _told("ended", 7, 100, unknown="2"), *self._TOLD[2:]]
        for ended in ("11:10", None):
            with self.subTest(ended=ended):
                self.assertEqual(self.found(_feed(100, "11:00", ended), told=told, accepted=[]), [])

    def test_what_was_refused_altogether_may_be_sent_again(self):
        self.assertEqual(self.found(_feed(100, "11:00", "11:10"), accepted=[]), [])


if __name__ == "__main__":
    unittest.main()
