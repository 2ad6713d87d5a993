import json
from pathlib import Path

import pytest

from ladder.errors import Exit, LadderError
from ladder.stack import document, stackfile


def load(text: str, project: str = "name: ladder") -> stackfile.StackFile:
    return stackfile.assemble(
        root=Path(),
        full_name="prod",
        path=Path("Pulumi.prod.yaml"),
        project_file=document.parse(project, "Pulumi.yaml"),
        stack_file=document.parse(text, "Pulumi.prod.yaml"),
    )


@pytest.mark.parametrize(
    ("written", "handed"),
    [
        ("014", "12"),
        ("0x10", "16"),
        ("1.50", "1.5"),
        ("8.0", "8"),
        ("1e6", "1000000"),
        ("yes", "yes"),
        ("True", "true"),
        ('"8.0"', "8.0"),
        ("", ""),
        ("~", ""),
        ("[]", "[]"),
        ("{}", "{}"),
        ("[1, 2.5, x, no, 017]", '[1,2.5,"x","no",15]'),
        ('{f: 8.0, n: null, t: true, y: on, s: "x", q: 1e3}', '{"f":8,"n":null,"q":1000,"s":"x","t":true,"y":"on"}'),
    ],
)
def test_a_value_is_handed_over_as_the_real_cli_was_seen_to(written: str, handed: str) -> None:
    assert load(f"config:\n  ladder:x: {written}\n").config == {"ladder:x": handed}


def test_merged_keys_are_resolved_and_lose_against_the_sections_own() -> None:
    text = "base: &b {x: 1, y: 1}\nconfig:\n  ladder:m:\n    <<: *b\n    y: 2\n"
    assert json.loads(load(text).config["ladder:m"]) == {"x": 1, "y": 2}


def test_a_key_without_namespace_belongs_to_the_project() -> None:
    assert load("config:\n  stage: bootstrap\n").config == {"ladder:stage": "bootstrap"}


def test_the_projects_values_and_defaults_hold_where_the_stack_says_nothing() -> None:
    project = (
        "name: ladder\nconfig:\n  plain: 5\n  declared: {type: string}\n  fallback: {type: string, default: x}\n"
        "  ladder:cluster: {value: {a: 1, b: 2}}\n  pulumi:disable-default-providers: {value: ['*']}\n"
    )
    found = load("config:\n  ladder:cluster: {a: 3}\n", project).config
    assert found == {
        "ladder:plain": "5",
        "ladder:fallback": "x",
        "ladder:cluster": '{"a":3}',
        "pulumi:disable-default-providers": '["*"]',
    }


def test_a_secret_is_never_handed_over_but_its_key_is_marked() -> None:
    text = (
        "config:\n  ladder:a: {secure: v1:abc}\n  ladder:b: {external: {uri: {secure: v1:def}}}\n"
        "  ladder:c: {list: [{secure: v1:ghi}]}\n  ladder:d: {secure: x, other: 1}\n"
    )
    found = load(text)
    assert found.secret_keys == {"ladder:a", "ladder:b", "ladder:c"}
    assert found.config["ladder:a"] == "[secret]"
    assert found.config["ladder:b"] == '{"external":{"uri":"[secret]"}}'
    assert "v1:" not in "".join(found.config.values())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a: [", 1),
        ("a: 1\nb: c: d", 2),
        ("- x", 1),
        ("a: 1\na: 2", 2),
        ("a: 1\nb: *x", 2),
        ("a:\n\t- 1", 2),
        ("a: .inf", 1),
        ("? [a]\n: 1", 1),
    ],
)
def test_a_file_that_is_not_yaml_is_one_error_with_its_line(text: str, line: int) -> None:
    with pytest.raises(LadderError, match=rf"^Pulumi.prod.yaml:{line}: ") as caught:
        load(text)
    assert caught.value.code is Exit.WRONG


def test_a_setting_is_found_on_its_line_or_on_that_of_the_group_around_it() -> None:
    found = load("config:\n  ladder:stage: bootstrap\n  ladder:redis:\n    role: cache\n")
    assert found.where("ladder:stage") == "Pulumi.prod.yaml:2"
    assert found.where("ladder:redis.role") == "Pulumi.prod.yaml:4"
    assert found.where("ladder:redis.version") == "Pulumi.prod.yaml:3"
    assert found.where("ladder:postgres.version") is None


def test_the_project_is_the_nearest_folder_above(project: Path) -> None:
    below = project / "a" / "b"
    below.mkdir(parents=True)
    found = stackfile.load("prod", start=below)
    assert (found.root, found.project, found.stack) == (project, "ladder", "prod")


def test_a_full_stack_name_is_taken_apart(project: Path) -> None:
    found = stackfile.load("acme/ladder/prod")
    assert (found.organization, found.stack, found.full_name) == ("acme", "prod", "acme/ladder/prod")
    assert stackfile.load("prod").organization == "organization"


def test_the_environment_names_the_stack_and_its_file(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = project / "other.yaml"
    other.write_text("config:\n  ladder:stage: bootstrap\n")
    monkeypatch.setenv("PULUMI_STACK", "prod")
    monkeypatch.setenv("LADDER_CONFIG_FILE", str(other))
    assert stackfile.load().path == other
    assert stackfile.load(config_file=project / "Pulumi.prod.yaml").path == project / "Pulumi.prod.yaml"


@pytest.mark.parametrize(
    ("stack", "config_file", "says"),
    [
        (None, None, "there are: prod"),
        ("nope", None, "the stack nope has no file"),
        ("prod", Path("nope.yaml"), "nope.yaml"),
    ],
)
def test_what_is_missing_is_named(project: Path, stack: str | None, config_file: Path | None, says: str) -> None:
    with pytest.raises(LadderError, match=says) as caught:
        stackfile.load(stack, config_file)
    assert caught.value.code is Exit.MISSING


def test_outside_of_a_project_that_is_what_is_said(tmp_path: Path) -> None:
    with pytest.raises(LadderError, match=r"no Pulumi.yaml in .* or above it"):
        stackfile.find_root(tmp_path)
