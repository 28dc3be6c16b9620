"""What a project may use in a minute, shared by all."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    tokens: float
    per_minute: int

    @classmethod
    def full(cls, per_minute: int) -> "Budget":
        return cls(tokens=per_minute * 0.05, per_minute=per_minute)

    def reserve(self, wanted: int, *, elapsed: float) -> tuple["Budget", int, float]:
        return self, wanted, 0.0
