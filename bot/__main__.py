"""What `talks` and `python -m bot` start; Ctrl-C ends it plainly while it is still loading, too."""

import sys


def main() -> int:
    """Run what was typed and return the exit code."""
    try:
        from bot import cli  # noqa: PLC0415 - reading it takes a moment, in which Ctrl-C may come

        return cli.main()
    except KeyboardInterrupt:
        if sys.stderr is not None:
            sys.stderr.write("interrupted\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
