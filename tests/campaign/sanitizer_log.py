"""What sanitizers wrote about a run: reports, and whose they are.

A report is ours when the first frame, of any of its stacks (of a race: of its two sides), that is neither the standard library's nor the
sanitizer's own lies in this project. With an uninstrumented gRPC beneath, the others tell nothing (its locks are invisible); a race of ours has one of our
functions on top of at least one side. What a library copies, takes or frees is the library's matter, whoever touched it before: of
all it does only that is seen, and never what orders it. The glue to gRPC (host/CMakeLists.txt says which files of host/api are none)
and generated messages are not instrumented either, and count as a library; so do the command line and tests that ask the API by
gRPC. What lives as long as a call is handed from thread to thread by gRPC, and ended by the glue: gRPC orders that end after every use.
Locks are seen everywhere: the order in which code of ours takes them is ours, also in the glue.
"""
import collections
import dataclasses
import functools
import itertools
import re

from harness.places import ROOT

_OURS = re.compile(r"\b(quayside|amazon_sim)::")
_CLIENT = re.compile(r"\bquayside::cli::")
_GRPCS = re.compile(r"\bgrpc(_\w+)?::")
_GENERATED = re.compile(r"\bquayside::(plugin::)?v1::")
# Functions that are inlined have their bare name only.
_OUR_FILE = re.compile(r"(?:^|[ /])(?:host|plugins|sdk|tests|tools)/[\w/-]+\.(?:h|cc):\d+")
_API_FILE = re.compile(r"(?:^|[ /])host/api/(\w+)\.(?:h|cc):")
_LIBRARY = re.compile(r"\((lib(?!stdc\+\+|c\.|m\.|pthread|[at]san|ubsan)[^)]*\.so[^)+]*)")
_TEMPLATE_ARGUMENTS = re.compile(r"<[^<>]*>")
_INTERCEPTED = re.compile(r"^(operator (new|delete)|(mem|str)[a-z]+\b|(malloc|calloc|realloc|free|recvmsg|sendmsg|read|write)\b)")
# The two sides of a race; other stacks say where a thread or a block comes from.
_SIDE = re.compile(r"^  (?:Previous )?([Aa]tomic )?(?:[Rr]ead|[Ww]rite) of size .* by (?:main thread|thread (T\d+))")
# Below these frames stands whoever called them.
_NOBODYS = re.compile(r"^(std::|__gnu_|__interceptor|__sanitizer|__tsan|__asan|__ubsan|operator (new|delete)|void std::|bool std::|"
                      r"decltype|operator\(\)|__invoke|_M_|_FUN\b|"  # lambdas, and how they are called
                      r"(mem|str)[a-z]+\b|(malloc|calloc|realloc|free|printf|pthread_\w+)\b|__gthread_|_?_?v?s?n?printf|<null>|auto std::|"
                      r".*\bstd::__|.* std::)")
_ASKING_FILE = re.compile(r"(?:^|[ /])(?:host/api/\w+_test\.cc|tools/quayside/\S+|tests/watch/\S+):")
_FRAME = re.compile(r"^\s+#\d+ (?:0x[0-9a-f]+ in )?(.+?)(?: (/\S+|\S+:\d+\S*|<null>))?(?: \(\S+\))?(?: \(BuildId.*\))?$")
_BEGIN = re.compile(r"^WARNING: ThreadSanitizer: (.+?) \(pid=|^==\d+==ERROR: (?:Address|Leak)Sanitizer: (.+?)(?: on| \(|$)"
                    r"|^\S+:\d+:\d+: runtime error: (.+)$")


@dataclasses.dataclass
class Report:
    kind: str
    top: str      # the first frame that counts, of the first stack that has one of ours; of any otherwise
    ours: bool
    text: str


@functools.cache
def _watched_api_files():
    """The names, without endings, of the files of host/api that the thread sanitizer watches."""
    listed = re.search(r"set\(_api_own([^)]*)\)", (ROOT / "host" / "CMakeLists.txt").read_text(encoding="utf-8"))
    return frozenset(listed[1].split())


def _plain(function):
    """Without template arguments."""
    while function != (shorter := _TEMPLATE_ARGUMENTS.sub("", function)):
        function = shorter
    return function


def _is_named_ours(function):
    """By its own name; what it is a template or a function of may be anybody's."""
    return bool(_OURS.search(_plain(function).partition("(")[0]))


def _is_glue(line):
    file = _API_FILE.search(line)
    return file is not None and file[1] not in _watched_api_files()


def _is_in_our_file(line):
    return bool(_OUR_FILE.search(line)) and "/usr/include/" not in line and not _is_glue(line)


def _is_ours(function, line):
    name = _plain(function).partition("(")[0]
    return (_is_named_ours(function) or _is_in_our_file(line)) and not _GENERATED.search(name) and not _is_glue(line)


def _counts(function, line):
    """Is a frame somebody's, and not only on the way to whoever called it?"""
    if _is_in_our_file(line):
        return True
    # What gRPC made for itself of the standard library's templates lies in it.
    if (function == "<null>" or _GRPCS.search(function)) and _LIBRARY.search(line):
        return True
    if function == "<null>":
        return False
    plain = _plain(function)
    # A function's parameters may be of any namespace.
    return not _NOBODYS.match(plain if plain.startswith(("decltype", "operator")) else plain.partition("(")[0])


def _tops(lines):
    """Of each stack the first frame that counts, and whether it is ours."""
    tops, waiting = [], False
    for line in lines:
        if re.match(r"^\s+#0 ", line):
            waiting = True
        frame = _FRAME.match(line)
        if waiting and frame and _counts(frame[1], line):
            tops.append((frame[1], _is_ours(frame[1], line)))
            waiting = False
    return tops


@dataclasses.dataclass
class _Side:
    """One access of a race. `thread`: its name (T7), None of the main thread."""
    thread: str | None
    atomic: bool
    stack: list


def _sides(lines):
    return [_Side(match[2], bool(match[1]), list(itertools.takewhile(str.strip, lines[number + 1:])))
            for number, line in enumerate(lines) if (match := _SIDE.match(line))]


def _has_a_librarys_side(lines):
    """Is one side of the race a copy, a taking, a freeing, a system call or a count of references by a function that is not ours?"""
    for side in _sides(lines):
        first = _FRAME.match(side.stack[0]) if side.stack else None
        if first and (side.atomic or _INTERCEPTED.match(first[1])) and any(not ours for _, ours in _tops(side.stack)):
            return True
    return False


def _is_grpcs_thread(name, lines):
    """Did gRPC make the thread?"""
    start = next((number for number, line in enumerate(lines) if line.startswith(f"  Thread {name} ")), len(lines))
    return any("grpc_core::Thread::Thread(" in line for line in itertools.takewhile(str.strip, lines[start:]))


def _is_lost(stack):
    return "failed to restore the stack" in "".join(stack)


def _is_the_clients(lines):
    """Does one who asks race who answers, or gRPC?"""
    sides = _sides(lines)
    asks = [_asks(next(filter(_counted, side.stack), "")) for side in sides]
    return any(asks) and (not all(asks) or any(_is_grpcs_thread(side.thread, lines) for side in sides))


def _asks(line):
    return bool(_ASKING_FILE.search(line) or _CLIENT.search(line))


def _counted(line):
    frame = _FRAME.match(line)
    return frame is not None and _counts(frame[1], line)


def _is_end_of_a_call(lines):
    """Does the glue destroy, where gRPC ends a call, what it or who it called touched before? After it would be a use of what is freed, which
    the address sanitizer sees."""
    sides = _sides(lines)
    ends = any(_is_grpcs_thread(side.thread, lines) and any(_is_glue(line) and "OnDone" in line for line in side.stack)
               and any("~" in line for line in side.stack) for side in sides)
    return ends and all(_is_lost(side.stack) or any(map(_is_glue, side.stack)) for side in sides)


def reports(text):
    """Every report in a log, in its order."""
    found, lines = [], text.splitlines()
    starts = [number for number, line in enumerate(lines) if _BEGIN.match(line)]
    for start, end in zip(starts, starts[1:] + [len(lines)]):
        block = lines[start:end]
        begin = _BEGIN.match(block[0])
        kind = next(part for part in begin.groups() if part)
        # Who made a thread, or what it is about, says nothing of a race.
        tops = _tops(sum((side.stack for side in _sides(block)), [])) if kind.startswith("data race") else _tops(block)
        of_locks = kind.startswith("lock-order-inversion")
        ours = [top for top, is_ours in tops if is_ours or (of_locks and _is_named_ours(top))]
        # Address and undefined-behaviour reports are facts wherever they are.
        certain = not block[0].startswith("WARNING: ThreadSanitizer")
        top = (ours or [top for top, _ in tops] or [block[0].split(": runtime error")[0]])[0]
        is_ours = bool(ours) and not _has_a_librarys_side(block) and not _is_end_of_a_call(block) and not _is_the_clients(block)
        found.append(Report(kind, top, is_ours or certain, "\n".join(block[:60])))
    return found


def of_folder(folder):
    """Reports of all logs in it."""
    return [report for log in sorted(folder.iterdir()) if log.is_file()
            for report in reports(log.read_text(encoding="utf-8", errors="replace"))]


def summary(found):
    """One line per kind and place, the most frequent first."""
    counts = collections.Counter((report.kind, report.top) for report in found)
    return [f"{count} times {kind} in {top}" for (kind, top), count in counts.most_common()]
