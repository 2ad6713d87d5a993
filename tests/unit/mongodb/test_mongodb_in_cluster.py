"""What the backend registers, seen through the offline engine, and its pure functions."""

from base64 import b64encode
from dataclasses import replace
from typing import Any

import pulumi
import pulumi_kubernetes as k8s
import pytest

from components.catalog import Backend, Cloud, Engine, Stage
from components.mongodb import MongodbArgs, in_cluster, replica_set
from components.store import BackendArgs, Issuer, Placement, PodArgs, Spread
from ladder.engine import Op, Resource, Run, Secret, Snapshot, plain, run

PASSWORD = "PasswordForTestsOnly"  # noqa: S105 (a test's)
PLACE = Placement(stage=Stage.BOOTSTRAP, cloud=Cloud.LOCAL, cluster="c", namespace="ladder-dev")


PODS = PodArgs(storage_class="standard", spread=Spread.SOFT, issuer=Issuer(pem="CA", key_pem="KEY"), memory_mib=1024)


def args(**other: Any) -> MongodbArgs:
    given = {
        "name": "mongodb",
        "backend": Backend.IN_CLUSTER,
        "placement": PLACE,
        "engine": Engine.MONGODB,
        "version": "8.0",
        "pods": PODS,
        **other,
    }
    return MongodbArgs(**given)


def up(before: Snapshot | None = None, password: str = PASSWORD, **other: Any) -> Run:
    def program() -> None:
        provider = k8s.Provider(
            "k", kubeconfig="{}", cluster_identifier="one", enable_secret_mutable=True, enable_config_map_mutable=True
        )
        opts = pulumi.ResourceOptions(providers={"kubernetes": provider})
        secret = pulumi.Output.secret(password)
        made = in_cluster.InCluster("mongodb", BackendArgs(store=args(**other), password=secret), opts)
        pulumi.export("uri", made.endpoint.uri)
        pulumi.export("made", pulumi.Output.all(*(part.urn for part in made.made)))

    done = run(program, before=before, skip_preview=True)
    assert done.error is None, done.error
    return done


def of_kind(kind: str, of: Run) -> list[Resource]:
    return [each for each in of.after.resources if each.type.endswith(f":{kind}")]


def inputs(of: Run, name: str, kind: str) -> Any:
    (found,) = [each for each in of_kind(kind, of) if each.name == name]
    return plain(found.inputs)


def job(of: Run) -> Resource:
    (found,) = of_kind("Job", of)
    return found


@pytest.fixture(scope="module")
def three() -> Run:
    return up(replicas=3)


@pytest.mark.parametrize(
    ("limit_mib", "gib"),
    [(512, 0.25), (1024, 0.25), (1536, 0.25), (2048, 0.5), (4096, 1.5), (16384, 7.5), (1, 0.25)],
)
def test_the_cache_is_half_of_what_the_limit_leaves_above_a_gibibyte(limit_mib: int, gib: float) -> None:
    assert in_cluster.cache_gib(limit_mib) == gib


def test_the_job_waits_for_what_its_pod_needs_and_never_for_the_members(three: Run) -> None:
    kinds = {urn.split("::")[2].split(":")[-1]: urn for urn in job(three).dependencies}
    assert set(kinds) == {"Service", "ConfigMap", "Secret", "NetworkPolicy", "RandomPassword"}
    names = {urn.split("::")[3] for urn in job(three).dependencies}
    assert names >= {"mongodb", "mongodb-members", "mongodb-scripts", "mongodb-auth", "mongodb-tls", "mongodb-init"}
    (members,) = of_kind("StatefulSet", three)
    assert job(three).urn not in members.dependencies


def test_the_record_waits_for_the_job_too(three: Run) -> None:
    made = plain(three.outputs["made"])
    assert isinstance(made, list)
    assert job(three).urn in made
    assert of_kind("StatefulSet", three)[0].urn in made


def test_the_jobs_pods_are_never_taken_for_members(three: Run) -> None:
    service = inputs(three, "mongodb", "Service")["spec"]["selector"]
    labels = inputs(three, job(three).name, "Job")["spec"]["template"]["metadata"]["labels"]
    assert not service.items() <= labels.items()
    assert labels["app.kubernetes.io/instance"] == "mongodb"
    assert labels["ladder/uses-mongodb"] == "true"
    policy = inputs(three, "mongodb-init", "NetworkPolicy")["spec"]
    assert policy["podSelector"]["matchLabels"].items() <= labels.items()


def test_the_job_can_be_repeated_and_gives_up_when_refused(three: Run) -> None:
    spec = inputs(three, job(three).name, "Job")
    assert "ttlSecondsAfterFinished" not in spec["spec"]
    assert spec["spec"]["podFailurePolicy"]["rules"] == [
        {"action": "FailJob", "onExitCodes": {"operator": "In", "values": [42]}}
    ]
    assert spec["metadata"]["annotations"] == {"pulumi.com/replaceUnready": "true"}
    assert job(three).protect is False


def env_of(container: Any) -> dict[str, str]:
    return {entry["name"]: entry["value"] for entry in container["env"]}


def test_the_job_is_told_every_member(three: Run) -> None:
    (container,) = inputs(three, job(three).name, "Job")["spec"]["template"]["spec"]["containers"]
    hosts = [f"mongodb-{n}.mongodb-members.ladder-dev.svc:27017" for n in range(3)]
    assert env_of(container)["MEMBERS"].split(",") == hosts


def test_a_member_more_leaves_the_pods_of_the_others_alone(three: Run) -> None:
    one, many = (inputs(of, "mongodb", "StatefulSet")["spec"]["template"]["spec"] for of in (up(), three))
    assert many.pop("topologySpreadConstraints")
    assert one == many


def test_a_member_more_runs_another_job() -> None:
    first = up()
    second = up(first.after, replicas=2)
    assert job(first).name != job(second).name
    assert (Op.CREATE, job(second).urn) in second.changes
    assert (Op.DELETE, job(first).urn) in second.changes


def test_a_changed_password_runs_the_job_again_and_leaves_the_members_alone() -> None:
    first = up()
    second = up(first.after, password="another")  # noqa: S106 (a test's)
    assert (Op.REPLACE, job(second).urn) in second.changes
    (members,) = of_kind("StatefulSet", second)
    assert members.urn not in {urn for _, urn in second.changes}


def test_nothing_changes_when_nothing_did() -> None:
    assert up(up().after).changes == ()


@pytest.mark.parametrize("other", [{"image": "another"}, {"checksum": "another"}, {"env": {"MEMBERS": "a,b"}}])
def test_the_jobs_name_tells_every_setting(other: dict[str, Any]) -> None:
    given = {"store": "m" * 30, "env": {"MEMBERS": "a"}, "image": "i", "checksum": "c"}
    name = replica_set.job_name(**given)
    assert replica_set.job_name(**given) == name
    assert replica_set.job_name(**{**given, **other}) != name
    assert len(name) == 44


def test_key_and_password_are_in_one_secret_and_nowhere_else(three: Run) -> None:
    secrets = ("generated:mongodb-keyfile.result", PASSWORD)
    coded = [b64encode(secret.encode()).decode() for secret in secrets]
    assert sorted(inputs(three, "mongodb-auth", "Secret")["data"].values()) == sorted(coded)
    others = [each for each in three.after.resources if each.custom and each.name != "mongodb-auth"]
    for each in others:
        text = str(plain(each.inputs))
        assert not [secret for secret in (*secrets, *coded) if secret in text], each.name


def test_the_uri_names_every_member_and_the_authority(three: Run) -> None:
    hosts = ",".join(f"mongodb-{n}.mongodb-members.ladder-dev.svc:27017" for n in range(3))
    assert plain(three.outputs["uri"]) == (
        f"mongodb://app:{PASSWORD}@{hosts}/app?replicaSet=mongodb&authSource=admin&tls=true&tlsCAFile=/etc/ladder/ca.crt"
    )
    assert isinstance(three.outputs["uri"], Secret)


def test_without_tls_the_uri_and_the_pods_know_no_certificate() -> None:
    plaintext = up(pods=replace(PODS, unsafe_plaintext=True, issuer=None))
    assert str(plain(plaintext.outputs["uri"])).endswith("/app?replicaSet=mongodb&authSource=admin")
    assert {"mongodb-auth"} == {each.name for each in of_kind("Secret", plaintext)}
    (members,) = of_kind("StatefulSet", plaintext)
    assert "/run/ladder/tls" not in str(plain(members.inputs))


@pytest.mark.parametrize("kind", ["StatefulSet", "Job"])
def test_every_container_is_restricted(three: Run, kind: str) -> None:
    (found,) = of_kind(kind, three)
    spec = inputs(three, found.name, kind)["spec"]["template"]["spec"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["automountServiceAccountToken"] is False
    for container in [*spec["containers"], *spec.get("initContainers", [])]:
        assert container["securityContext"]["readOnlyRootFilesystem"] is True
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert "entrypoint" not in str(container["command"])
