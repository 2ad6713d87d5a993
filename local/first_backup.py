"""The first backup of a stack that just came up, and the proof that it restores."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from kubernetes import client, config

SELECTOR = "app.kubernetes.io/name=ladder-backup"
COMPONENT = "app.kubernetes.io/component"
OWNER = "app.kubernetes.io/instance"
SECONDS = 600
KIB = 1024


class NotProvenError(Exception):
    """A backup, or the proof of it, failed; the text says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class First:
    """What was taken and proven: so many stores, in so many bytes."""

    stores: int
    size: int

    def __str__(self) -> str:
        stores = "1 store" if self.stores == 1 else f"{self.stores} stores"
        return f"{stores}, {shown(self.size)}"


def shown(size: int) -> str:
    """A number of bytes as people say it."""
    units = ("B", "KiB", "MiB", "GiB")
    power = next((n for n in range(len(units)) if size < KIB ** (n + 1)), len(units) - 1)
    return f"{size} B" if power == 0 else f"{size / KIB**power:.1f} {units[power]}"


def take(context: str, kubeconfig: str | None, namespace: str) -> First | None:
    """Back every store up that was never backed up, and prove it; None where every store had been.

    Raises:
        NotProvenError: When a job fails, or does not end in time.
    """
    api = client.BatchV1Api(config.new_client_from_config(config_file=kubeconfig, context=context))
    cron_jobs: dict[tuple[str, str], client.V1CronJob] = {
        (it.metadata.labels[OWNER], it.metadata.name.removeprefix(f"{it.metadata.labels[OWNER]}-")): it
        for it in api.list_namespaced_cron_job(namespace, label_selector=SELECTOR, _request_timeout=10).items
    }
    bare = sorted({name for (name, job), it in cron_jobs.items() if job == "verify" and never(it)})
    if not bare:
        return None
    reports = {job: [*_run(api, [cron_jobs[name, job] for name in bare])] for job in ("backup", "verify")}
    return First(stores=len(bare), size=sum(report["bytes"] for report in reports["backup"]))


def never(cron_job: client.V1CronJob) -> bool:
    """Whether no job of it ever succeeded."""
    return cron_job.status.last_successful_time is None


def _run(api: client.BatchV1Api, cron_jobs: list[client.V1CronJob]) -> Iterator[dict[str, Any]]:
    """Start a job of each at once, and give the report of each when it is done."""
    made = [_start(api, cron_job) for cron_job in cron_jobs]
    deadline = time.monotonic() + SECONDS
    for job in made:
        namespace, name = job.metadata.namespace, job.metadata.name
        while not (ended := _ended(api.read_namespaced_job_status(name, namespace, _request_timeout=10))):
            if time.monotonic() > deadline:
                raise NotProvenError(
                    f"{name} did not end within {SECONDS} s: kubectl -n {namespace} describe job {name}"
                )
            time.sleep(1)
        report = _report(api, namespace, name)
        if ended == "Failed" or not report.get("ok"):
            why = report.get("why", "it left no report")
            raise NotProvenError(f"{name}: {why}\n{report.get('fix', f'kubectl -n {namespace} logs job/{name}')}")
        yield report


def _start(api: client.BatchV1Api, cron_job: client.V1CronJob) -> client.V1Job:
    owner = client.V1OwnerReference(
        api_version="batch/v1",
        kind="CronJob",
        name=cron_job.metadata.name,
        uid=cron_job.metadata.uid,
        controller=True,
    )
    template = cron_job.spec.job_template
    metadata = client.V1ObjectMeta(
        generate_name=f"{cron_job.metadata.name}-first-",
        labels=template.metadata.labels,
        annotations={"cronjob.kubernetes.io/instantiate": "manual"},
        # The schedule counts it as one of its own: it waits for it, and remembers when it succeeded.
        owner_references=[owner],
    )
    job = client.V1Job(metadata=metadata, spec=template.spec)
    return api.create_namespaced_job(cron_job.metadata.namespace, job, _request_timeout=10)


def _ended(job: client.V1Job) -> str | None:
    """Complete or Failed; None while it goes on."""
    held = job.status.conditions or []
    return next((it.type for it in held if it.type in ("Complete", "Failed") and it.status == "True"), None)


def _report(api: client.BatchV1Api, namespace: str, job: str) -> dict[str, Any]:
    """The line by which the job's last pod ended."""
    pods = client.CoreV1Api(api.api_client).list_namespaced_pod(
        namespace, label_selector=f"batch.kubernetes.io/job-name={job}", _request_timeout=10
    )
    for pod in sorted(pods.items, key=lambda it: it.metadata.creation_timestamp, reverse=True):
        for status in pod.status.container_statuses or []:
            ended = status.state.terminated
            if ended and ended.message:
                try:
                    return json.loads(ended.message)
                except json.JSONDecodeError:
                    return {"why": ended.message.strip()}
    return {}
