"""The trader process: recovers, connects the venues, then turns until told to stop.

Threads: the main thread is the core's loop; QuickFIX has one per initiator; the journal one for
group syncs; the monitor one for signs of life and the followers; the control socket one. They meet
in the inbox only.
"""

from __future__ import annotations

import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator

import robot
from robot.agent import Agent
from robot.approvals import Role, Who
from robot.approving import Approving, AtStart, at_start
from robot.ask_views import ask_views, request_views
from robot.assembly import (
    load_strategy,
    make_host,
    make_journal,
    make_tail,
    make_timers,
    make_venues,
)
from robot.auditor import newest_snapshot
from robot.clock import NANOS_PER_SECOND, Clock, ManualClock, SystemClock
from robot.control import Answer, Command, ControlServer
from robot.core import governing
from robot.core.engine import Engine
from robot.core.games import version_of
from robot.dead_man import Presence, forget_note, noted
from robot.errors import RobotError
from robot.inbox import Inbox
from robot.journal import Record
from robot.kill_file import KillFile
from robot.machine_clock import clock_problem, clock_state
from robot.messages.events import (
    FollowersLagging,
    HaltCleared,
    KillSwitchPulled,
    RobotStarted,
    RobotStopping,
)
from robot.messages.hosting import RequestAnswered
from robot.messages.releases import SuggestionAnswered
from robot.ports import Journal, Timers
from robot.recovery import Recovered, recover
from robot.settings import Settings
from robot.state_view import state_view
from robot.status import Beat, audit_status, read_beat, write_beat
from robot.stop_views import name_of, stop_views, wanted_stop

BEAT_S = 0.25
STALL_SHARE = 1 / 3
"""Of `dead_man.stall_s`: a loop that has not moved for so long gives no signs of life; the
supervisor ends the process when there were none for the rest of it."""
FIRST_TIME_S = 600.0
FOLLOWERS_PATIENCE_S = 15.0
LOOK_S = 0.05
KILL_LOOK_S = 0.02
FOLLOWERS = ("projector", "auditor")
FAULT_EXIT = 70
PERSONAL = frozenset({"kill", "release", "clear", "present", "order", "ask", "apply", "request"})
"""Commands that show that somebody is there."""
ONLY_TELL = frozenset({"status", "asks", "requests", "present"})
"""Commands that ask nothing of the core: answered at once."""
CARRIED_OUT_S = 4.0
"""How long the answer to a command waits for the core; shorter than the asker's patience."""
SWITCH_S = 0.0005
"""How long a thread may keep the interpreter: QuickFIX's threads wait no longer for the core's."""


class Trader:
    """Everything of one trader process."""

    def __init__(self, settings: Settings, *, demo: bool = False) -> None:
        self._settings = settings
        self._demo = demo
        self._machine = SystemClock()
        self._approving = Approving(settings, self._machine.now_ns)
        self._at_start: AtStart | None = None
        self._to_mark: tuple[int, ...] = ()
        venue_clock = settings.desk.clock == "venue"
        self._clock: Clock = ManualClock() if venue_clock else SystemClock()
        self._inbox = Inbox(may_wait=venue_clock)
        self._stop = threading.Event()
        self._told: list[str] = []
        self._agent: Agent | None = None
        self._engine: Engine | None = None
        self._run_folder = settings.run_folder
        self._kill_file = KillFile(self._run_folder)
        patience_s = settings.desk.dead_man.operator_present_s
        self._presence = Presence(patience_s, self._machine.now_ns())
        self._loops = 0
        self._begun = False

    def stop(self) -> None:
        """Ask the loop to end; safe in a signal handler."""
        self._stop.set()

    def run(self) -> None:
        """Recover, start, turn, stop."""
        settings = self._settings
        # Wrong parameters, and what nobody approved, end here, before anything is journaled.
        version_of(settings.reference, load_strategy)
        self._at_start = at_start(settings, self._machine.now_ns(), demo=self._demo)
        journal = make_journal(settings)
        recovered = recover_journal(settings, journal)
        self._told = [*self._at_start.told, *recovered.told]
        sys.stderr.writelines(f"trader: {line}\n" for line in self._at_start.told)
        timers = make_timers(settings)
        venues = make_venues(settings, recovered.replayer.links)
        self._engine = recovered.replayer.engine
        if isinstance(self._clock, SystemClock):
            self._clock.begin_after(recovered.at_ns)
        host = make_host(settings)
        agent = self._agent = Agent(
            self._engine,
            journal,
            self._clock,
            self._inbox,
            timers,
            links=recovered.replayer.links,
            unsent=recovered.unsent,
            not_before_ns=recovered.at_ns,
            host=host,
        )
        host.start(self._inbox, self._engine.state.stepped)
        self._watch()
        self._wait_for_followers()
        venues.start(self._inbox, agent.on_sent, self._clock.now_ns)
        if self._wait_for_time():
            agent.begin(self._started(timers), venues, self._stopped_from_the_start())
            self._begun = True
            forget_note(settings.run_folder)
            timers.start(self._inbox, self._clock.now_ns())
            self._take_over(self._at_start)
            gc.freeze()  # what is there now stays: no collection looks at it again
            gc.enable()
            agent.run(self._running)
            agent.end(RobotStopping())
        venues.stop()
        host.stop()
        timers.stop()
        journal.close()

    def _running(self) -> bool:
        self._loops += 1
        return not self._stop.is_set()

    def _wait_for_followers(self) -> None:
        """Come to market only when projector and auditor live; without them dealing would be
        halted.
        """
        waited_s = 0.0
        while not self._stop.is_set() and waited_s < FOLLOWERS_PATIENCE_S:
            if not self._lagging(self._machine.now_ns())[0]:
                return
            self._loops += 1
            self._stop.wait(LOOK_S)
            waited_s += LOOK_S

    def _wait_for_time(self) -> bool:
        """With the venue's clock the robot's day begins when the venue tells the time.

        A robot that comes back knows it: at least what it was. To wait for the venue would be to
        let everything that the venue sends once more pile up unjournaled; killed meanwhile, the
        next one would find all that, and more.
        """
        if not isinstance(self._clock, ManualClock):
            return True
        assert self._engine is not None, "waited for the time before the state was recovered"
        if self._engine.state.now_ns > 0:
            self._clock.advance_to(self._engine.state.now_ns)
            return True
        waited_s = 0.0
        while not self._stop.is_set() and waited_s < FIRST_TIME_S:
            at_ns = self._inbox.wait_first_time(0.2)
            if at_ns > 0:
                self._clock.advance_to(at_ns)
                return True
            self._loops += 1
            waited_s += 0.2
        return False

    def _started(self, timers: Timers) -> RobotStarted:
        assert self._at_start is not None, "started before it was approved"
        return RobotStarted(
            trade_date=timers.trade_date(self._clock.now_ns()),
            reference=self._at_start.reference,
            code_version=robot.__version__,
            configuration_hash=self._settings.hash,
            approvals=self._at_start.approvals,
        )

    def _stopped_from_the_start(self) -> list[KillSwitchPulled]:
        """What the signal file stops, and the note of a supervisor that had to end a trader."""
        return [*noted(self._settings.run_folder), *self._kill_file.look()]

    def _take_over(self, start: AtStart) -> None:
        """What was approved while no robot ran: the core has the contents in force, and is told of
        those that come later and of overrides.
        """
        for proposal in start.left_over:
            if proposal.approval not in start.approvals.values():
                event = self._approving.event(proposal.number)
                if not isinstance(event, str):
                    self._inbox.post(event)
        self._to_mark = tuple(one.number for one in start.left_over)

    def _mark_taken(self) -> None:
        """Record what the core has of that, once it is journaled."""
        if self._to_mark and self._inbox.wait_drained(0):
            by = Who(name="system", role=Role.VIEWER, how="start of the robot")
            try:
                self._approving.mark_effective(by, self._to_mark)
            except RobotError as problem:
                sys.stderr.write(f"trader: not recorded as effective: {problem}\n")
            self._to_mark = ()

    def _watch(self) -> None:
        self._settings.run_folder.mkdir(parents=True, exist_ok=True)
        self._control = ControlServer(self._settings.run_folder / "control", self._answer)
        for name, work in (("monitor", self._monitor), ("kill-file", self._watch_kill_file)):
            guarded = _or_end_the_process(work)
            threading.Thread(target=guarded, name=name, daemon=True).start()

    def _monitor(self) -> None:
        """Signs of life while the core's loop moves; tells the core when a follower lags or nobody
        is present.
        """
        seen = -1
        moved_ns = beat_ns = self._machine.now_ns()
        stalled_ns = int(self._settings.desk.dead_man.stall_s * STALL_SHARE * NANOS_PER_SECOND)
        lagging: tuple[str, ...] = ("unknown",)
        while not self._stop.wait(LOOK_S):
            now_ns = self._machine.now_ns()
            if self._loops != seen:
                seen, moved_ns = self._loops, now_ns
            if not 0 <= now_ns - beat_ns < BEAT_S * NANOS_PER_SECOND:
                beat_ns = now_ns
                if now_ns - moved_ns < stalled_ns:
                    self._beat(now_ns)
                self._mark_taken()
            names, detail = self._lagging(now_ns)
            if self._begun and names != lagging:
                lagging = names
                self._inbox.post(FollowersLagging(names=names, detail=detail))
            absent = self._presence.look(now_ns) if self._begun else None
            if absent is not None:
                self._inbox.post(absent)

    def _beat(self, now_ns: int) -> None:
        figures: dict[str, float | int | str] = {}
        if self._agent is not None:
            statistics = self._agent.statistics()
            figures = {name: getattr(statistics, name) for name in statistics.__struct_fields__}
        figures["rss_kb"] = resident_kb()
        write_beat(
            self._run_folder,
            Beat(name="trader", at_ns=now_ns, pid=os.getpid(), figures=figures),
        )

    def _lagging(self, now_ns: int) -> tuple[tuple[str, ...], str]:
        policy = self._settings.desk.followers
        names, details = [], []
        for name in FOLLOWERS:
            beat = read_beat(self._run_folder, name)
            problem = ""
            if beat is None or now_ns - beat.at_ns > policy.silent_s_max * NANOS_PER_SECOND:
                problem = "no sign of life"
            elif not beat.healthy:
                problem = beat.problem
            elif beat.behind_bytes > policy.behind_bytes_max:
                problem = f"{beat.behind_bytes} bytes behind"
            if problem:
                names.append(name)
                details.append(f"{name}: {problem}")
        problem = self._clock_problem()
        if problem:
            names.append("clock")
            details.append(problem)
        return tuple(names), "; ".join(details)

    def _clock_problem(self) -> str:
        """Of the machine's clock, where it is the one that we deal by."""
        desk = self._settings.desk
        if desk.clock != "system" or desk.clock_error_ms_max == 0:
            return ""
        return clock_problem(clock_state(), desk.clock_error_ms_max)

    def _watch_kill_file(self) -> None:
        """Between the start's look at it and the end."""
        while not self._stop.wait(KILL_LOOK_S):
            for event in self._kill_file.look() if self._begun else ():
                self._inbox.post(event)

    def _answer(self, command: Command) -> Answer:
        if command.actor and command.command in PERSONAL:
            self._presence.heard(self._machine.now_ns())
        if command.command in ("release", "clear") and self._takes_two():
            halt = command.halt or name_of(command.scope)
            text = f"two persons resume dealing: fxrobot approvals release --halt {halt!r}, then "
            return {"ok": False, "problem": f"{text}another one: fxrobot approvals approve NUMBER"}
        if command.command in ("kill", "release"):
            return self._stop_or_resume(command)
        if command.command == "clear":
            self._inbox.post(
                HaltCleared(halt=command.halt, actor=command.actor, reason=command.reason)
            )
        elif command.command == "order":
            return self._carry_out(command)
        elif command.command == "apply":
            return self._apply(command.proposal)
        elif command.command == "market":
            for event in command.events:
                self._inbox.post(event)
        elif command.command == "ask" and command.wish is not None:
            self._inbox.post(command.wish)
        elif command.command == "request" and command.answer is not None:
            return self._answer_request(command.answer)
        elif command.command not in ONLY_TELL:
            return {"ok": False, "problem": f"unknown command {command.command!r}"}
        only_tells = command.command in ONLY_TELL
        if self._inbox.wait_drained(LOOK_S if only_tells else CARRIED_OUT_S) or only_tells:
            return {"ok": True, **self._shown(command.command)}
        problem = f"{command.command} is taken but not carried out yet: see `fxrobot status`"
        return {"ok": False, "problem": problem}

    def _stop_or_resume(self, command: Command) -> Answer:
        """Pull the kill switch of a part, or release it; a part that there is not is an error."""
        state = self._engine.state if self._engine is not None else None
        event = wanted_stop(state, command.command, command.scope, command.actor, command.reason)
        if isinstance(event, str):
            return {"ok": False, "problem": event}
        self._inbox.post(event)
        if self._inbox.wait_urgent(CARRIED_OUT_S):
            return {"ok": True, **self._status()}
        problem = f"{command.command} is taken but not carried out yet: see `fxrobot status`"
        return {"ok": False, "problem": problem}

    def _carry_out(self, command: Command) -> Answer:
        """What came of an order that a person wants: its id, or the reason against it."""
        wanted = command.wanted
        if wanted is None or not self._begun or self._engine is None:
            problem = "no order is given" if wanted is None else "the robot has not begun its day"
            return {"ok": False, "problem": problem}
        state = self._engine.state
        came_before = wanted.request in state.wanted
        self._inbox.post(wanted)
        drained = self._inbox.wait_drained(CARRIED_OUT_S)
        answered = state.wanted.get(wanted.request) if drained else None
        if answered is None:
            text = "is taken but not carried out yet: see `fxrobot orders list`"
            return {"ok": False, "problem": f"{wanted.request} {text}"}
        if came_before:
            first = answered.order_id or answered.reason or answered.detail
            detail = f"request {wanted.request} came before: {first}"
            return {"ok": True, "order_id": "", "reason": "DUPLICATE_REQUEST", "detail": detail}
        return {
            "ok": True,
            "order_id": answered.order_id,
            "reason": answered.reason,
            "detail": answered.detail,
        }

    def _answer_request(self, said: RequestAnswered | SuggestionAnswered) -> Answer:
        """What became of a person's answer to a request that waits."""
        state = self._engine.state if self._engine is not None else None
        if state is None or all(view["ask"] != said.ask for view in request_views(state)):
            known = state.rules.ended.get(said.ask, "") if state is not None else ""
            more = f" any more: {known}" if known else ""
            return {"ok": False, "problem": f"request {said.ask} does not wait{more}"}
        self._inbox.post(said)
        if not self._inbox.wait_drained(CARRIED_OUT_S):
            return {"ok": False, "waits": True, "problem": "it is taken but not carried out yet"}
        if said.ask not in state.rules.ended:
            problem = f"no price for request {said.ask}, which goes on waiting: its side, its tick"
            return {"ok": False, "waits": True, "problem": problem}
        return {"ok": True, "outcome": state.rules.ended[said.ask]}

    def _shown(self, command: str) -> Answer:
        """What the answer to a command shows."""
        state = self._engine.state if self._engine is not None else None
        if command in ("ask", "asks"):
            return {"asks": ask_views(state) if state is not None else []}
        if command == "requests":
            return {"requests": request_views(state) if state is not None else []}
        return self._status()

    def _takes_two(self) -> bool:
        if self._engine is None or self._engine.state.reference is None:
            return self._settings.desk.four_eyes
        return self._engine.state.reference.four_eyes

    def _apply(self, number: int) -> Answer:
        """Tell the core what two persons approved; what they approved is read from their log."""
        event = self._approving.event(number)
        if isinstance(event, str):
            return {"ok": False, "problem": event}
        self._inbox.post(event)
        if not self._inbox.wait_drained(CARRIED_OUT_S):
            return {"ok": False, "problem": "it is taken but not carried out yet: apply it again"}
        assert self._engine is not None, "drained before there is a core"
        if not governing.is_carried_out(self._engine.state, event):
            return {"ok": False, "problem": "the core refused it: see its alerts"}
        return {"ok": True, **self._status()}

    def _status(self) -> Answer:
        if self._engine is None or self._agent is None:
            return {"told": self._told}
        state = self._engine.state
        if not self._begun:  # what the state says of venues and quotes was true of the run before
            return {"told": self._told, "halts": dict(state.halts), "stops": stop_views(state)}
        return {
            "told": self._told,
            "demo": self._demo,
            **state_view(state, self._clock.now_ns()),
            "present_s": self._presence.left_s(self._machine.now_ns()),
            "statistics": self._agent.statistics(),
            "clock": clock_state(),
            "audit": audit_status(read_beat(self._settings.run_folder, "auditor")),
        }


def recover_journal(settings: Settings, journal: Journal) -> Recovered:
    """The state to go on from; an empty folder gives a fresh one."""
    segment = newest_segment(settings)
    saved = newest_snapshot(settings.data / "snapshots", segment) if segment else None
    if saved is not None:
        records = _all_records(settings, saved.segment, saved.sequence)
    else:
        records = _all_records(settings, segment, 0) if segment else iter(())
    return recover(records, saved, journal, load_strategy)


def newest_segment(settings: Settings) -> str:
    """Name of the newest journal segment, "" when there is none."""
    names = sorted(path.stem for path in settings.journal_folder.glob("*.fxj"))
    return names[-1] if names else ""


def resident_kb() -> int:
    """Resident memory of this process in kilobytes; 0 where the system does not tell."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") // 1024
    except (OSError, ValueError, IndexError):
        return 0


def _all_records(settings: Settings, segment: str, sequence: int) -> Iterator[Record]:
    tail = make_tail(settings, segment, sequence)
    while records := tail.poll(1_000):
        yield from records


def _or_end_the_process(work: Callable[[], None]) -> Callable[[], None]:
    """A thread whose failure must not go unnoticed: the process ends and is started again."""

    def guarded() -> None:
        try:
            work()
        except Exception:
            sys.stderr.write(traceback.format_exc())
            sys.stderr.flush()
            os._exit(FAULT_EXIT)

    return guarded


def run_trader(
    settings: Settings, on_ready: Callable[[Callable[[], None]], None], *, demo: bool = False
) -> None:
    """Run the trader process; `on_ready` is given the function that stops it.

    It ends by `os._exit`: QuickFIX's own threads may not survive an orderly interpreter shutdown.
    """
    sys.setswitchinterval(SWITCH_S)
    trader = Trader(settings, demo=demo)
    on_ready(trader.stop)
    code = 0
    try:
        trader.run()
    except RobotError as problem:
        sys.stderr.write(f"{problem}\n")
        code = FAULT_EXIT
    except BaseException:
        sys.stderr.write(traceback.format_exc())
        code = FAULT_EXIT
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)
