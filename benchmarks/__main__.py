"""python -m benchmarks [--quick] [name …]: run the named benchmarks, or all, each in a process of its own."""

import argparse
import importlib
import multiprocessing

NAMES = ("campaign_push", "campaign_email", "api_send", "tracking", "latency", "segments", "start")


def run(name: str, quick: bool) -> None:
    importlib.import_module(f"benchmarks.{name}").main(quick=quick)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", default=NAMES, help=f"of {', '.join(NAMES)}")
    parser.add_argument("--quick", action="store_true", help="fewer rounds on less data, for CI")
    chosen = parser.parse_args()
    for name in chosen.names:
        if name not in NAMES:
            parser.error(f"there is no benchmark {name}; there are {', '.join(NAMES)}")
        child = multiprocessing.get_context("fork").Process(target=run, args=(name, chosen.quick))
        child.start()
        child.join()
        if child.exitcode:
            raise SystemExit(f"{name} failed")


if __name__ == "__main__":
    main()
