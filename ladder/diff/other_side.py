"""Runs another commit's stacks with that commit's own code: started as a program of its own, in that commit's tree.

It asks nothing of today's code, and of the other commit's only what `main` imports, which has been there for long: so
it does not call `ladder.offline`, which says the same. One line of JSON a stack.
"""

import gc
import inspect
import json
import sys
from pathlib import Path

INTERFACE = 3
"""How it ends where the other commit has no program that could be run like this."""


def main(root: str, stacks: list[str]) -> int:
    """Run each stack from nothing, and say what it would have made."""
    gc.disable()
    sys.path[0] = root
    try:
        from infra import program
        from ladder import engine, vaults
        from ladder.stack import stackfile

        if "look" not in inspect.signature(program.main).parameters:
            return INTERFACE
    except (ImportError, AttributeError) as error:
        sys.stderr.write(f"{error}\n")
        return INTERFACE
    for name in stacks:
        answer: dict[str, object] = {}
        try:
            file = stackfile.load(name, Path(root) / f"Pulumi.{name.rsplit('/', 1)[-1]}.yaml", Path(root))
            done = engine.run(
                lambda: program.main(look=False),
                project=file.project,
                stack=file.stack,
                organization=file.organization,
                config=file.config,
                secret_keys=file.secret_keys,
                invokes=vaults.OFFLINE,
                skip_preview=True,
            )
            answer = {"error": done.error, "state": done.after.dump()}
        except (TypeError, AttributeError) as error:
            sys.stderr.write(f"{error}\n")
            return INTERFACE
        except Exception as error:  # whatever that code raises is an answer about that commit
            answer = {"error": f"{type(error).__name__}: {error}", "state": {}}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
