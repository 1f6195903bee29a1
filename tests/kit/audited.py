"""A desk's folder with a journal, an audit key and an auditor in this process."""

from __future__ import annotations

import shutil
from functools import cache
from pathlib import Path

import msgspec
from typer.testing import CliRunner

from connectors.audit.cli import app
from connectors.audit.headfile import HeadFile
from connectors.audit.keys import new_key
from connectors.journal.file import FileTail, JournalFile
from robot.assembly import load_strategy
from robot.auditor import Auditor, newest_snapshot
from robot.desk import AuditSettings
from robot.package import configuration_folder
from robot.settings import Settings, load_settings
from robot.verdict import Verdict
from tests.kit.days import dealt_day, state_payload, write_day
from tests.kit.desk import Desk


@cache
def shipped_settings() -> Settings:
    """The shipped configuration, read once."""
    return load_settings(configuration_folder())


class AuditedDesk:
    """`day` is what was dealt in the first segment; `begin_segment` begins another one."""

    def __init__(self, folder: Path, *, key: bool = True, copy: bool = False) -> None:
        self.folder = folder / "desk"
        self.folder.mkdir()
        self.data = self.folder / "data"
        self.journal = self.data / "journal"
        self.copy = folder / "elsewhere"
        self.copy.mkdir()
        self.key = new_key(folder / "audit.key") if key else ""
        self.public = folder / "audit.key.pub"
        audit = AuditSettings(
            key_file=Path("../audit.key") if key else None,
            copy_to=Path("../elsewhere") if copy else None,
            every_minutes=0,
        )
        shipped = shipped_settings()
        desk = shipped.desk.model_copy(update={"audit": audit, "data": Path("data")})
        self.settings: Settings = msgspec.structs.replace(shipped, folder=self.folder, desk=desk)
        self.day: Desk = dealt_day()
        write_day(self.journal, self.day)

    def write_configuration(self) -> None:
        """The same settings as files, for the commands that read them."""
        shutil.copytree(configuration_folder(), self.folder, dirs_exist_ok=True)
        audit = "audit: {key_file: ../audit.key, copy_to: ../elsewhere, every_minutes: 0}"
        with (self.folder / "desk.yaml").open("a", encoding="utf-8") as file:
            file.write(f"\n{audit}\n")

    @property
    def heads(self) -> Path:
        """The file of heads."""
        return self.data / "audit" / "heads.jsonl"

    def begin_segment(self) -> None:
        """A further start of the trader: a segment with the state so far."""
        file = JournalFile(self.journal)
        file.open_segment(self.day.day, self.day.at_ns, state_payload(self.day.engine))
        file.close()

    def auditor(self) -> tuple[Auditor, HeadFile]:
        """As its process starts it."""
        heads = HeadFile(self.settings, patience_s=0.0)
        folder = self.data / "snapshots"
        saved = newest_snapshot(folder)
        place = (saved.segment, saved.sequence) if saved else ("", 0)
        tail = FileTail(self.journal, *place)
        return Auditor(tail, load_strategy, folder, saved, heads), heads

    def audit(self) -> Auditor:
        """A whole life of the auditor, to an orderly stop."""
        auditor, heads = self.auditor()
        while not auditor.problem and (auditor.catch_up() or auditor.behind()):
            pass
        auditor.save()
        auditor.sign("stop")
        heads.close()
        return auditor

    def verify(self, *options: str) -> tuple[int, Verdict]:
        """`fxrobot audit verify` with our key: exit code and answer."""
        keys = ["--key", str(self.public)] if self.key else []
        code, text = run("verify", str(self.data), *keys, *options, "--json")
        return code, msgspec.json.decode(text, type=Verdict)


def run(*arguments: str) -> tuple[int, str]:
    """`fxrobot audit ARGUMENTS`: exit code (2 = an error that the command told) and output."""
    result = CliRunner().invoke(app, list(arguments))
    told = f"{result.exception}" if result.exit_code and result.exception else ""
    return result.exit_code, result.stdout or told
