"""Watches what forms do: whatever they change of what people decide about, the record says in the same transaction."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session
from starlette.types import ASGIApp, Receive, Scope, Send

from models.tables.process import AuditEvent

UNRECORDED = frozenset(
    {
        "audit_events",
        "dispatches",  # follow from what is recorded
        "drafts",  # typed, not yet said
        "incoming_mails",  # are a record themselves
        "links",
        "outgoing_mails",
        "bounces",
        "dead_addresses",
        "provider_visits",
        "sign_in_links",
        "staff_sessions",  # last seen; beginning and end are recorded
        "steps",  # follow from the task
        "task_sets",
        "manager_digests",
        "reports",
    }
)
"""Tables whose rows may change without an event; what is new has to be recorded."""
_form: ContextVar[str] = ContextVar("form", default="")


def marked(app: ASGIApp) -> ASGIApp:
    """An application whose forms are known while they are taken."""

    async def taking(scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method") == "POST":
            _form.set(scope["path"])
        await app(scope, receive, send)

    return taking


@contextmanager
def watching() -> Iterator[list[str]]:
    """Collect what a form committed without an event: its address, and the tables that were changed."""
    found: list[str] = []

    def seen(session: Session) -> set[str]:
        tables: set[str] = session.info.setdefault("tables", set())
        return tables

    def flushed(session: Session, _context: Any) -> None:
        for row in (*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))):
            seen(session).add(row.__tablename__)

    def executed(state: ORMExecuteState) -> None:
        if (state.is_insert or state.is_update or state.is_delete) and state.bind_mapper is not None:
            seen(state.session).add(state.bind_mapper.class_.__tablename__)

    def committed(session: Session) -> None:
        tables = session.info.pop("tables", set())
        unrecorded = tables - UNRECORDED
        if _form.get() and unrecorded and AuditEvent.__tablename__ not in tables:
            found.append(f"{_form.get()}: {', '.join(sorted(unrecorded))}")

    def undone(session: Session) -> None:
        session.info.pop("tables", None)

    listeners: list[tuple[str, Callable[..., Any]]] = [
        ("after_flush", flushed),
        ("do_orm_execute", executed),
        ("after_commit", committed),
        ("after_rollback", undone),
    ]
    for name, listener in listeners:
        event.listen(Session, name, listener)
    yield found
    for name, listener in listeners:
        event.remove(Session, name, listener)
