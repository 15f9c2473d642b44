"""Each plugin of tests/bad_plugins that a kit can catch is caught by the case meant for it, for the reason that is wrong with it."""
import re
import unittest

from conformance import kit
from harness.places import BUILD

# Plugin: (case, what it finds).
STATIC = {
    "two_symbols": ("static/file", "EXPORTS"),
    "no_symbol": ("static/file", "NO_ENTRY"),
    "unique_symbol": ("static/file", "UNIQUE"),
    "nodelete": ("static/file", "NODELETE"),
    "text_relocation": ("static/file", "TEXTREL"),
    "executable_stack": ("static/file", "EXEC_STACK"),
    "search_path": ("static/file", "RPATH"),
    "foreign_library": ("static/file", "NEEDED"),
    "static_tls": ("static/file", "STATIC_TLS"),
    "starts_thread": ("static/imports", "the host owns threads"),
    "leaves_thread": ("static/imports", "the host owns threads"),
    "opens_sockets": ("static/imports", "the host does the network"),
    "asks_for_socket": ("static/imports", "syscall"),
    "calls_exit": ("static/imports", "it would end the host"),
    "fork_bomb": ("static/imports", "a plugin starts no process"),
    "kills_parent": ("static/imports", "kill"),
    "traces_host": ("static/imports", "ptrace"),
    "runs_program": ("static/imports", "a plugin starts no process"),
    "call_blocks": ("static/imports", "a plugin never sleeps"),
    "reads_file": ("static/imports", "a plugin has no files"),
    "writes_file": ("static/imports", "a plugin has no files"),
    "constructor_reads_file": ("static/imports", "a plugin has no files"),
}

# Loaded, if need be past what the static cases say of them: what they do besides must show as well.
LOADED = {
    "undefined_symbol": ("library/opens", "a_function_nobody_wrote"),
    "constructor_throws": ("library/opens", "died of"),
    "constructor_aborts": ("library/opens", "died of Aborted"),
    "constructor_segfaults": ("library/opens", "died of Segmentation fault"),
    "constructor_exits": ("library/opens", "ended before the case did"),
    "constructor_blocks": ("library/opens", "does not end within"),
    "small_table": ("library/entry", "version 1 has"),
    "absurd_table": ("library/entry", "claims"),
    "empty_entry": ("library/entry", "empty entries"),
    "null_entry": ("library/entry", "no table"),
    "other_id": ("library/describe", "somebody_else"),
    "other_version": ("library/describe", "the manifest other_version 1.0.0"),
    "other_manifest": ("library/describe", "another manifest"),
    "describe_fails": ("library/describe", "describe answers"),
    "describe_garbage": ("library/describe", "no DescribeReply"),
    "call_blocks": ("library/unknown_names", "does not end within"),
    "call_crashes": ("library/unknown_names", "died of Segmentation fault"),
    "overwrites_memory": ("library/unknown_names", "died of Segmentation fault"),
    "calls_exit": ("library/unknown_names", "ended before the case did"),
    "closes_descriptors": ("library/unknown_names", "ended before the case did"),
    "endless_reply": ("library/unknown_names", "its reply got no room"),
    "writes_output": ("library/unknown_names", "writes to standard output: first line"),
    "create_blocks": ("instance/empty", "does not end within"),
    "create_crashes": ("instance/empty", "died of Segmentation fault"),
    "create_throws": ("instance/empty", "an exception leaves create"),
    "create_without_instance": ("instance/empty", "OK without an instance"),
    "invokes_wrongly": ("instance/empty", "while no call was under way"),
    "destroy_blocks": ("instance/empty", "during: destroy"),
    "destroy_crashes": ("instance/empty", "during: destroy"),
    "destroy_throws": ("instance/empty", "an exception leaves destroy"),
    "call_throws": ("calls/random order_sync/1 pull", "an exception leaves order_sync/1 pull"),
    "invokes_http": ("calls/declared", "http/1: "),
    "garbage_reply": ("calls/random order_sync/1 pull", "no reply"),
    "ignores_refused_room": ("calls/random order_sync/1 pull", "its reply got no room"),
    "upgrade_blocks": ("upgrade/garbage", "during: upgrade_cursor"),
    "upgrade_crashes": ("upgrade/garbage", "during: upgrade_cursor"),
    "upgrade_throws": ("upgrade/garbage", "an exception leaves upgrade_cursor"),
    "unload_blocks": ("unload/process", "during: unload"),
    "unload_crashes": ("unload/process", "during: unload"),
    "unload_throws": ("unload/process", "an exception leaves unload"),
    "leaks_memory": ("unload/cycles", "memory grew"),
    # The thread is counted, unless it runs into what is no longer mapped.
    "leaves_thread": ("unload/process", re.compile("threads|died of Segmentation fault, during: dlclose")),
    "nodelete": ("unload/process", "stays mapped"),
}

# The same in a runner, as a host would see it.
ISOLATED = {
    "constructor_segfaults": ("library/unknown_names (isolated)", "its runner died of Segmentation fault"),
    "constructor_exits": ("library/unknown_names (isolated)", "its runner ended with exit code"),
    "undefined_symbol": ("library/unknown_names (isolated)", "a runner cannot load it"),
    "create_crashes": ("library/unknown_names (isolated)", "create: its runner died of Segmentation fault"),
    "destroy_crashes": ("pages/sizes order_sync/1 pull (isolated)", "destroy: its runner died of Segmentation fault"),
    "call_crashes": ("library/unknown_names (isolated)", "order_sync/1 misbehave: its runner died of Segmentation fault"),
    "calls_exit": ("library/unknown_names (isolated)", "its runner ended with exit code"),
    "closes_descriptors": ("library/unknown_names (isolated)", "its runner closed its connection"),
    "call_blocks": ("library/unknown_names (isolated)", "does not end within"),
    "garbage_frame": ("library/unknown_names (isolated)", "it writes into the runner's connection"),
    "call_throws": ("calls/random order_sync/1 pull (isolated)", "its runner died of Aborted"),
    "garbage_reply": ("calls/random order_sync/1 pull (isolated)", "no reply"),
    "upgrade_crashes": ("upgrade/garbage (isolated)", "upgrade_cursor: its runner died of Segmentation fault"),
    "invokes_http": ("calls/declared (isolated)", "http/1: "),
}

# Not bad: (cases that must pass).
GOOD = {
    "larger_table": ("library/entry", "library/describe"),
    "thread_locals": ("unload/process", "unload/cycles"),
}


def bundle(name):
    return BUILD / "bundles" / "bad" / name


class BadPlugins(unittest.TestCase):
    def test_static_cases_catch_them_unloaded(self):
        for name, (case, finding) in STATIC.items():
            with self.subTest(plugin=name):
                report = kit.run(bundle(name))
                self.assertIn(finding, kit.findings(report, case) or "passed")
                self.assertEqual(report["exit_code"], 1)
                self.assertEqual({one["state"] for one in report["cases"] if one["family"] != "static"}, {"not run"})
                self.assertTrue(report["verdict"].startswith("DOES NOT CONFORM"), report["verdict"])

    def test_loaded_they_are_caught_by_the_case_meant_for_them(self):
        self.expect_caught(LOADED)

    def test_in_a_runner_they_are_caught_as_well(self):
        self.expect_caught(ISOLATED)

    def expect_caught(self, plugins):
        for name, (case, finding) in plugins.items():
            with self.subTest(plugin=name, case=case):
                limit = "60" if case == "unload/cycles" else "5"
                report = kit.run(bundle(name), "--past-static", "--limit", limit, "--only", f"^{re.escape(case)}$")
                meant = finding if isinstance(finding, re.Pattern) else re.escape(finding)
                self.assertRegex(kit.findings(report, case) or "passed", meant)
                self.assertEqual(report["exit_code"], 1)

    def test_the_good_ones_pass(self):
        for name, cases in GOOD.items():
            for case in cases:
                with self.subTest(plugin=name, case=case):
                    report = kit.run(bundle(name), "--past-static", "--only", f"^{re.escape(case)}$")
                    self.assertIsNone(kit.findings(report, case))

    def test_none_is_forgotten(self):
        there = {path.name for path in (BUILD / "bundles" / "bad").iterdir() if (path / "plugin.so").exists()}
        self.assertEqual(there, STATIC.keys() | LOADED.keys() | ISOLATED.keys() | GOOD.keys())


if __name__ == "__main__":
    unittest.main()
