"""python3 -m campaign [NAME [--rounds N] [--seed S] [--keep]]; tools/campaign builds first and then calls this.

python3 -m campaign --targets NAME: what has to be built for it.
"""
import argparse
import importlib
import pkgutil
import random
import sys
import traceback

from campaign import all as campaigns
from campaign.report import Options, Result


def names():
    return sorted(module.name for module in pkgutil.iter_modules(campaigns.__path__))


def load(name):
    return importlib.import_module(f"campaign.all.{name}")


def outcome(module, options):
    """What `run` gives; whatever stops it is a FAIL, told in full on stderr."""
    try:
        return module.run(options)
    except (Exception, KeyboardInterrupt) as error:
        traceback.print_exc()
        return Result.broken(error)


def list_campaigns():
    print("Campaigns (tools/campaign NAME [--rounds N] [--seed S]):")
    for name in names():
        module = load(name)
        print(f"  {name:<12} {module.SUMMARY} ({module.ROUNDS} rounds unless told)")


def main(arguments):
    if not arguments:
        list_campaigns()
        return 0
    if arguments[0] == "--targets" and len(arguments) == 2 and arguments[1] in names():
        print(*load(arguments[1]).TARGETS, sep="\n")
        return 0
    if not arguments[0].startswith("-") and arguments[0] not in names():
        print(f"no campaign is called '{arguments[0]}'; there are: {', '.join(names())}", file=sys.stderr)
        return 2
    parser = argparse.ArgumentParser(prog="tools/campaign")
    parser.add_argument("name", choices=names())
    parser.add_argument("--rounds", type=int, help="how often the promise is attacked")
    parser.add_argument("--seed", type=int, help="of everything random; picked and printed when not given")
    parser.add_argument("--keep", action="store_true", help="leave the world's folder (logs, database) behind")
    given = parser.parse_args(arguments)
    module = load(given.name)
    rounds = module.ROUNDS if given.rounds is None else given.rounds
    if rounds < 1:
        parser.error("--rounds must be 1 or more")
    seed = random.SystemRandom().randrange(1, 2**31) if given.seed is None else given.seed
    print(f"{given.name}: {rounds} rounds, seed {seed}", flush=True)
    result = outcome(module, Options(rounds, seed, given.keep))
    for problem in result.problems[:50]:
        print("  " + problem)
    if len(result.problems) > 50:
        print(f"  and {len(result.problems) - 50} more")
    print(result.line(given.name), flush=True)
    return 1 if result.problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
