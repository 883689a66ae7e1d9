"""The command line: ``discovery``.

Exit codes: 0 done; 1 a check came out negative; 2 a mistake in the input; 3 the journal cannot be
used; 130 interrupted (the campaign can be resumed).
"""

import json
import sys
from typing import NoReturn

from discovery.cli.app import app
from discovery.errors import DiscoveryError

INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line; a user's mistake is one line on standard error, never a stack trace."""
    try:
        app()
    except DiscoveryError as error:
        if "--json" in sys.argv:
            mistake = {"error": str(error), "kind": type(error).__name__}
            sys.stderr.write(json.dumps(mistake) + "\n")
        else:
            sys.stderr.write(f"error: {error}\n")
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        sys.exit(INTERRUPTED)
    sys.exit(0)
