"""The environments of the repository: who approves, which branch, and the role that a job in one has."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, cast

import pulumi
import pulumi_github as github


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A stack that workflows act on.

    Attributes:
        name: Its name.
        vault: The stack whose outputs it reads; absent where it reads none.
        reviewers: Users of GitHub, one of whom approves before a job changes it.
        rights: What its role may do to the cloud beside its own state: policies of AWS, roles of Google Cloud or Azure.
    """

    name: str
    vault: str | None = None
    reviewers: Sequence[str] = ()
    rights: Sequence[str] = ()


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What stands in `Pulumi.ci.yaml`.

    Attributes:
        repository: `owner/name`.
        project: Name of the project whose stacks these are.
        account: Account of AWS, project of Google Cloud, or subscription of Azure: nothing is changed in another one.
        region: Where the state is.
        branch: The only one that may change a stack.
        stacks: By name.
        read: What the roles that only look may do, beside reading the state.
        drill: What the roles that restore the newest backup into a throwaway server may do, beside the same.
    """

    repository: str
    project: str
    account: str
    region: str
    branch: str
    stacks: Mapping[str, Stack]
    read: Sequence[str] = field(default=())
    drill: Sequence[str] = field(default=())

    @staticmethod
    def load() -> "Settings":
        """Read them."""
        config = pulumi.Config()
        stacks = cast(Mapping[str, Mapping[str, Any]], config.require_object("stacks"))
        return Settings(
            repository=config.require("repository"),
            project=config.require("project"),
            account=config.require("account"),
            region=config.require("region"),
            branch=config.require("branch"),
            stacks={name: Stack(name=name, **said) for name, said in stacks.items()},
            read=config.get_object("read") or [],
            drill=config.get_object("drill") or [],
        )

    def jobs(self) -> "Iterator[Job]":
        """Of each stack: the one that changes it, the one that only looks, and where there are backups their drill."""
        for stack in self.stacks.values():
            for use in Use:
                if use is not Use.DRILL or stack.vault:
                    yield Job(stack=stack, use=use, repository=self.repository)

    def files(self, *stacks: str) -> list[str]:
        """How the names of all objects begin that belong to these stacks in a bucket with state."""
        return [
            f".pulumi/{folder}/{self.project}/{stack}{end}"
            for stack in stacks
            for folder, end in (
                ("stacks", ".json"),
                ("history", "/"),
                ("backups", "/"),
                ("locks/organization", "/"),
            )
        ]


class Use(StrEnum):
    """What a job does with a stack; the value ends the name of its environment."""

    CHANGE = ""
    READ = "-read"
    DRILL = "-drill"


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job that acts on a stack, in an environment of its own: the cloud trusts that environment and nothing else."""

    stack: Stack
    use: Use
    repository: str

    @property
    def writes(self) -> bool:
        """Whether it changes the stack."""
        return self.use is Use.CHANGE

    def rights(self, settings: Settings) -> Sequence[str]:
        """What its role may do to the cloud, beside the state."""
        return {Use.CHANGE: self.stack.rights, Use.READ: settings.read, Use.DRILL: settings.drill}[self.use]

    @property
    def environment(self) -> str:
        """Its name."""
        return f"{self.stack.name}{self.use}"

    @property
    def subject(self) -> str:
        """How GitHub names a job of this environment of this repository in the token that it gives to it."""
        return f"repo:{self.repository}:environment:{self.environment}"

    @property
    def reads(self) -> list[str]:
        """The stacks whose state it reads."""
        return [self.stack.name, *([self.stack.vault] if self.stack.vault else [])]


def make(
    settings: Settings, backend: pulumi.Input[str], variables: Mapping[str, Mapping[str, pulumi.Input[str]]]
) -> None:
    """Register every environment with its variables, and where the state is.

    Args:
        settings: Of this project.
        backend: URL of the state.
        variables: By environment.
    """
    owner, _, repository = settings.repository.partition("/")
    options = pulumi.ResourceOptions(provider=github.Provider("github", owner=owner))
    github.ActionsVariable(
        "backend", repository=repository, variable_name="PULUMI_BACKEND_URL", value=backend, opts=options
    )
    for job in settings.jobs():
        made = _environment(job, repository, settings.branch, options)
        for name, value in variables[job.environment].items():
            github.ActionsEnvironmentVariable(
                f"{job.environment}-{name.lower()}",
                repository=repository,
                environment=made.environment,
                variable_name=name,
                value=value,
                opts=options,
            )


def _environment(
    job: Job, repository: str, branch: str, options: pulumi.ResourceOptions
) -> github.RepositoryEnvironment:
    by_name = pulumi.InvokeOptions(provider=options.provider)
    people = [github.get_user_output(username=it, opts=by_name).id for it in job.stack.reviewers]
    one_branch = github.RepositoryEnvironmentDeploymentBranchPolicyArgs(
        protected_branches=False, custom_branch_policies=True
    )
    made = github.RepositoryEnvironment(
        job.environment,
        repository=repository,
        environment=job.environment,
        can_admins_bypass=False,
        prevent_self_review=job.writes and bool(people),
        reviewers=[github.RepositoryEnvironmentReviewerArgs(users=[it.apply(int) for it in people])]
        if job.writes and people
        else None,
        # Whoever only looks may come from a pull request.
        deployment_branch_policy=None if job.use is Use.READ else one_branch,
        opts=options,
    )
    if job.use is not Use.READ:
        github.RepositoryEnvironmentDeploymentPolicy(
            job.environment, repository=repository, environment=made.environment, branch_pattern=branch, opts=options
        )
    return made
