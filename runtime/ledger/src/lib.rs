//! Budgets, rates and holds as a pure state machine.
