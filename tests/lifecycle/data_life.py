"""The life of a database with a cache and an application: every change that people make, or make by mistake."""

from lifecycle.model import Command, Life, Scenario, Step
from lifecycle.stack_files import (
    CLUSTER,
    EXTERNAL,
    EXTERNAL_MONGODB,
    app,
    everything_of,
    postgres,
    redis,
    refused,
    stack,
)

_FIRST = stack(postgres=postgres(), redis=redis(version="8.0"), app=app())
_WIDE = app(replicas={"min": 2, "max": 3})
_SCALED = stack(postgres=postgres(), redis=redis(version="8.0"), app=_WIDE)
_STRONGER = postgres(memory_mib=320)
_GROWN = postgres(memory_mib=320, storage_gib=2)
_UPGRADED = stack(postgres=_GROWN, redis=redis(version="8.1"), app=_WIDE)
_NAMED = {**CLUSTER, "region": "here"}
_SETTLED = stack(postgres=_GROWN, redis=redis(version="8.1"), app=_WIDE, cluster=_NAMED)
_NO_APP = stack(postgres=_GROWN, redis=redis(version="8.1"), cluster=_NAMED)
_ALONE = stack(postgres=_GROWN, cluster=_NAMED)
_LEAVING = stack(postgres={**_GROWN, "phase": "remove"}, cluster=_NAMED)

DATA = Life(
    stack="life-data",
    scenarios=(
        Scenario(
            name="first_up",
            steps=(
                Step(says="a preview makes nothing", settings=_FIRST, command=Command.PREVIEW, changes=None),
                Step(says="everything is made, the store protected", settings=_FIRST, changes=None),
            ),
        ),
        Scenario(
            name="second_up_changes_nothing",
            steps=(
                Step(says="nothing changes", settings=_FIRST),
                Step(says="what is there is what was asked for", settings=_FIRST, command=Command.REFRESH),
                Step(says="nothing changes after a refresh either", settings=_FIRST),
            ),
        ),
        Scenario(
            name="application_scales",
            steps=(
                Step(
                    says="the autoscaler's range, and a disruption budget from two replicas on",
                    settings=_SCALED,
                    changes=("update HorizontalPodAutoscaler app", "create PodDisruptionBudget app"),
                ),
            ),
        ),
        Scenario(
            name="memory_changes_in_place",
            steps=(
                Step(
                    says="the pod is rolled; claim, certificates and everybody else stay",
                    settings=stack(postgres=_STRONGER, redis=redis(version="8.0"), app=_WIDE),
                    changes=("update StatefulSet postgres",),
                ),
            ),
        ),
        Scenario(
            name="storage_grows_in_place",
            steps=(
                Step(
                    says="the claim grows and the record says so; the pod is not touched",
                    settings=stack(postgres=_GROWN, redis=redis(version="8.0"), app=_WIDE),
                    changes=("update PersistentVolumeClaim data-postgres-0", "update ConfigMap ladder-postgres"),
                ),
            ),
        ),
        Scenario(
            name="version_upgrades_in_place",
            steps=(
                Step(
                    says="a newer server opens the older one's files",
                    settings=_UPGRADED,
                    changes=("update StatefulSet redis", "update ConfigMap ladder-redis"),
                ),
                Step(
                    says="another major version of PostgreSQL cannot",
                    settings=stack(postgres={**_GROWN, "version": "16"}, redis=redis(version="8.1"), app=_WIDE),
                    error="open its files with a server that cannot read them",
                ),
            ),
        ),
        Scenario(
            name="storage_shrinks",
            steps=refused("a volume only grows", "shrink the volumes", {**_UPGRADED, "ladder:postgres": _STRONGER}),
        ),
        Scenario(
            name="in_cluster_flips_to_external",
            steps=tuple(
                Step(
                    says=f"{command}: one line would delete the database",
                    settings={**_UPGRADED, "ladder:postgres": {"backend": "external", "external": EXTERNAL}},
                    command=command,
                    error="delete the volumes that hold its data",
                )
                for command in (Command.PREVIEW, Command.UP)
            ),
        ),
        Scenario(
            name="section_vanishes",
            steps=refused(
                "so would a lost section",
                "delete the volumes that hold its data",
                {key: value for key, value in _UPGRADED.items() if key != "ladder:postgres"},
            ),
        ),
        Scenario(
            name="store_is_renamed",
            steps=refused(
                "another name is another store, and an empty one",
                "delete its volumes, and start another store empty",
                {**_UPGRADED, "ladder:postgres": {**_GROWN, "name": "main"}},
            ),
        ),
        Scenario(
            name="place_changes",
            steps=(
                Step(
                    says="naming a region for the first time is only said",
                    settings=_SETTLED,
                    changes=(
                        "update PersistentVolumeClaim data-postgres-0",
                        "update ConfigMap ladder-postgres",
                        "update ConfigMap ladder-redis",
                    ),
                ),
                *(
                    Step(says=f"{what} is refused", settings={**_SETTLED, **change}, error=error)
                    for what, change, error in (
                        ("another region", {"ladder:cluster": {**CLUSTER, "region": "there"}}, "in another place"),
                        ("another cluster", {"ladder:cluster": {**_NAMED, "identifier": "away"}}, "in another place"),
                        ("another cloud", {"ladder:cloud": "aws"}, "in another place"),
                        ("another namespace", {"ladder:namespace": "ladder-life-away"}, "in another place"),
                        (
                            "another storage class",
                            {"ladder:cluster": {**_NAMED, "storage_class": "fast"}},
                            "replace its volumes by empty ones",
                        ),
                    )
                ),
            ),
        ),
        Scenario(
            name="settings_are_wrong",
            steps=(
                Step(
                    says="a program that raises before it registers anything deletes nothing",
                    settings={**_SETTLED, "ladder:postgres": {**_GROWN, "storage_gb": 5}},
                    error="ladder:postgres.storage_gb",
                ),
            ),
        ),
        Scenario(
            name="protection_is_switched_off",
            steps=(
                Step(
                    says="the engine's protection is lifted, nothing else",
                    settings={**_SETTLED, "ladder:postgres": {**_GROWN, "protect": False}},
                ),
                Step(
                    says="the guard still refuses",
                    settings={key: value for key, value in _SETTLED.items() if key != "ladder:postgres"},
                    error="delete the volumes that hold its data",
                ),
                Step(says="protected again", settings=_SETTLED),
            ),
        ),
        Scenario(
            name="destroy_of_a_protected_stack",
            steps=(
                Step(
                    says="stops at the preview and deletes nothing; the guard does not even run",
                    settings=_SETTLED,
                    command=Command.DESTROY,
                    changes=None,
                    error="protected",
                ),
            ),
        ),
        Scenario(
            name="application_is_removed",
            steps=(
                Step(
                    says="only the application goes",
                    settings=_NO_APP,
                    changes=tuple(
                        f"delete {part} app"
                        for part in (
                            "App",
                            "Deployment",
                            "Service",
                            "HorizontalPodAutoscaler",
                            "PodDisruptionBudget",
                            "NetworkPolicy",
                        )
                    ),
                ),
            ),
        ),
        Scenario(
            name="cache_vanishes_freely",
            steps=(
                Step(
                    says="a cache may forget; only the connections notice",
                    settings=_ALONE,
                    changes=(*everything_of("delete", "redis", claim=False, admin=True), "update Secret connections"),
                ),
            ),
        ),
        Scenario(
            name="external_comes_and_goes",
            steps=(
                Step(
                    says="somebody else's store is one more connection",
                    settings={**_ALONE, "ladder:mongodb": {"backend": "external", "external": EXTERNAL_MONGODB}},
                    changes=("create Mongodb mongodb", "create ConfigMap ladder-mongodb", "update Secret connections"),
                ),
                Step(
                    says="and goes without a trace",
                    settings=_ALONE,
                    changes=("delete Mongodb mongodb", "delete ConfigMap ladder-mongodb", "update Secret connections"),
                ),
            ),
        ),
        Scenario(
            name="store_is_removed",
            steps=(
                Step(
                    says="phase remove lifts the protection and marks claim and record; nothing is deleted",
                    settings=_LEAVING,
                    changes=("update PersistentVolumeClaim data-postgres-0", "update ConfigMap ladder-postgres"),
                ),
                Step(
                    says="a removal under way is no leave for another change",
                    settings={**_LEAVING, "ladder:postgres": {**_STRONGER, "phase": "remove"}},
                    error="shrink the volumes",
                ),
                Step(
                    says="without its section exactly that store goes, its claim included",
                    settings=stack(cluster=_NAMED),
                    changes=(*everything_of("delete", "postgres", claim=True), "update Secret connections"),
                ),
            ),
        ),
        Scenario(
            name="empty_stack_is_destroyed",
            steps=(
                Step(
                    says="nothing stays",
                    settings=stack(cluster=_NAMED),
                    command=Command.DESTROY,
                    changes=None,
                ),
            ),
        ),
    ),
)
