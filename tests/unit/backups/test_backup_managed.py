"""The same jobs on a server like that of a service: TLS, a superuser of another name, an administrator who is none."""

import shutil
import subprocess
from collections.abc import Iterator

import pytest
from backup_lab import WITHOUT_RESTIC, Lab, real_restic
from postgres_lab import SERVERS, WITHOUT_SERVER, Loopback, serving

from components.kubernetes import scripts

RESTIC = real_restic()
USERS = ("admin", "app", "backup", "restore")
pytestmark = [
    pytest.mark.skipif(RESTIC is None, reason=WITHOUT_RESTIC),
    pytest.mark.skipif(not SERVERS, reason=WITHOUT_SERVER),
    pytest.mark.skipif(not shutil.which("openssl"), reason="needs openssl"),
]

SERVICE = """
create role service_superuser nologin createdb createrole;
grant pg_monitor, pg_signal_backend, pg_checkpoint to service_superuser with admin option;
grant pg_read_all_data, pg_write_all_data to service_superuser with admin option;
create role ladder login createdb createrole password 'test-admin';
grant service_superuser to ladder;
grant pg_read_all_data to ladder with admin option;
grant set on parameter log_statement, lo_compat_privileges to ladder;
create role postgres login nosuperuser createdb;
grant service_superuser to postgres;
create database service;
alter role service in database service set search_path = 'pg_catalog';
alter role service set log_statement = 'all';
create database app owner ladder;
create tablespace temporary location '{folder}/temporary';
grant create on tablespace temporary to ladder;
"""
"""What a service has made before anybody comes, as RDS and Cloud SQL do; `postgres` is an ordinary user there."""

SEED = """
create table customer (id serial primary key, name text, note jsonb);
insert into customer (name, note) select 'a', jsonb_build_object('n', n) from generate_series(1, 1000) n;
create function one() returns int language sql as 'select 1';
create view named as select * from customer where name = 'a';
select lo_put(lo_create(4242), 0, 'hello');
"""


class Service(Loopback):
    """A server that somebody else runs, with the users that the Job in the cluster makes."""

    superuser = "service"
    settings = "-c ssl=on -c ssl_cert_file={folder}/ca.crt -c ssl_key_file={folder}/key.pem"

    def __init__(self, jobs: Lab) -> None:
        super().__init__(jobs)
        self.psql("-d", "postgres", "-c", "select 1", *self._statements(SERVICE.format(folder=jobs.folder)))
        self._users()

    def prepare(self) -> None:
        folder = self.jobs.folder
        (folder / "temporary").mkdir()
        for name in ("store", "restore"):
            (folder / "secrets" / name).mkdir()
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "ca.crt",
             "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
        (folder / "key.pem").chmod(0o600)
        self.jobs.put("hba", "local all service trust\nhostssl all all 127.0.0.1/32 scram-sha-256\n")

    def _users(self) -> None:
        """As the Job makes them."""
        jobs = self.jobs
        (jobs.folder / "auth").mkdir()
        jobs.put("auth/ca.crt", (jobs.folder / "ca.crt").read_text())
        for user in USERS:
            jobs.put(f"auth/{user}-password", f"test-{user}")
        (jobs.folder / "users").mkdir()
        for name, text in scripts.read("components.postgres.managed").items():
            jobs.put(f"users/{name}", text)
        self.run(
            "bash", "users/users.sh", AUTH=str(jobs.folder / "auth"), PGHOST="localhost", PGPORT=self.port,
            PGUSER="ladder", PGDATABASE="postgres", ATTEMPTS="2", PAUSE_SECONDS="0",
        )  # fmt: skip
        for folder, user in (("store", "backup"), ("restore", "restore")):
            facts = {"host": "localhost", "port": self.port, "user": user, "password": f"test-{user}"}
            for key, value in (facts | {"database": "app", "ca.crt": (jobs.folder / "ca.crt").read_text()}).items():
                jobs.put(f"secrets/{folder}/{key}", value)

    @staticmethod
    def _statements(text: str) -> list[str]:
        return [word for line in text.strip().splitlines() for word in ("-c", line)]

    def app(self, *statements: str) -> str:
        """What the application sees, over TLS that it verifies."""
        address = f"postgresql://app:test-app@localhost:{self.port}/app?sslmode=verify-full&sslrootcert=ca.crt"
        asked = [word for statement in statements for word in ("-c", statement)]
        return self.run("psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", address, *asked).strip()


@pytest.fixture
def service() -> Iterator[Service]:
    assert RESTIC
    with serving(RESTIC, Service) as made:
        yield made


def test_a_run_is_taken_proven_and_put_back(service: Service) -> None:
    service.app(SEED)
    taken = service.jobs.job("backup")
    assert (taken["ok"], taken["amount"]) == (True, 1000), taken
    proven = service.jobs.job("verify")
    assert (proven["ok"], proven["lines"]) == (True, taken["lines"]), proven["log"]
    service.app("drop table customer cascade", "select lo_unlink(4242)")
    done = service.jobs.job("restore", OVERWRITE="1")
    assert done["ok"], done["why"]
    assert service.app("select count(*), current_user from customer") == "1000|app_owner"
    assert service.app("select convert_from(lo_get(4242), 'UTF8')") == "hello"
    assert service.app("insert into customer (name) values ('b') returning id") == "1001"
    # What was restored in the place of live data is backed up, and proven, like what it replaced.
    assert service.jobs.job("backup", ACCEPT_EMPTY="1")["ok"]
    again = service.jobs.job("verify")
    assert again["ok"], again["why"]


def test_a_proof_notices_a_user_that_did_not_come_back(service: Service) -> None:
    """The users of a service are loaded and compared like all others."""
    service.app(SEED)
    service.jobs.job("backup")
    hooks = service.jobs.folder / "scripts" / "store.sh"
    service.jobs.put("scripts/store.sh", hooks.read_text().replace("sed -E -e", "sed -E -e '/service_superuser/d' -e"))
    report = service.jobs.job("verify")
    assert report["code"] == 40
    assert "service_superuser" in report["why"]


def test_the_jobs_trust_the_services_authority_alone(service: Service) -> None:
    service.jobs.put("secrets/store/ca.crt", (service.jobs.folder / "tools/ca-certificates.crt").read_text() or "\n")
    report = service.jobs.job("backup")
    assert report["code"] == 20
    assert "certificate" in report["why"]
