"""The users' tables against the record of their changes in the approvals log."""

from __future__ import annotations

from pathlib import Path

from connectors.store.users import SqlUsers
from robot.access_record import RecordedAccess
from robot.approval_log import ApprovalLog
from robot.settings import load_settings


def user_findings(config: Path) -> list[str]:
    """What was changed past the record, a line each; RobotError where either cannot be read."""
    settings = load_settings(config.resolve())
    recorded = RecordedAccess(ApprovalLog(settings.data).notes())
    store = SqlUsers(settings.database_url)
    try:
        users = store.users()
        tokens = [token for user in users for token in store.tokens(user.name)]
    finally:
        store.close()
    return recorded.differences(users, tokens)
