"""An Outlook that forgets, over the ledger that does."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import attrgetter

from hectograph.domain.hindsight import Past
from hectograph.domain.ids import AccountId, ShareId
from hectograph.domain.line import Carrier, Line
from hectograph.domain.noted import Noted
from hectograph.domain.risk import Risk
from hectograph.domain.share import ENDED_STATES, WITHDRAWN_STATES, Share, ShareState
from hectograph.ports.accounts import Accounts
from hectograph.store.memory import MemoryLedger

LEARNED_FROM = ENDED_STATES - WITHDRAWN_STATES


@dataclass(slots=True, kw_only=True)
class MemoryOutlook:
    """Lines of a MemoryLedger, and estimates in a list; `earlier` is the past."""

    ledger: MemoryLedger
    accounts: Accounts
    earlier: Sequence[Past] = ()
    noted: list[Noted] = field(default_factory=list)
    risks: list[Risk] = field(default_factory=list)
    latest: dict[ShareId, Noted] = field(default_factory=dict)

    def line(
        self, account: AccountId, *, now: datetime, lanes: Sequence[AccountId] = ()
    ) -> Line:
        line = self.ledger.line(account, now=now, lanes=lanes)
        return replace(line, carriers=tuple(map(self._carrier, line.carriers)))

    def list_lines(
        self, accounts: Sequence[AccountId] | None = None, *, now: datetime
    ) -> Sequence[Line]:
        wanted = self.ledger.list_open_accounts() if accounts is None else accounts
        return [self.line(each, now=now) for each in wanted]

    def keep(self, noted: Sequence[Noted]) -> None:
        self.noted += noted
        self.latest |= {each.expectation.share: each for each in noted}

    def list_unnoted(self, *, now: datetime) -> Sequence[Share]:
        return [
            each
            for account in self.ledger.list_open_accounts()
            for each in self.ledger.list_open(account)
            if each.state is ShareState.RUNNING
            and _is_due(self.latest.get(each.id), now=now)
        ]

    def list_past(self, *, limit: int) -> Sequence[Past]:
        past = []
        for each in sorted(self.noted, key=attrgetter("made_at"), reverse=True):
            expectation = each.expectation
            share = self.ledger.share(expectation.share)
            if share.ended_at is not None and share.state in LEARNED_FROM:
                took = (share.ended_at - expectation.starts_at).total_seconds()
                ratio = took / expectation.seconds
                past.append(Past(kind=expectation.kind, ratio=ratio))
        return [*past, *self.earlier][:limit]

    def list_deadlines(self) -> Sequence[Share]:
        return [
            each
            for account in self.ledger.list_open_accounts()
            for each in self.ledger.list_open(account)
            if each.deadline is not None
        ]

    def list_risks(self) -> Sequence[Risk]:
        return [each for each in self.risks if each.over_at is None]

    def tell_risk(self, risk: Risk) -> bool:
        is_new = all(each.share != risk.share for each in self.list_risks())
        if is_new:
            self.risks.append(risk)
        return is_new

    def end_risk(self, share: ShareId, *, at: datetime) -> bool:
        for place, each in enumerate(self.risks):
            if each.share == share and each.over_at is None:
                self.risks[place] = replace(each, over_at=at)
                return True
        return False

    def forget(self, share: ShareId | None) -> None:
        def is_forgotten(noted: Noted) -> bool:
            about = noted.expectation.share
            return about == share if share else not self.ledger.share(about).is_ended

        self.noted = [each for each in self.noted if not is_forgotten(each)]
        self.latest = {each.expectation.share: each for each in self.noted}

    def prune(self, *, before: datetime) -> int:
        kept = [each for each in self.noted if each.made_at >= before]
        pruned, self.noted = len(self.noted) - len(kept), kept
        return pruned

    def _carrier(self, carrier: Carrier) -> Carrier:
        known = self.accounts.account(carrier.account)
        return replace(
            carrier,
            pace=known.pace,
            rested_seconds=known.rested_seconds,
            parked=known.parked,
        )


def _is_due(noted: Noted | None, *, now: datetime) -> bool:
    return noted is None or noted.again_at <= now
