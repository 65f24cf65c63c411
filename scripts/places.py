"""Where embedded engines keep their data and binaries, and as whom they run.

PostgreSQL refuses to run as root. Started by root, the engines run as `nobody`; that account must be able to walk
to its binaries and its data. Modes of existing folders are never loosened: what `nobody` can't reach is
copied to (binaries) or kept in (data) a folder of root's own below /var/lib.
"""

import os
import pwd
import secrets
import shutil
import stat
from dataclasses import dataclass
from pathlib import Path

NEUTRAL = Path("/var/lib/sendios")


@dataclass(frozen=True, slots=True)
class Account:
    """The account an engine runs as; `None` means: as whoever we are."""

    uid: int | None
    gid: int | None

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        if self.uid is not None and self.gid is not None:
            os.chown(path, self.uid, self.gid)

    def popen_options(self) -> dict[str, object]:
        """Keyword arguments for `subprocess` that drop to this account, with a clean environment."""
        options: dict[str, object] = {"cwd": "/", "env": {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}}
        if self.uid is not None:
            options |= {"user": self.uid, "group": self.gid, "extra_groups": []}
        return options


def engine_account() -> Account:
    """`nobody` when we are root, ourselves otherwise."""
    if os.geteuid() != 0:
        return Account(None, None)
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def reachable(path: Path) -> bool:
    """Whether any account can walk to `path` (the folder itself included)."""
    folder = path.resolve()
    return all(part.stat().st_mode & stat.S_IXOTH for part in (folder, *folder.parents) if part.exists())


def data_place(home: Path, account: Account, *, recorded: str = "") -> Path:
    """The folder that holds an installation's engine data; made when missing.

    `recorded` is where it was last time, when that was outside `home`: the caller remembers it.
    """
    if recorded:
        place = Path(recorded)
    elif account.uid is None or reachable(home):
        place = home / "engines"
    else:
        # Not named after the home: one that was deleted and made anew must not meet the old data.
        place = _neutral(secrets.token_hex(8))
        (place / "belongs-to").write_text(f"{home.resolve()}\n")
    place.mkdir(mode=0o755, parents=True, exist_ok=True)
    return place


def engine_folder(place: Path, name: str, account: Account) -> Path:
    """The engine's own folder below `place`, closed to everybody else."""
    folder = place / name
    folder.mkdir(mode=0o700, exist_ok=True)
    account.own(folder)
    return folder


def runnable_copy(source: Path, name: str, account: Account) -> Path:
    """`source` (a file or folder of a package) itself, or a copy of it that the account can run."""
    if account.uid is None or reachable(source):
        return source
    target = _neutral("bin") / name
    if not target.exists():
        draft = target.with_name(f"{name}.{os.getpid()}")
        _copy(source, draft)
        _settle(draft, target)
    return target


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("include", "doc", "*.a"))
    else:
        shutil.copy2(source, target)


def _settle(draft: Path, target: Path) -> None:
    """Put a finished copy in place; when another start was faster, its copy is as good."""
    try:
        draft.rename(target)
    except OSError:
        shutil.rmtree(draft, ignore_errors=True)


def _neutral(name: str) -> Path:
    """A folder below NEUTRAL, which only root can write to and everybody can walk through."""
    folder = NEUTRAL / name
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    for part in (NEUTRAL, folder):
        part.chmod(0o755)
    return folder
