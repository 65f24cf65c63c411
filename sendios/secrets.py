"""The installation's own secrets: made on first start, kept in SENDIOS_HOME, readable by the owner only."""

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet


def secret_from_file(path: Path) -> str:
    """Return Django's secret key from `path`; make it when there is none."""
    return _read_or_make(path, secrets.token_urlsafe(64))


def keys_from_file(path: Path) -> list[str]:
    """Return the Fernet keys from `path`, one a line, newest first; make one when there is none."""
    return _read_or_make(path, Fernet.generate_key().decode()).split()


def _read_or_make(path: Path, fresh: str) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    if not path.exists():
        draft.touch(mode=0o600)
        draft.write_text(fresh)
        try:
            # link() fails where another process was first, so that two starting together agree on one key.
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()
