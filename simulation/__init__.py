"""School hours on virtual time: the real planner, lanes, pace and ledger."""
