"""Sanitizers find seeded faults, and the campaign sees that they did; what is not ours is told apart."""
import pathlib
import subprocess
import tempfile
import unittest

from campaign import sanitizer_log
from campaign.all.sanitizers import run_seed
from harness.places import ROOT

_SEEDED = ROOT / "tests" / "sanitizers"
_FLAGS = {"race": ("tsan", "thread"), "raced_delete": ("tsan", "thread"),
          "freed": ("asan", "address,undefined"), "overflow": ("asan", "address,undefined")}

_FOREIGN = """\
==================
WARNING: ThreadSanitizer: data race (pid=11)
  Write of size 8 at 0x7b0400000800 by thread T3:
    #0 operator delete(void*) <null> (libtsan.so.2+0x5)
    #1 grpc_core::Call::Finish() <null> (libgrpc.so.29+0x5)
    #2 quayside::api::Serve() host/api/server.cc:10 (quaysided+0x5)

  Previous write of size 8 at 0x7b0400000800 by thread T4:
    #0 grpc_core::Call::Start() <null> (libgrpc.so.29+0x5)

SUMMARY: ThreadSanitizer: data race in operator delete(void*)
==================
"""
_FREED = """\
WARNING: ThreadSanitizer: data race (pid=11)
  Write of size 8 at 0x7b0400000800 by thread T3:
    #0 operator delete(void*, unsigned long) <null> (libtsan.so.2+0x5)
    #1 std::default_delete<quayside::Lane>::operator()(quayside::Lane*) const bits/unique_ptr.h:95 (quaysided+0x5)
    #2 operator() host/api/calls.cc:7 (quaysided+0x5)
    #3 {who} {where}

  Previous read of size 8 at 0x7b0400000800 by thread T4:
    #0 quayside::LaneTable::Find() host/sync/lane_table.cc:10 (quaysided+0x5)

  Location is heap block of size 64 at 0x7b0400000800 allocated by thread T4:
    #0 operator new(unsigned long) <null> (libtsan.so.2+0x5)
    #1 quayside::LaneTable::Upsert(quayside::Lane) host/sync/lane_table.cc:12 (quaysided+0x5)

"""
_BELOW_A_CONTAINER = """\
WARNING: ThreadSanitizer: data race (pid=11)
  Write of size 8 at 0x7b0400000800 by thread T3:
    #0 std::_Rb_tree<int, int>::_M_insert_() /usr/include/c++/12/bits/stl_tree.h:7 (quaysided+0x5)
    #1 quayside::LaneTable::Upsert(quayside::Lane) host/sync/lane_table.cc:10 (quaysided+0x5)

"""
_LOCKS = """\
WARNING: ThreadSanitizer: lock-order-inversion (potential deadlock) (pid=11)
  Cycle in lock order graph: M1 (0x7b8c0002eed0) => M2 (0x7b6800029cc0) => M1

  Mutex M2 acquired here while holding mutex M1 in main thread:
    #0 pthread_mutex_lock <null> (libtsan.so.2+0x5)
    #1 __gthread_mutex_lock bits/gthr-default.h:749 (quaysided+0x5)
    #2 std::mutex::lock() bits/std_mutex.h:100 (quaysided+0x5)
    #3 {who} /somewhere/host/api/calls.cc:7 (quaysided+0x5)

"""


def found_in(seed):
    kind, sanitizers = _FLAGS[seed]
    with tempfile.TemporaryDirectory() as folder:
        program = pathlib.Path(folder) / "program"
        subprocess.run(["g++", "-std=c++20", "-g", "-O1", f"-fsanitize={sanitizers}", "-fno-sanitize-recover=undefined", "-fno-omit-frame-pointer",
                        _SEEDED / f"{seed}.cc", "-o", program], check=True)
        logs = pathlib.Path(folder) / "logs"
        logs.mkdir()
        return run_seed(program, kind, logs)


_END_OF_A_CALL = """\
WARNING: ThreadSanitizer: data race (pid=11)
  Read of size 8 at 0x7b54001400c0 by thread T19:
    #0 std::vector<int>::~vector() /usr/include/c++/12/bits/stl_vector.h:730 (quaysided+0x5)
    #1 quayside::Principal::~Principal() ../../host/access/principal.h:19 (quaysided+0x5)
    #2 OnDone /somewhere/host/api/level_upload.cc:40 (quaysided+0x5)

  Previous write of size 8 at 0x7b54001400c0 by thread T26:
    #0 {made} (quaysided+0x5)
    #1 quayside::SignIn(quayside::CallerFacts const&) /somewhere/host/access/sign_in.cc:33 (quaysided+0x5)
    #2 quayside::Gate::Enter(int) /somewhere/host/api/gate.cc:30 (quaysided+0x5)

  Thread T19 'default-executo' (tid=32410, running) created by main thread at:
    #0 pthread_create <null> (libtsan.so.2+0x5e686)
    #1 grpc_core::Thread::Thread(char const*) <null> (libgpr.so.29+0xb0cb)

  Thread T26 'nexting_thread' (tid=32510, running) created by main thread at:
    #0 pthread_create <null> (libtsan.so.2+0x5e686)
    #1 {maker}

"""


class SeededFaults(unittest.TestCase):
    def test_each_is_found_and_is_ours(self):
        for seed in _FLAGS:
            with self.subTest(seed):
                ours = [report for report in found_in(seed) if report.ours]
                self.assertTrue(ours)
                self.assertIn("quayside::seeded::", ours[0].text)


class Reports(unittest.TestCase):
    def test_what_grpc_does_below_our_call_is_not_ours(self):
        reports = sanitizer_log.reports(_FOREIGN)
        self.assertEqual([(report.ours, report.kind) for report in reports], [(False, "data race")])

    def test_a_container_of_ours_is_ours(self):
        reports = sanitizer_log.reports(_BELOW_A_CONTAINER)
        self.assertEqual([(report.ours, report.top) for report in reports], [(True, "quayside::LaneTable::Upsert(quayside::Lane)")])

    def test_a_block_we_free_is_ours(self):
        ours = _FREED.format(who="quayside::LaneTable::Erase()", where="host/sync/lane_table.cc:20 (quaysided+0x5)")
        [report] = sanitizer_log.reports(ours)
        self.assertEqual((report.ours, report.kind), (True, "data race"))

    def test_a_block_a_library_frees_is_not_ours_whoever_read_it(self):
        for who in ("grpc_core::Call::Finish()", "absl::Cord::~Cord()", "grpc::Reader<quayside::v1::Lane>::Free(quayside::v1::Lane*)"):
            [report] = sanitizer_log.reports(_FREED.format(who=who, where="<null> (libgrpc.so.29+0x5)"))
            self.assertFalse(report.ours, who)

    def test_glue_to_grpc_is_a_library_and_so_are_generated_messages(self):
        for who, where in (("quayside::MessageStream<quayside::v1::Lane>::Written(bool)",
                            "../../host/api/message_stream.h:70 (quaysided+0x5)"),
                           ("quayside::v1::Lane::SharedDtor()", "protos/api/quayside/v1/sync_service.pb.cc:2255 (quaysided+0x5)"),
                           ("<null>", "<null> (libgrpc.so.29+0x5)")):
            [report] = sanitizer_log.reports(_FREED.format(who=who, where=where))
            self.assertFalse(report.ours, who)
        [report] = sanitizer_log.reports(_FREED.format(who="quayside::Listener::Welcome(quayside::Newcomer)",
                                                       where="/somewhere/host/api/listener.cc:231 (quaysided+0x5)"))
        self.assertTrue(report.ours)

    def test_the_order_of_locks_is_ours_in_the_glue_too(self):
        for who, ours in (("quayside::Calls::Stop()", True), ("grpc_core::Server::Stop()", False)):
            [report] = sanitizer_log.reports(_LOCKS.format(who=who))
            self.assertEqual((report.ours, report.top), (ours, who))

    def test_grpc_orders_the_end_of_a_call_after_what_the_glue_did_in_it(self):
        grpcs, ours_made = "grpc_core::Thread::Thread(char const*) <null> (libgpr.so.29+0xb0cb)", "quayside::Lanes::Lanes() host/sync/lanes.cc:9 (q+5)"
        used = "quayside::Principal::Allows() const host/access/principal.h:30"
        for change, made, maker, ours in ((("", ""), "operator new(unsigned long) <null>", grpcs, False),
                                          (("", ""), used, ours_made, False),
                                          (("host/api/gate.cc", "host/sync/lanes.cc"), used, ours_made, True),
                                          (("OnDone", "OnReadDone"), used, ours_made, True)):
            [report] = sanitizer_log.reports(_END_OF_A_CALL.replace(*change).format(made=made, maker=maker))
            self.assertEqual(report.ours, ours, (change, made, maker))

    def test_grpc_orders_what_a_test_of_the_api_does_between_two_calls(self):
        for where, ours in (("host/api/trace_test.cc:48 (q+5)", False), ("host/sync/trace_test.cc:48 (q+5)", True)):
            text = _FREED.replace("quayside::LaneTable::Find() host/sync/lane_table.cc:10 (quaysided+0x5)", f"TestBody /somewhere/{where}")
            [report] = sanitizer_log.reports(text.format(who="quayside::LaneTable::Erase()", where="host/sync/lane_table.cc:20 (quaysided+0x5)"))
            self.assertEqual(report.ours, ours, where)

    def test_a_function_that_is_inlined_is_known_by_its_file(self):
        for where, ours in (("/somewhere/host/sync/engine.cc:7 (q+5)", True), ("/somewhere/host/api/calls.cc:7 (q+5)", False),
                            ("/usr/include/c++/12/host/sync/engine.h:7 (q+5)", False)):
            [report] = sanitizer_log.reports(_FREED.replace("quayside::LaneTable::Find() host/sync/lane_table.cc:10 (quaysided+0x5)", f"Find {where}")
                                             .format(who="Erase", where=where))
            self.assertEqual(report.ours, ours, where)

    def test_who_made_a_thread_does_not_race(self):
        made = "  Thread T3 (tid=7, running) created by main thread at:\n    #0 quayside::Lanes::Lanes() host/sync/lanes.cc:9 (q+5)\n\n"
        text = _FREED.replace("quayside::LaneTable::Find() host/sync/lane_table.cc:10", "Find /usr/include/grpcpp/find.h:10")
        [report] = sanitizer_log.reports(text.format(who="grpc_core::Call::Finish()", where="<null> (libgrpc.so.29+0x5)") + made)
        self.assertFalse(report.ours)

    def test_what_grpc_makes_of_the_standard_librarys_templates_is_grpcs(self):
        for where, ours in (("<null> (libgrpc.so.29+0x5)", False), ("bits/vector.tcc:4 (quaysided+0x5)", True)):
            text = _FREED.replace("std::default_delete<quayside::Lane>::operator()(quayside::Lane*) const bits/unique_ptr.h:95 (quaysided+0x5)",
                                  f"void std::vector<grpc_core::Slice>::_M_realloc_insert<grpc_core::Slice>() {where}")
            text = text.replace("quayside::LaneTable::Find() host/sync/lane_table.cc:10 (quaysided+0x5)", "<null> <null> (libgrpc.so.29+0x5)")
            [report] = sanitizer_log.reports(text.format(who="quayside::LaneTable::Erase()", where="host/sync/lane_table.cc:20 (quaysided+0x5)"))
            self.assertEqual(report.ours, ours, where)

    def test_the_command_line_is_one_thread_that_asks_grpc(self):
        text = _END_OF_A_CALL.replace("quayside::Principal", "quayside::cli::Answer").replace("quayside::SignIn", "quayside::cli::RunCli")
        for maker, ours in (("grpc_core::Thread::Thread(char const*) <null> (libgpr.so.29+0xb0cb)", False),
                            ("quayside::cli::Console::Console() tools/quayside/process_console.cc:83 (quayside+0x5)", True)):
            both = text.replace("grpc_core::Thread::Thread(char const*) <null> (libgpr.so.29+0xb0cb)", maker)
            [report] = sanitizer_log.reports(both.format(made="quayside::cli::RunCli() tools/quayside/main.cc:7", maker=maker))
            self.assertEqual(report.ours, ours, maker)

    def test_what_a_function_takes_says_nothing_of_whose_it_is(self):
        [report] = sanitizer_log.reports(_BELOW_A_CONTAINER.replace("Upsert(quayside::Lane)", "Upsert(int, std::string)"))
        self.assertEqual((report.ours, report.top), (True, "quayside::LaneTable::Upsert(int, std::string)"))
        who = "grpc_core::AVL<std::string, std::variant<int, std::string> >::Make(int, std::string)"
        [report] = sanitizer_log.reports(_FREED.format(who=who, where="<null> (libgrpc.so.29+0x5)"))
        self.assertFalse(report.ours)

    def test_a_clean_log_has_none(self):
        self.assertEqual(sanitizer_log.reports("[  PASSED  ] 3 tests.\n"), [])


if __name__ == "__main__":
    unittest.main()
