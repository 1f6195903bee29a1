"""The project's own lints: what ruff, mypy and import-linter cannot say.

Each message names the place and says what to write instead. Run as `python .ci/tidy.py`; exits 1
when it found something. The rules are tables; read `RULES` at the end first.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

FILE_LINES_MAX = 500
FUNCTION_LINES_MAX = 60

# file::function -> why it may be longer.
LONG_FUNCTIONS: dict[str, str] = {}
# file -> why it may be longer.
LONG_FILES: dict[str, str] = {}

# Below the agent everything is decided by the input alone, so that a replay gives the same bytes.
DETERMINISTIC = (
    "robot/basics/",
    "robot/core/",
    "robot/deals/",
    "robot/ledger/",
    "robot/limits/",
    "robot/market/",
    "robot/messages/",
    "robot/rules/",
    "robot/strategy.py",
    "strategies/",
)
# Curve and games calculate in floats and give exact rates at their doors.
FLOATS_ALLOWED = ("robot/market/curve.py", "strategies/games/")

BANNED_CALLS = {
    "datetime.now": "take `at_ns`, the time of the event, as an argument",
    "datetime.today": "take `at_ns`, the time of the event, as an argument",
    "datetime.utcnow": "take `at_ns`, the time of the event, as an argument",
    "date.today": "take the trade date as an argument",
    "uuid4": "make the id from what it names, see robot/basics/ids.py",
    "uuid1": "make the id from what it names, see robot/basics/ids.py",
    "print": "return an effect; the agent and the commands talk to people",
    "hash": "use a digest: hash() of a text differs from one process to the next",
    "id": "name the thing by its own id: an address differs from one process to the next",
}
BANNED_MODULES = {
    "time": "take `at_ns`, the time of the event, as an argument",
    "random": "draw from the journaled seed that the facts carry",
    "secrets": "draw from the journaled seed that the facts carry",
    "uuid": "make the id from what it names, see robot/basics/ids.py",
    "logging": "return an effect with the reason in it; the agent logs",
}

# The words of docs/glossary.md that are often said otherwise: as a whole name or a part of it.
BANNED_WORDS = {
    "blotter": "ticket",
    "ccy": "currency",
    "ccy1": "base_currency",
    "ccy2": "counter_currency",
    "cpty": "counterparty",
    "enquiry": "rfq",
    "fwd": "forward",
    "inquiry": "rfq",
    "notional": "dealt_amount",
    "panic": "kill_switch",
    "settle_date": "value_date",
    "settlement_date": "value_date",
    "trade_id": "deal_id",
    "violation": "breach",
}

# Spelled in parts, so that this file does not hold what it looks for.
PRIVATE_PATHS = ("/" + "work/", "/" + "tmp/w/")
REGISTRY_HOSTS = tuple(
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
        ("crates", "io"),
    )
)
LEFT_OPEN = re.compile(r"\b(TO" + r"DO|FIX" + r"ME)\b")


@dataclass(frozen=True)
class Finding:
    """One thing to mend."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"


@dataclass(frozen=True)
class Source:
    """One tracked text file; `tree` only for Python."""

    path: str
    text: str
    tree: ast.Module | None
    nodes: tuple[ast.AST, ...] = ()
    """Every node of the syntax tree: gone through once, for all rules."""

    @property
    def deterministic(self) -> bool:
        """Whether replay depends on this file."""
        return self.path.startswith(DETERMINISTIC)


Rule = Callable[[Source], Iterator[Finding]]


def main() -> int:
    """Prints every finding; returns 1 when there is one."""
    findings = [finding for source in tracked_sources() for finding in check(source)]
    for finding in findings:
        print(finding)
    return 1 if findings else 0


def check(source: Source) -> list[Finding]:
    """All findings in one file, in the order of its lines."""
    found = [finding for rule in RULES for finding in rule(source)]
    return sorted(found, key=lambda finding: finding.line)


def tracked_sources() -> Iterator[Source]:
    """Every text file that git tracks or would track; without git, every file of the folder."""
    for path in sorted(tracked_paths()):
        try:
            yield source_from(path, (ROOT / path).read_text(encoding="utf-8"))
        except (UnicodeDecodeError, FileNotFoundError, IsADirectoryError):
            continue


def tracked_paths() -> set[str]:
    """Paths below the root, with forward slashes."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        return {name for name in listed.stdout.split("\0") if name}
    except (OSError, subprocess.CalledProcessError):
        hidden = re.compile(r"(^|/)(\.venv|\.git|\.\w+_cache|__pycache__|build|dist)/")
        names = (str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file())
        return {name for name in names if not hidden.search(name)}


def source_from(path: str, text: str) -> Source:
    """A source with its syntax tree; a file that does not parse is left to ruff."""
    tree = None
    if path.endswith(".py"):
        try:
            tree = ast.parse(text)
        except SyntaxError:
            tree = None
    return Source(path, text, tree, tuple(ast.walk(tree)) if tree else ())


# --- rules for every tracked file


def no_private_names(source: Source) -> Iterator[Finding]:
    """No address of a package registry and no path of somebody's machine."""
    words = [word for word in (*REGISTRY_HOSTS, *PRIVATE_PATHS) if word in source.text]
    for number, line in enumerate(source.text.splitlines() if words else (), 1):
        for word in words:
            if word in line:
                yield Finding(source.path, number, f"names {word!r}: leave it to the user's set-up")


def locks_name_no_address(source: Source) -> Iterator[Finding]:
    """Lock files pin versions and hashes; where they come from is the user's choice."""
    if source.path.startswith("requirements/"):
        for number, line in enumerate(source.text.splitlines(), 1):
            if "://" in line:
                yield Finding(source.path, number, "an address in a lock: run `make lock` again")


def nothing_left_open(source: Source) -> Iterator[Finding]:
    """No reminder in the code."""
    if source.tree is not None and LEFT_OPEN.search(source.text):
        for number, line in enumerate(source.text.splitlines(), 1):
            if match := LEFT_OPEN.search(line):
                text = f"{match.group()}: do it now, or open an issue and say what holds today"
                yield Finding(source.path, number, text)


# --- rules for every Python file


def files_stay_short(source: Source) -> Iterator[Finding]:
    """A file that holds two things is two files."""
    length = source.text.count("\n")
    if source.tree is not None and length > FILE_LINES_MAX and source.path not in LONG_FILES:
        text = f"{length} lines, over {FILE_LINES_MAX}: split it by what a reader looks for"
        yield Finding(source.path, 1, text)


def functions_stay_short(source: Source) -> Iterator[Finding]:
    """A function fits a screen; its docstring and its signature, a table, are not counted."""
    for node in source.nodes:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = body_lines(node)
            if length > FUNCTION_LINES_MAX and f"{source.path}::{node.name}" not in LONG_FUNCTIONS:
                text = f"{node.name} has {length} lines, over {FUNCTION_LINES_MAX}: name its parts"
                yield Finding(source.path, node.lineno, text)


def body_lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of the statements, without signature and docstring."""
    statements = node.body[1:] if ast.get_docstring(node) is not None else node.body
    if not statements:
        return 0
    return (statements[-1].end_lineno or statements[-1].lineno) - statements[0].lineno + 1


def no_bare_except(source: Source) -> Iterator[Finding]:
    """An unnamed exception hides programmer errors."""
    for node in source.nodes:
        if isinstance(node, ast.ExceptHandler) and node.type is None:
            text = "bare except: name the exception (at a QuickFIX callback: BaseException)"
            yield Finding(source.path, node.lineno, text)


def names_keep_the_vocabulary(source: Source) -> Iterator[Finding]:
    """One concept, one word: names of functions, classes, arguments and attributes."""
    for node in source.nodes:
        for name in names_given(node):
            for word, better in banned_in(name):
                text = f"{name}: the glossary's word is {better!r}, not {word!r}"
                yield Finding(source.path, getattr(node, "lineno", 1), text)


@cache
def banned_in(name: str) -> tuple[tuple[str, str], ...]:
    """The words of a name that the glossary says otherwise, each with its better one."""
    words = {*words_of(name), snake(name)}
    return tuple((word, better) for word, better in BANNED_WORDS.items() if word in words)


def names_given(node: ast.AST) -> tuple[str, ...]:
    """The names that this node introduces."""
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return (node.name,)
    if isinstance(node, ast.arg):
        return (node.arg,)
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return (node.target.id,)
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
        return (node.attr,)
    return ()


def snake(name: str) -> str:
    """`TradeDate` -> `trade_date`."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).strip("_").lower()


def words_of(name: str) -> set[str]:
    """The words in a name, however it is written."""
    return set(snake(name).split("_"))


# --- rules for what replay depends on


def only_the_input_decides(source: Source) -> Iterator[Finding]:
    """No clock, no chance, no output: calls and imports."""
    if not source.deterministic:
        return
    for node in source.nodes:
        if isinstance(node, ast.Call):
            called = dotted(node.func)
            for name, better in BANNED_CALLS.items():
                if called == name or called.endswith(f".{name}"):
                    yield Finding(source.path, node.lineno, f"{called}(): {better}")
        for module in modules_imported(node):
            if better := BANNED_MODULES.get(module.partition(".")[0], ""):
                yield Finding(source.path, getattr(node, "lineno", 1), f"{module}: {better}")


def modules_imported(node: ast.AST) -> tuple[str, ...]:
    """The modules that this node imports from outside its own package."""
    if isinstance(node, ast.Import):
        return tuple(alias.name for alias in node.names)
    if isinstance(node, ast.ImportFrom) and node.module and not node.level:
        return (node.module,)
    return ()


def dotted(node: ast.expr) -> str:
    """`datetime.datetime.now` for that expression; empty for anything else."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return ""


def sets_have_no_order(source: Source) -> Iterator[Finding]:
    """Nothing iterates over a set: its order differs from one process to the next."""
    if not source.deterministic:
        return
    for node in source.nodes:
        for iterated in iterated_in(node):
            literal = isinstance(iterated, ast.Set | ast.SetComp)
            made = isinstance(iterated, ast.Call) and dotted(iterated.func) in ("set", "frozenset")
            if literal or made:
                text = "iterates over a set, whose order is chance: use sorted(...) or a dict"
                yield Finding(source.path, iterated.lineno, text)


def iterated_in(node: ast.AST) -> tuple[ast.expr, ...]:
    """What this node goes through in order."""
    if isinstance(node, ast.For | ast.comprehension):
        return (node.iter,)
    if isinstance(node, ast.Call) and dotted(node.func) in ("list", "tuple", "enumerate"):
        return tuple(node.args[:1])
    return ()


def money_is_exact(source: Source) -> Iterator[Finding]:
    """No float where a price, an amount or a limit is made."""
    if not source.deterministic or source.path.startswith(FLOATS_ALLOWED):
        return
    for node in source.nodes:
        if isinstance(node, ast.Call) and dotted(node.func) == "float":
            yield Finding(source.path, node.lineno, "float(...): money and rates are Decimal")
        if isinstance(node, ast.Constant) and isinstance(node.value, float):
            text = f"{node.value}: write Decimal({str(node.value)!r})"
            yield Finding(source.path, node.lineno, text)


RULES: tuple[Rule, ...] = (
    # every tracked file
    no_private_names,
    locks_name_no_address,
    nothing_left_open,
    # every Python file
    files_stay_short,
    functions_stay_short,
    no_bare_except,
    names_keep_the_vocabulary,
    # what replay depends on
    only_the_input_decides,
    sets_have_no_order,
    money_is_exact,
)


if __name__ == "__main__":
    sys.exit(main())
