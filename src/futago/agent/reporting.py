"""What the control plane is told: each change once, without repeating what it knows."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import UTC, datetime

from futago.agent import desired
from futago.domain import health, ids
from futago.plan import observation, truth

_NEVER = datetime.min.replace(tzinfo=UTC)


class Outbox:
    """The last observation of each resource, and which of them are still to be told."""

    def __init__(self) -> None:
        self._latest: dict[desired.Key, observation.ResourceObservation] = {}
        self._unsent: set[desired.Key] = set()
        self._routes: dict[ids.ConnectionId, observation.ConnectionRoutes] = {}
        self._unsent_routes: set[ids.ConnectionId] = set()
        self._tasks: dict[str, observation.TaskObservation] = {}
        self._unsent_tasks: set[str] = set()
        self.has_news = asyncio.Event()

    def put(self, key: desired.Key, seen: observation.ResourceObservation) -> None:
        """Keep an observation; it is news when more than times and measured values changed."""
        before = self._latest.get(key)
        self._latest[key] = seen
        if before is None or _essence(before) != _essence(seen):
            self._unsent.add(key)
            self.has_news.set()

    def latest(self, key: desired.Key) -> observation.ResourceObservation | None:
        """Give the last observation of a resource."""
        return self._latest.get(key)

    def take(self) -> dict[desired.Key, observation.ResourceObservation]:
        """Take the news; `put_back` what could not be told."""
        news = {key: self._latest[key] for key in self._unsent if key in self._latest}
        self._unsent.clear()
        self.has_news.clear()
        return news

    def put_back(self, keys: set[desired.Key]) -> None:
        """Mark resources as untold again."""
        self._unsent |= keys
        self.has_news.set()

    def put_routes(self, seen: observation.ConnectionRoutes) -> None:
        """Keep the BGP routes of a connection, which have changed."""
        self._routes[seen.connection_id] = seen
        self._unsent_routes.add(seen.connection_id)
        self.has_news.set()

    def take_routes(self) -> tuple[observation.ConnectionRoutes, ...]:
        """Take the routes that are still to be told; `put_routes_back` what could not be."""
        taken = tuple(self._routes[each] for each in sorted(self._unsent_routes))
        self._unsent_routes.clear()
        return taken

    def put_routes_back(self, routes: Iterable[observation.ConnectionRoutes]) -> None:
        """Mark routes as untold again, in the form that they have by now."""
        self._unsent_routes |= {each.connection_id for each in routes}
        if self._unsent_routes:
            self.has_news.set()

    def put_task(self, seen: observation.TaskObservation) -> None:
        """Keep how far a task is, which has changed."""
        self._tasks[seen.task_id] = seen
        self._unsent_tasks.add(seen.task_id)
        self.has_news.set()

    def take_tasks(self) -> tuple[observation.TaskObservation, ...]:
        """Take the tasks that are still to be told; `put_tasks_back` what could not be."""
        taken = tuple(self._tasks[each] for each in sorted(self._unsent_tasks))
        self._unsent_tasks.clear()
        return taken

    def put_tasks_back(self, task_ids: Iterable[str]) -> None:
        """Mark tasks as untold again."""
        self._unsent_tasks |= self._tasks.keys() & set(task_ids)
        if self._unsent_tasks:
            self.has_news.set()

    def keep_tasks(self, task_ids: Collection[str]) -> None:
        """Forget all other tasks, unless their end is still to be told."""
        self._tasks = {
            each: seen
            for each, seen in self._tasks.items()
            if each in task_ids or (each in self._unsent_tasks and seen.state.is_final)
        }
        self._unsent_tasks &= self._tasks.keys()

    def knows_task(self, task_id: str) -> bool:
        """Tell whether a task is known."""
        return task_id in self._tasks

    def everything_is_news(self) -> None:
        """Tell all again, to a control plane that may have forgotten."""
        self.put_tasks_back(tuple(self._tasks))
        self.put_back(set(self._latest))
        self.put_routes_back(self._routes.values())

    def drop(self, key: desired.Key) -> None:
        """Forget a resource that is gone and told."""
        self._latest.pop(key, None)
        self._unsent.discard(key)


def _essence(seen: observation.ResourceObservation) -> observation.ResourceObservation:
    """Leave out what changes all the time: it goes along with news, and with each heartbeat."""
    tunnels = tuple(
        replace(tunnel, probe=_verdict(tunnel.probe), proof=_proof(tunnel.proof, seen.observed_at))
        for tunnel in seen.tunnels
    )
    return replace(seen, observed_at=_NEVER, tunnels=tunnels)


def _proof(proof: observation.PeerProof | None, now: datetime) -> observation.PeerProof | None:
    """Leave only whether there is one that counts."""
    if not truth.is_fresh(proof, now):
        return None
    return observation.PeerProof(evidence=health.Evidence.NOTHING, at=_NEVER)


def _verdict(probe: observation.ProbeObservation | None) -> observation.ProbeObservation | None:
    if probe is None:
        return None
    return observation.ProbeObservation(
        verdict=probe.verdict, target=probe.target, silent_since=probe.silent_since
    )
