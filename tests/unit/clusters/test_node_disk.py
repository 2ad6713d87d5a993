"""The data disk of a single machine: formatted only when it is certainly empty, and never written by two machines."""

from pathlib import Path

import pytest
from node_world import World

EMPTY = "exit 2"
"""What blkid does where it recognizes nothing."""


def disk(world: World, content: bytes = b"", size: int = 1 << 20) -> Path:
    device = world.folder / "disk"
    device.write_bytes(content + bytes(size - len(content)))
    return device


def mounting(world: World, device: Path, blkid: str) -> tuple[int, str]:
    world.fake("blkid", blkid)
    world.fake("mkfs.xfs")
    world.fake("mount")
    world.fake("mountpoint", "exit 1")
    done = world.run("data-volume.sh", str(device), str(world.folder / "data"))
    return done.returncode, done.stderr


def test_an_empty_disk_is_formatted_once_and_mounted(world: World) -> None:
    code, words = mounting(world, disk(world), EMPTY)
    assert code == 0, words
    assert [call.split()[0] for call in world.calls] == ["mountpoint", "blkid", "mkfs.xfs", "mount"]
    assert "-f" not in world.called("mkfs.xfs")[0].split()


def test_a_disk_that_was_used_is_mounted_as_it_is(world: World) -> None:
    code, words = mounting(world, disk(world, b"XFSB"), "echo xfs")
    assert code == 0, words
    assert world.called("mkfs") == []
    assert len(world.called("mount -t xfs")) == 1


@pytest.mark.parametrize(
    ("content", "blkid", "words"),
    [
        pytest.param(b"", "echo ext4", "holds ext4", id="another file system"),
        pytest.param(b"", "exit 8", "blkid ended with 8", id="ambiguous"),
        pytest.param(b"", "exit 4", "blkid ended with 4", id="misused"),
        pytest.param(b"\0" * 5000 + b"x", EMPTY, "does not recognize", id="damaged"),
        pytest.param(b"", "true", "holds something", id="no type"),
    ],
)
def test_a_disk_that_may_hold_data_is_left_alone(world: World, content: bytes, blkid: str, words: str) -> None:
    device = disk(world, content)
    before = device.read_bytes()
    code, said = mounting(world, device, blkid)
    assert code == 1
    assert words in said
    assert "REFUSED" in said
    assert world.called("mkfs") == world.called("mount -t") == []
    assert device.read_bytes() == before


def test_data_far_into_the_disk_are_seen(world: World) -> None:
    device = disk(world, b"\0" * (60 << 20) + b"x", size=64 << 20)
    assert mounting(world, device, EMPTY)[0] == 1
    assert world.called("mkfs") == []


def test_a_disk_that_is_mounted_is_not_looked_at_again(world: World) -> None:
    world.fake("mountpoint")
    world.fake("blkid", EMPTY)
    assert world.run("data-volume.sh", str(disk(world)), "/data").returncode == 0
    assert world.called("blkid") == []


def test_a_failed_format_mounts_nothing(world: World) -> None:
    world.fake("mkfs.xfs", "exit 1")
    world.fake("mountpoint", "exit 1")
    world.fake("blkid", EMPTY)
    world.fake("mount")
    assert world.run("data-volume.sh", str(disk(world)), str(world.folder / "data")).returncode != 0
    assert world.called("mount -t") == []


def holders(world: World, *answers: str) -> None:
    """Who holds the disk, asked again and again; the last answer stays."""
    world.fake("curl", 'case "$*" in *token) echo t ;; *) echo i-new ;; esac')
    listed = " ".join(answers)
    world.fake(
        "aws",
        f"""case "$*" in
*describe-volumes*)
	n=$(cat {world.folder}/n 2>/dev/null || echo 0); echo $((n + 1)) >{world.folder}/n
	all=({listed}); last=$((${{#all[@]}} - 1)); echo "${{all[n < last ? n : last]}}" ;;
*attach-volume*) [[ ${{STUCK-}} ]] && exit 1 || exit 0 ;;
esac""",
    )


def test_a_new_machine_waits_for_the_disk_of_the_old_one(world: World) -> None:
    holders(world, "i-old", "i-old", "None", "i-new")
    done = world.run("aws-prepare.sh", VOLUME="vol-1", ADDRESS="eipalloc-1")
    assert done.returncode == 0, done.stderr
    assert len(world.called("attach-volume")) == 3
    order = [call for call in world.calls if call.startswith("aws")]
    assert "associate-address" in order[-1], "the address is taken only after the disk"


def test_a_rebooted_machine_keeps_its_disk(world: World) -> None:
    holders(world, "i-new")
    assert world.run("aws-prepare.sh", VOLUME="vol-1", ADDRESS="eipalloc-1").returncode == 0
    assert world.called("attach-volume") == []


def test_a_disk_that_stays_elsewhere_ends_the_boot_with_words(world: World) -> None:
    holders(world, "i-old")
    done = world.run("aws-prepare.sh", VOLUME="vol-1", ADDRESS="eipalloc-1", STUCK="1", BASH_ENV=str(hurried(world)))
    assert done.returncode != 0
    assert "vol-1 is still held by another machine" in done.stderr
    assert world.called("associate-address") == []


def hurried(world: World) -> Path:
    """A file that makes a script's clock run: bash reads it first."""
    path = world.folder / "hurried"
    path.write_text("sleep() { SECONDS=$((SECONDS + 400)); }\n")
    return path
