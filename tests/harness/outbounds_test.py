"""The judge of allocations finds those that did not end as they should."""
import pathlib
import sqlite3
import tempfile
import types
import unittest

from harness import outbounds

_WAITING, _DONE, _CANCELLED, _FAILED = 1, 6, 7, 8


class TakeBacks(unittest.TestCase):
    def wrong(self, rows, warehouse, taken_back=(), asked_back=()):
        """`rows`: (phase, reason) of an allocation each, of orders o1, o2, ...; `warehouse`: (status, units that left) by its number."""
        with tempfile.TemporaryDirectory() as folder:
            database = pathlib.Path(folder) / "host.db"
            with sqlite3.connect(database) as connection:
                connection.execute("CREATE TABLE orders (id, external_id)")
                connection.execute("CREATE TABLE outbounds (id, order_id, number, phase, reason)")
                for number, (phase, reason) in enumerate(rows, 1):
                    connection.execute("INSERT INTO orders VALUES (?, ?)", (number, f"o{number}"))
                    connection.execute("INSERT INTO outbounds VALUES (?, ?, 1, ?, ?)", (100 + number, number, phase, reason))
            connection.close()
            there = [{"outbound_id": f"QS-{100 + number}", "status": status, "lines": [{"sku": "A-FBA", "shipped": left}]}
                     for number, (status, left) in warehouse.items()]
            sim = types.SimpleNamespace(look=lambda *_, **__: {"outbound": there})
            return outbounds.take_backs_wrong(sim, types.SimpleNamespace(database=database), taken_back, asked_back)

    def test_what_ended_as_it_should_is_fine(self):
        taken_back = (_CANCELLED, "TAKEN_BACK")
        self.assertEqual(self.wrong([(_DONE, ""), taken_back, taken_back, (_FAILED, "INVALID"), (_DONE, "")],
                                    {1: ("Complete", 2), 2: ("Cancelled", 0), 4: ("Invalid", 0), 5: ("Complete", 1)},
                                    ["orders/2/allocations/1", "orders/3/allocations/1", "orders/5/allocations/1"], {"o2", "o3", "o5"}), [],
                         "the last one had left before it could be taken back, the third never got there")

    def test_what_is_cancelled_here_and_goes_on_there_is_told(self):
        found = self.wrong([(_CANCELLED, "TAKEN_BACK")], {1: ("Processing", 0)}, ["orders/1/allocations/1"], {"o1"})
        self.assertEqual(len(found), 1)
        self.assertIn("which was taken back is cancelled here", found[0])

    def test_what_nobody_asked_back_is_told(self):
        self.assertIn("nobody asked for that", self.wrong([(_CANCELLED, "CANCELLED_THERE")], {1: ("Cancelled", 0)})[0])

    def test_a_failure_of_another_reason_is_told(self):
        self.assertIn("failed [REQUEST_REFUSED]", self.wrong([(_FAILED, "REQUEST_REFUSED")], {})[0])

    def test_what_has_no_end_or_left_nothing_is_told(self):
        found = self.wrong([(_WAITING, ""), (_DONE, "")], {2: ("Planning", 0)})
        self.assertIn("has no end", found[0])
        self.assertIn("nothing of it has left", found[1])

    def test_a_take_back_of_what_is_not_known_is_told(self):
        self.assertIn("is not known", self.wrong([], {}, ["orders/7/allocations/1"], {"o7"})[0])


if __name__ == "__main__":
    unittest.main()
