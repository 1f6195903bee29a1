"""The outbox of the tests keeps the contract, so what holds on it holds on the real one."""

from __future__ import annotations

from tests.contract.memory_outbox import MemoryOutbox
from tests.contract.outbox_contract import OutboxContract


class TestMemoryOutbox(OutboxContract):
    def create_outbox(self) -> MemoryOutbox:
        return MemoryOutbox()
