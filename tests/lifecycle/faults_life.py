"""The life of a store whose first `up` failed."""

from lifecycle.model import Command, Life, Scenario, Step
from lifecycle.stack_files import redis, refused, stack

_UNSTARTABLE = stack(redis=redis(role="store", wait_minutes=1, image={"ref": "local/nothing:1", "uid": 999}))
_STARTED = stack(redis=redis(role="store"))

FAULTS = Life(
    stack="life-faults",
    scenarios=(
        Scenario(
            name="first_up_fails",
            steps=(
                Step(
                    says="the image cannot be pulled: the claim is there, the record is not",
                    settings=_UNSTARTABLE,
                    changes=None,
                    error="StatefulSet::redis",
                ),
            ),
        ),
        Scenario(
            name="section_vanishes_after_a_failed_up",
            steps=refused("a claim may hold data, record or not", "delete the volumes that hold its data", stack()),
        ),
        Scenario(
            name="up_goes_on_after_a_failed_one",
            steps=(
                Step(
                    says="what was left undone is done, what was done stays",
                    settings=_STARTED,
                    changes=(
                        "update StatefulSet redis",
                        "create ConfigMap ladder-redis",
                    ),
                ),
                Step(says="and then it is done", settings=_STARTED),
            ),
        ),
        Scenario(
            name="store_becomes_a_cache",
            steps=refused("a cache keeps no volume", "a cache keeps none", stack(redis=redis(role="cache"))),
        ),
        Scenario(
            name="engine_changes",
            steps=refused(
                "another server may not read the files",
                "open its files with another server",
                stack(redis=redis(role="store", engine="redis", version="8.0", image={"ref": "redis:8.0", "uid": 999})),
            ),
        ),
        Scenario(
            name="stack_is_removed",
            steps=(
                Step(
                    says="phase remove lifts the protection of everything",
                    settings=stack(redis=redis(role="store", phase="remove")),
                    changes=("update PersistentVolumeClaim data-redis-0", "update ConfigMap ladder-redis"),
                ),
                Step(
                    says="then destroy deletes it all",
                    settings=stack(redis=redis(role="store", phase="remove")),
                    command=Command.DESTROY,
                    changes=None,
                ),
            ),
        ),
    ),
)
